"""The live stream of a chat: what is newer than the browser has, then whatever comes."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from bot.web.bubbles import STEP, Bubbles
from bot.web.devices import SignedIn
from bot.web.page import PRIVATE
from bot.web.parts import ChatParts, Place
from bot.web.streams import Seat, Streams
from bot.web.tries import address
from storage.conversation import transcript
from storage.conversation.tables import TranscriptLine
from storage.people.tables import Person
from storage.trouble import DatabaseError

log = logging.getLogger(__name__)

T = TypeVar("T")

_HEADERS: Mapping[str, str] = {**PRIVATE, "X-Accel-Buffering": "no"}
#: How often a quiet stream says that it is alive; proxies close what is silent for a minute.
_PING_S = 15.0
#: After how many milliseconds a browser whose stream ended opens another one.
_RETRY = "retry: 1500\n\n"
#: How often chats of other processes are looked at.
_LOOK_S = 1.0


class Live:
    """The streams of a place."""

    def __init__(self, place: Place, bubbles: Bubbles) -> None:
        """Of one place; the seats are those of all."""
        self._place = place
        self._bubbles = bubbles

    async def events(self, request: Request) -> Response:
        """The live stream: what is newer than the browser has, then whatever comes."""
        found = await self._place.signed_in(request)
        if found is None:
            if await self._place.parts.devices.is_renewed(request):
                return _stream(_nothing())
            return _stream(_once("signed_out", {}))
        account = found.account
        async with self._place.parts.database.read() as session:
            person = await session.get(Person, account.person_id)
        is_guest = person is None or person.registered_at is None
        seat = Seat(account.id, address(request), is_guest=is_guest)
        if not self._place.parts.streams.take(seat):
            return JSONResponse({"error": ""}, 503, headers={"Retry-After": "10"})
        after = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
        told = self._follow(request, found, int(after) if after.isdecimal() and len(after) < 18 else 0, seat)
        return _Seated(told, self._place.parts.streams, seat)

    async def _follow(self, request: Request, found: SignedIn, after: int, seat: Seat) -> AsyncIterator[str]:
        bell, account = self._place.parts.bell, found.account
        event = bell.listen(account.id)
        seat.wakes(event)
        try:
            yield _RETRY
            if after == 0:
                async with self._place.parts.database.read() as session:
                    lines = await transcript.last(session, account.id, STEP)
                    more = bool(lines) and bool(
                        await transcript.last(session, account.id, 1, before=lines[0].id)
                    )
                for line in lines:
                    yield _event("line", self._bubbles.shown(line, found), line.rev)
                after = max((line.rev for line in lines), default=0)
                yield _event("older", {"more": more})
            ready = False
            while True:
                event.clear()
                if seat.is_lost:
                    return
                lines = await _to_its_end(self._newer(account.id, after))
                # Looked at last: at a kiosk somebody else may stand here by now.
                if await _to_its_end(self._place.signed_in(request)) is None:
                    if not await _to_its_end(self._place.parts.devices.is_renewed(request)):
                        yield _event("signed_out", {})
                    return  # with its new cookie the browser comes back by itself
                for line in lines:
                    yield _event("line", self._bubbles.shown(line, found), line.rev)
                    after = line.rev
                if lines:
                    continue
                if not ready:
                    ready = True
                    yield _event("ready", {})
                try:
                    async with asyncio.timeout(_PING_S):
                        await event.wait()
                except TimeoutError:
                    yield ": ping\n\n"
        finally:
            bell.leave(account.id, event)

    async def _newer(self, account_id: int, after: int) -> Sequence[TranscriptLine]:
        async with self._place.parts.database.read() as session:
            return await transcript.newer(session, account_id, after)


async def watch_other_processes(parts: ChatParts) -> None:
    """Ring for chats that another process has written to. One small query a second, however many browsers listen."""
    known: dict[int, int] = {}
    while True:
        await asyncio.sleep(_LOOK_S)
        accounts = parts.bell.accounts()
        if not accounts:
            known.clear()
            continue
        try:
            async with parts.database.read() as session:
                revisions = await transcript.revisions(session, accounts)
        except (DatabaseError, OSError) as problem:
            log.error("chats cannot be looked at: %s", type(problem).__name__)
            continue
        for account_id, rev in revisions.items():
            if known.get(account_id, rev) != rev:
                parts.bell.ring(account_id)
        for gone in set(accounts) - set(revisions):
            parts.bell.ring(gone)
        known = revisions


async def _to_its_end(reading: Coroutine[Any, Any, T]) -> T:
    """A short look into the database, finished also when the browser goes away meanwhile.

    A connection that is cut off in the middle of a statement must be thrown away.
    """
    task = asyncio.ensure_future(reading)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _event(name: str, data: dict[str, Any], number: int | None = None) -> str:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _nothing() -> AsyncIterator[str]:
    yield _RETRY


async def _once(name: str, data: dict[str, Any]) -> AsyncIterator[str]:
    yield _event(name, data)


class _Seated(StreamingResponse):
    """A stream that gives its seat back when it ends, even if nothing of it was ever sent."""

    def __init__(self, events: AsyncIterator[str], streams: Streams, seat: Seat) -> None:
        super().__init__(events, media_type="text/event-stream", headers=_HEADERS)
        self._streams, self._seat = streams, seat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.leave(self._seat)


def _stream(events: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(events, media_type="text/event-stream", headers=_HEADERS)
