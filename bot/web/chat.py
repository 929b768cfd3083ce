"""The web chat: its page, what comes in, and the live stream of what is said."""

import asyncio
import base64
import hmac
import json
import logging
import secrets
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.channels.web import NAME, Bell
from bot.clock import Clock
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind, now_order
from bot.delivery.channel import FileProblem
from bot.media.store import LIMIT, MediaStore
from bot.reception.desk import Desk
from bot.services.people import kiosks
from bot.texts import Say, Texts
from bot.web.devices import Devices, SignedIn
from bot.web.page import HEADERS, PRIVATE, Pages
from storage.conversation import transcript
from storage.conversation.tables import TranscriptLine
from storage.engine import Database
from storage.people.tables import Account, Person
from storage.trouble import DatabaseError
from storage.units.tables import Unit

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Where one's own chat is.
CHAT = "/chat/"
TEXT_LONGEST = 10_000
_BODY_LONGEST = 64 * 1024
#: What is shown of a long chat at first, and of each step back.
_BACKLOG = 50
#: How often a quiet stream says that it is alive; proxies close what is silent for a minute.
_PING_S = 15.0
#: How often chats of other processes are looked at.
_LOOK_S = 1.0
#: Streams open at once in one process; each costs a little memory.
_STREAMS = 5_000
_STREAMS_PER_ACCOUNT = 8
#: Keys of the sentences that the page's script needs.
_SCRIPT_TEXTS = "web.js."
#: What the page at a kiosk counts by, in milliseconds: the silence that ends a turn, how long before that it warns,
#: how often it says that somebody is there (which must be shorter than the server's grace), and how long it tries to
#: send what it still holds.
KIOSK_TIMES = {
    "silence": kiosks.SILENCE // timedelta(milliseconds=1),
    "warning": 20_000,
    "report": 15_000,
    "longest": kiosks.LONGEST_WAIT // timedelta(milliseconds=1),
}


@dataclass(slots=True)
class ChatParts:
    """What the chat's endpoints work with."""

    database: Database
    desk: Desk
    bell: Bell
    media: MediaStore
    devices: Devices
    pages: Pages
    texts: Texts
    clock: Clock
    secret: bytes
    is_demo: bool = False

    def sign(self, account: Account, media_id: int) -> str:
        """What makes the address of a picture hard to guess, and worth nothing to anybody but who was shown it.

        By the account's name: the number of a guest who was forgotten may be given to the next one.
        """
        about = f"{account.external_id}:{media_id}"
        return hmac.new(self.secret, about.encode(), "sha256").hexdigest()[:32]


class Chat:
    """The endpoints below one base path (``/chat/``, or a demo person's own)."""

    def __init__(self, parts: ChatParts, base: str, *, shared: bool = True) -> None:
        """``base`` begins and ends with a slash.

        ``shared``: whether it is for the browser itself, which may be a kiosk; not for a person to be in a demo.
        """
        self.parts = parts
        self.base = base
        self._shared = shared
        self._streams: dict[int, int] = {}

    def routes(self) -> list[Route]:
        """For the application."""
        base = self.base
        return [
            Route(base, self.page),
            Route(base + "events", self.events),
            Route(base + "history", self.history),
            Route(base + "send", self.send, methods=["POST"]),
            Route(base + "upload", self.upload, methods=["POST"]),
            Route(base + "signout", self.sign_out, methods=["POST"]),
            Route(base + "file/{line:int}/{at:int}", self.file),
            Route(base + "media/{media:int}.{signature}", self.picture),
        ]

    # ------------------------------------------------------------ page

    async def page(self, request: Request) -> Response:
        """The page, for who is signed in; for who has left a kiosk a curtain, behind which what is held goes out."""
        found = await self._signed_in(request, left=True)
        if found is None:
            return RedirectResponse("/", 303, dict(PRIVATE))
        account = found.account
        async with self.parts.database.read() as session:
            person = await session.get(Person, account.person_id)
            unit = await session.get(Unit, person.unit_id) if person and person.unit_id else None
        say = self.parts.texts.say(person.language if person else None)
        settings = {
            "account": account.external_id,
            "title": str(say("web.title")),
            "unit": unit.name if unit and not found.has_left else "",
            "language": say.language,
            "demo": self.parts.is_demo and found.kiosk is None,
            "max_upload_bytes": LIMIT,
            "strings": say.under("web.js"),
            "kiosk": None if found.kiosk is None else {**KIOSK_TIMES, "left": found.has_left},
        }
        return self.parts.pages.render("chat.html", say, base=self.base, settings=settings)

    # ------------------------------------------------------------ coming in

    async def send(self, request: Request) -> Response:
        """A text or a press."""
        account = await self._sender(request)
        if isinstance(account, Response):
            return account
        say = await self._say(account)
        try:
            raw = await _bounded(request, _BODY_LONGEST)
            body = json.loads(raw)
            key, text, action = str(body["key"]), str(body.get("text", "")), str(body.get("action", ""))
            line = int(body.get("line") or 0)
        except (ValueError, KeyError, TypeError, RecursionError):
            return self._error(say, "web.bad_request", 400)
        except _TooLong:
            return self._error(say, "web.too_long", 413, limit=TEXT_LONGEST)
        if not 8 <= len(key) <= 40 or not key.replace("-", "").isalnum():
            return self._error(say, "web.bad_request", 400)
        if len(text) > TEXT_LONGEST:
            return self._error(say, "web.too_long", 413, limit=TEXT_LONGEST)
        if len(action.encode(errors="replace")) > 64 or bool(action) == bool(text.strip()):
            return self._error(say, "web.bad_request", 400)
        label = await self._label(account, line, action) if action else text
        if label is None:
            return self._error(say, "web.bad_request", 400)
        if action.startswith("/"):
            action, label, line = "", action, 0
        await self._accept(
            account,
            key,
            IncomingKind.ACTION if action else IncomingKind.TEXT,
            text=label,
            action=action,
            message_ref=str(line) if line else "",
        )
        return JSONResponse({"ok": True}, headers=dict(PRIVATE))

    async def _label(self, account: Account, line_id: int, action: str) -> str | None:
        """What the pressed button says, from our own transcript; the browser's word for it is not believed.

        An action that is on no bubble of this chat is a forged one: it goes on and is refused by rights, but its
        bubble shows only what it was.
        """
        if action.startswith("/"):
            return action
        async with self.parts.database.read() as session:
            line = await session.get(TranscriptLine, line_id)
        if line is None or line.account_id != account.id:
            return action
        for row in line.body.get("rows", ()):
            for choice in row:
                if choice.get("action") == action:
                    return str(choice["label"])
        return action

    async def _accept(self, account: Account, key: str, kind: IncomingKind, **values: Any) -> None:  # noqa: ANN401
        await self.parts.desk.accept(
            Incoming(
                NAME,
                f"{account.id}:{key}",
                now_order(self.parts.clock.now()),
                kind,
                account.external_id,
                account.chat_id,
                **values,
            )
        )

    async def upload(self, request: Request) -> Response:
        """One file."""
        account = await self._sender(request)
        if isinstance(account, Response):
            return account
        say = await self._say(account)
        declared = int(request.headers.get("content-length") or 0)
        if declared > LIMIT + _BODY_LONGEST:
            return self._error(say, "files.too_big", 413)
        try:
            async with request.form(max_files=1, max_fields=5, max_part_size=LIMIT) as form:
                upload, key = form.get("file"), str(form.get("key", ""))
                album, goes_on = str(form.get("album", ""))[:40], form.get("more") == "1"
                if upload is None or isinstance(upload, str) or not 8 <= len(key) <= 40:
                    return self._error(say, "web.bad_request", 400)
                content = await upload.read(LIMIT + 1)
                name = upload.filename or "tep"
        except Exception as problem:  # noqa: BLE001 - a broken upload, however it is broken
            log.info("an upload could not be read: %s", type(problem).__name__)
            return self._error(say, "web.bad_request", 400)
        file = IncomingFile("upload", name[:200], is_picture=False, size=len(content))
        try:
            file = await self.parts.media.take(file, content)
        except FileProblem as problem:
            return self._error(say, problem.key, 415, name=name[:80])
        await self._accept(account, key, IncomingKind.FILE, files=(file,), album=album, album_goes_on=goes_on)
        return JSONResponse({"ok": True}, headers=dict(PRIVATE))

    async def sign_out(self, request: Request) -> Response:
        """Forget this browser."""
        if not is_ours(request):
            return JSONResponse({"error": ""}, 403)
        response = JSONResponse({"ok": True}, headers=dict(PRIVATE))
        await self.parts.devices.sign_out(request, response, "" if self._shared else self.base)
        return response

    async def _sender(self, request: Request) -> Account | Response:
        if not is_ours(request):
            return JSONResponse({"error": ""}, 403)
        try:
            found = await self._signed_in(request, left=True)
        except DatabaseError as problem:
            log.error("a sender cannot be looked up: %s", type(problem).__name__)
            return JSONResponse({"error": "", "retry_after": 2}, 503)
        if found is None or says_not_whose(request, found):
            return JSONResponse({"error": "", "signed_out": True}, 401, headers=dict(PRIVATE))
        return found.account

    async def _signed_in(self, request: Request, *, left: bool = False) -> SignedIn | None:
        return await self.parts.devices.signed_in(request, shared=self._shared, left=left)

    async def _say(self, account: Account) -> Say:
        async with self.parts.database.read() as session:
            person = await session.get(Person, account.person_id)
        return self.parts.texts.say(person.language if person else None)

    def _error(self, say: Say, key: str, status: int, **args: object) -> Response:
        return JSONResponse({"error": str(say(key, **args).striptags())}, status, headers=dict(PRIVATE))

    # ------------------------------------------------------------ what is said

    async def events(self, request: Request) -> Response:
        """The live stream: what is newer than the browser has, then whatever comes."""
        found = await self._signed_in(request)
        if found is None:
            return _stream(_once("signed_out", {}))
        account = found.account
        mine = self._streams.get(account.id, 0)
        if mine >= _STREAMS_PER_ACCOUNT or sum(self._streams.values()) >= _STREAMS:
            return JSONResponse({"error": ""}, 503, headers={"Retry-After": "10"})
        after = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
        return _stream(
            self._follow(request, found, int(after) if after.isdecimal() and len(after) < 18 else 0)
        )

    async def _follow(self, request: Request, found: SignedIn, after: int) -> AsyncIterator[str]:
        bell, account = self.parts.bell, found.account
        event = bell.listen(account.id)
        self._streams[account.id] = self._streams.get(account.id, 0) + 1
        try:
            yield "retry: 1500\n\n"
            if after == 0:
                async with self.parts.database.read() as session:
                    lines = await transcript.last(session, account.id, _BACKLOG)
                    more = bool(lines) and bool(
                        await transcript.last(session, account.id, 1, before=lines[0].id)
                    )
                for line in lines:
                    yield self._line(line, found)
                after = max((line.rev for line in lines), default=0)
                yield _event("older", {"more": more})
            ready = False
            while True:
                event.clear()
                lines = await _to_its_end(self._newer(account.id, after))
                # Looked at last: at a kiosk somebody else may stand here by now.
                if await _to_its_end(self._signed_in(request)) is None:
                    yield _event("signed_out", {})
                    return
                for line in lines:
                    yield self._line(line, found)
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
            left = self._streams.get(account.id, 1) - 1
            if left > 0:
                self._streams[account.id] = left
            else:
                self._streams.pop(account.id, None)

    async def _newer(self, account_id: int, after: int) -> Sequence[TranscriptLine]:
        async with self.parts.database.read() as session:
            return await transcript.newer(session, account_id, after)

    async def _backlog(self, account_id: int) -> tuple[Sequence[TranscriptLine], bool]:
        """The newest bubbles, and whether there are older ones."""
        async with self.parts.database.read() as session:
            lines = await transcript.last(session, account_id, _BACKLOG + 1)
        return lines[-_BACKLOG:], len(lines) > _BACKLOG

    async def history(self, request: Request) -> Response:
        """Older bubbles."""
        found = await self._signed_in(request)
        if found is None:
            return JSONResponse({"error": "", "signed_out": True}, 401, headers=dict(PRIVATE))
        account = found.account
        before = request.query_params.get("before", "")
        if not before.isdecimal() or len(before) > 17:
            return JSONResponse({"error": ""}, 400)
        async with self.parts.database.read() as session:
            lines = await transcript.last(session, account.id, _BACKLOG + 1, before=int(before))
        more = len(lines) > _BACKLOG
        shown = [self._shown(line, found) for line in lines[-_BACKLOG:]]
        return JSONResponse({"lines": shown, "more": more}, headers=dict(PRIVATE))

    def _line(self, line: TranscriptLine, found: SignedIn) -> str:
        return _event("line", self._shown(line, found), line.rev)

    def _shown(self, line: TranscriptLine, found: SignedIn) -> dict[str, Any]:
        """A bubble for the browser. At a kiosk no document can be opened: it would stay in the phone's folder."""
        body = dict(line.body)
        if "pictures" in body:
            body["pictures"] = [
                {
                    "alt": one["alt"],
                    "url": self._media_url(found.account, one["media"]),
                    "pending": False,
                    **({"dark": self._media_url(found.account, one["dark"])} if "dark" in one else {}),
                }
                if one.get("media")
                else {"alt": one["alt"], "url": "", "pending": True}
                for one in body["pictures"]
            ]
        if "documents" in body:
            body["documents"] = [
                {
                    "name": one["name"],
                    "size": one.get("size", 0),
                    "url": self._document_url(found.account, line, one, at) if found.kiosk is None else "",
                }
                for at, one in enumerate(body["documents"])
            ]
        return {"id": line.id, "rev": line.rev, "side": line.side, "at": line.at.isoformat(), **body}

    def _document_url(self, account: Account, line: TranscriptLine, document: dict[str, Any], at: int) -> str:
        if document.get("media"):
            address = self._media_url(account, document["media"])
            return f"{address}?name={quote(document['name'])}"
        return f"{self.base}file/{line.id}/{at}"

    def _media_url(self, account: Account, media_id: int) -> str:
        return f"{self.base}media/{media_id}.{self.parts.sign(account, media_id)}"

    async def picture(self, request: Request) -> Response:
        """A picture or document that was shown in a chat; only to who is signed in there and has its address."""
        media_id, signature = int(request.path_params["media"]), str(request.path_params["signature"])
        found = await self._signed_in(request)
        is_theirs = found is not None and hmac.compare_digest(
            signature.encode(), self.parts.sign(found.account, media_id).encode()
        )
        if found is None or not is_theirs:
            return Response(status_code=404, headers=dict(PRIVATE))
        try:
            content, mime = await self.parts.media.read(media_id)
        except (KeyError, OSError):
            return Response(status_code=404, headers=dict(PRIVATE))
        if found.kiosk is not None and not mime.startswith("image/"):
            return Response(status_code=403, headers=dict(PRIVATE))
        kept = "private, max-age=31536000, immutable" if found.kiosk is None else "no-store"
        headers = {**HEADERS, "Cache-Control": kept}
        if not mime.startswith("image/"):
            name = quote(request.query_params.get("name", "tep")[:200])
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        return Response(content, media_type=mime, headers=headers)

    async def file(self, request: Request) -> Response:
        """A document that was made for this chat alone."""
        found = await self._signed_in(request)
        if found is None or found.kiosk is not None:
            return Response(status_code=403, headers=dict(PRIVATE))
        account = found.account
        async with self.parts.database.read() as session:
            line = await session.get(TranscriptLine, int(request.path_params["line"]))
        documents: Sequence[Any] = (
            line.body.get("documents", ()) if line and line.account_id == account.id else ()
        )
        at = int(request.path_params["at"])
        if at >= len(documents) or "data" not in documents[at]:
            return Response(status_code=404, headers=dict(PRIVATE))
        headers = {
            **PRIVATE,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(documents[at]['name'])}",
        }
        return Response(
            base64.b64decode(documents[at]["data"]), media_type="application/octet-stream", headers=headers
        )


async def start(parts: ChatParts, account: Account, code: str) -> None:
    """Say hello in a chat, as a messenger's start button does."""
    await parts.desk.accept(
        Incoming(
            NAME,
            f"{account.id}:{secrets.token_hex(8)}",
            now_order(parts.clock.now()),
            IncomingKind.START,
            account.external_id,
            account.chat_id,
            payload=code,
        )
    )


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


class _TooLong(Exception):
    pass


async def _bounded(request: Request, limit: int) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _TooLong
    return body


def is_ours(request: Request) -> bool:
    """A page of another site cannot set this header without asking us first, and we never say yes."""
    return request.headers.get("x-requested-with") == "chat"


def says_not_whose(request: Request, found: SignedIn) -> bool:
    """Of who has left, only what their own page sends is taken: that says for whom it was made."""
    return found.has_left and "x-account" not in request.headers


def _event(name: str, data: dict[str, Any], number: int | None = None) -> str:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _once(name: str, data: dict[str, Any]) -> AsyncIterator[str]:
    yield _event(name, data)


def _stream(events: AsyncIterator[str]) -> StreamingResponse:
    headers = {**PRIVATE, "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
