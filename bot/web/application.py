"""The ASGI application: pages, chat, webhooks, health."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.web.page import HEADERS, STATIC, version
from bot.web.parts import ChatParts
from storage.trouble import DatabaseError, answers

log = logging.getLogger(__name__)


def application(
    parts: ChatParts,
    routes: Sequence[BaseRoute],
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]],
) -> Starlette:
    """Everything that is served. ``lifespan`` starts and stops what works in the background."""

    async def health(_request: Request) -> Response:
        """Whether the database answers; for a load balancer."""
        try:
            async with parts.database.read() as session:
                await answers(session)
        except (DatabaseError, OSError) as problem:
            log.error("health: the database does not answer (%s)", type(problem).__name__)
            return JSONResponse({"ok": False}, 503)
        return JSONResponse({"ok": True})

    async def failed(request: Request, problem: Exception) -> Response:
        if isinstance(problem, HTTPException):
            status = problem.status_code
        else:
            status = 503 if isinstance(problem, DatabaseError) else 500
            log.error("the page %s failed", request.url.path, exc_info=problem)
        say = parts.pages.say(request)
        key = f"web.error.{status}"
        return parts.pages.render(
            "error.html",
            say,
            status,
            code=status,
            sentence=str(say(key if say.has(key) else "web.error.500").striptags()),
        )

    async def gone(_request: Request, _problem: Exception) -> Response:
        """Whoever asked went away in the middle; nobody reads what is answered, and it is nobody's fault of ours."""
        return Response(status_code=400)

    # Scripts keep their comments, and compressed they are a third of their size on a slow network.
    static: Callable[..., Awaitable[None]] = GZipMiddleware(StaticFiles(directory=STATIC))
    return Starlette(
        routes=[*routes, Route("/health", health), Mount("/static/{version}", _cached(static))],
        exception_handlers={
            ClientDisconnect: gone,
            HTTPException: failed,
            Exception: failed,
            DatabaseError: failed,
        },
        lifespan=lifespan,
    )


def _cached(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Let browsers keep static files for ever, since the address carries their version.

    Under another version's address, which a page from before a restart may still ask for, they are not kept.
    """

    async def wrapped(
        scope: dict[str, Any], receive: object, send: Callable[[dict[str, object]], Awaitable[None]]
    ) -> None:
        is_current = scope["path_params"]["version"] == version()
        kept = b"public, max-age=31536000, immutable" if is_current else b"no-store"

        async def with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                extra = [(b"cache-control", kept)]
                extra += [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *extra]  # type: ignore[misc]
            await send(message)

        await app(scope, receive, with_headers)

    return wrapped
