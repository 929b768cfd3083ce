"""Pages made from templates, with headers that keep everything else out."""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from bot.texts import Say, Texts

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

#: Nothing comes from anywhere but here, and no script stands in a page.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Other sites learn nothing of where one came from; our own forms say so, which tells them from forged ones.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=()",
}

#: For what belongs to one person: a browser that is shared, or given away, has none of it afterwards.
PRIVATE: Mapping[str, str] = {**HEADERS, "Cache-Control": "no-store"}


def is_forged(request: HTTPConnection, root: str) -> bool:
    """Whether a form was posted by another site's page, as far as the browser says; ``root`` is our own address.

    Browsers say so by one header or the other since 2020, and what is no browser has no cookies that could be abused.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return False
    return urlsplit(origin).netloc not in (request.headers.get("host"), urlsplit(root).netloc)


#: What a module of the pages' scripts imports from its neighbours; their comments import types in another way.
_IMPORT = re.compile(r"""^(?:import|export)\b[^"';]*["']\./([\w.]+)["']""", re.MULTILINE)


@cache
def version() -> str:
    """A digest of all static files.

    It is a folder in their addresses, so that browsers may keep files for ever, and scripts can import each other by
    plain relative addresses: those stay within one version. An import map could give each file a digest of its own,
    but Safari before 16.4 knows none, and the content security policy would have to let a script into the page.
    """
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(f"{path.name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:10]


@cache
def asset(name: str) -> str:
    """The address of a static file, which changes whenever one of them does."""
    if not (STATIC / name).is_file():
        raise FileNotFoundError(name)
    return f"/static/{version()}/{name}"


@cache
def modules(entry: str) -> tuple[str, ...]:
    """The names of the scripts that a page with this one needs, itself included.

    A page names them all, so that a phone fetches them at once and need not read one to learn of the next.
    """
    found = [entry]
    for name in found:
        source = (STATIC / name).read_text(encoding="utf-8")
        found += [other for other in dict.fromkeys(_IMPORT.findall(source)) if other not in found]
    return tuple(found)


class Pages:
    """Renders templates in a language."""

    def __init__(self, texts: Texts) -> None:
        """The sentences come from ``texts``."""
        self._texts = texts
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def say(self, request: HTTPConnection) -> Say:
        """The language that the page's address asks for (``?lang=en``), else Vietnamese."""
        return self._texts.say(request.query_params.get("lang"))

    def render(self, name: str, say: Callable[..., Any], status: int = 200, **context: Any) -> HTMLResponse:  # noqa: ANN401
        """A page."""
        body = self._templates.get_template(name).render(
            say=say, asset=asset, modules=modules, lang=getattr(say, "language", "vi"), **context
        )
        return HTMLResponse(body, status, headers=dict(PRIVATE))
