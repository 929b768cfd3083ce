"""Pages made from templates, with headers that keep everything else out."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

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
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), microphone=()",
}


@cache
def asset(name: str) -> str:
    """The address of a static file, which changes when the file does."""
    content = (STATIC / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"


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
            say=say, asset=asset, lang=getattr(say, "language", "vi"), **context
        )
        return HTMLResponse(body, status, headers={**HEADERS, "Cache-Control": "no-store"})
