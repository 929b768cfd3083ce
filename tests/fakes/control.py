"""Driving a stand-in from another process, over HTTP under /control/; each messenger may add its own commands.

===================  ===================================================================================
POST script          ``{"people": [[step, ...], ...], "aside"?}``, as in ``tests.fakes.script``
GET  script          how far the scripts are, and how long the bot took
POST settings        ``{"latency"?: seconds}``
GET  stats           counts
===================  ===================================================================================
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aiohttp import web

from tests.fakes.script import Json, Phones, Scripts

#: Answers what comes under /control/.
Controls = Callable[[web.BaseRequest], Awaitable[web.Response]]


class Server(Protocol):
    """The HTTP side of a stand-in, as far as it is driven from another process."""

    root: str
    #: Seconds between a request taking effect and its answer.
    latency: float
    #: Answers what comes under /control/, if anything shall.
    control: Controls | None

    @property
    def counts(self) -> Mapping[str, int]:
        """How often the bot asked for what."""


class Control:
    """Answers what comes under /control/."""

    def __init__(self, server: Server, phones: Callable[[int], Phones]) -> None:
        """``phones``: makes so many of them, for people who talk by a script."""
        self._server = server
        self._phones = phones
        self._scripts: Scripts | None = None

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """The answer to one request; 404 for an unknown one, 409 when what was expected did not come."""
        body = await request.json() if request.method == "POST" and request.can_read_body else {}
        name = f"_{request.method.lower()}_{request.path.rpartition('/')[2]}"
        answer = getattr(self, name, None)
        if answer is None:
            return web.json_response({"error": f"unknown: {name}"}, status=404)
        try:
            return web.json_response(await answer(dict(request.query) if request.method == "GET" else body))
        except AssertionError as unmet:
            return web.json_response({"error": str(unmet)}, status=409)

    async def _post_script(self, body: Json) -> Json:
        people = body["people"]
        self._scripts = Scripts(self._phones(len(people)), people, body.get("aside", ""))
        self._scripts.start()
        return {"people": len(people)}

    async def _get_script(self, query: dict[str, str]) -> Json:
        assert self._scripts is not None, "no script was given"
        return self._scripts.report()

    async def _post_settings(self, body: Json) -> Json:
        if "latency" in body:
            self._server.latency = float(body["latency"])
        return {"latency": self._server.latency}

    async def _get_stats(self, query: dict[str, str]) -> Json:
        return {"counts": dict(self._server.counts)}


async def serve(stand_in: AbstractAsyncContextManager[object], server: Server, control: Control) -> None:
    """Run a stand-in until cancelled; the first line printed is its server's root."""
    server.control = control
    async with stand_in:
        sys.stdout.write(f"{server.root}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
