"""The web chat: its page, what comes in, and the live stream of what is said."""

import json
import logging
import secrets
from datetime import timedelta
from typing import Any

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web import NAME
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind, now_order
from bot.delivery.channel import FileProblem
from bot.media.store import LIMIT, check_beginning, is_picture
from bot.services.people import kiosks
from bot.services.people.quota import GUESTS_LARGEST
from bot.texts import Say
from bot.web import uploads
from bot.web.bubbles import Bubbles
from bot.web.devices import SignedIn
from bot.web.live import Live
from bot.web.page import PRIVATE
from bot.web.parts import ChatParts, Place
from bot.web.tries import address
from storage.conversation.tables import TranscriptLine
from storage.people.tables import Account, Person
from storage.trouble import DatabaseError
from storage.units.tables import Unit

log = logging.getLogger(__name__)

#: Where one's own chat is.
CHAT = "/chat/"
TEXT_LONGEST = 10_000
_BODY_LONGEST = 64 * 1024
#: No row has a number that a database cannot hold.
_LARGEST_NUMBER = 2**63


class _Number(Convertor[int]):
    """A row's number in an address; one that is longer is no address of ours."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", _Number())
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


class Chat:
    """The endpoints below one base path (``/chat/``, or a demo person's own)."""

    def __init__(self, parts: ChatParts, base: str, *, shared: bool = True) -> None:
        """``base`` begins and ends with a slash.

        ``shared``: whether it is for the browser itself, which may be a kiosk; not for a person to be in a demo.
        """
        self.parts = parts
        self.base = base
        self._place = Place(parts, base, shared)
        self._bubbles = Bubbles(self._place)
        self._live = Live(self._place, self._bubbles)

    def routes(self) -> list[Route]:
        """For the application."""
        base = self.base
        return [
            Route(base, self.page),
            Route(base + "events", self._live.events),
            Route(base + "history", self._bubbles.history),
            Route(base + "send", self.send, methods=["POST"]),
            Route(base + "upload", self.upload, methods=["POST"]),
            Route(base + "signout", self.sign_out, methods=["POST"]),
            Route(base + "file/{line:number}/{at:number}", self._bubbles.file),
            Route(base + "media/{media:number}.{signature}", self._bubbles.picture),
        ]

    # ------------------------------------------------------------ page

    async def page(self, request: Request) -> Response:
        """The page, for who is signed in; for who has left a kiosk a curtain, behind which what is held goes out."""
        found = await self._place.signed_in(request, left=True)
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
        found = await self._sender(request)
        if isinstance(found, Response):
            return await self._again(request) or found
        account = found.account
        say = await self._say(account)
        try:
            raw = await _bounded(request, _BODY_LONGEST)
            body = json.loads(raw)
            key, text, action = str(body["key"]), str(body.get("text", "")), str(body.get("action", ""))
            line = int(body.get("line") or 0)
            if not 0 <= line < _LARGEST_NUMBER:
                raise ValueError(line)
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
        if not self.parts.desk.has_patience(NAME, account.external_id):
            return self._error(say, "refusal.too_fast", 429)
        label = await self._label(account, line, action) if action else text
        if label is None:
            return self._error(say, "web.bad_request", 400)
        if action.startswith("/"):
            action, label, line = "", action, 0
        await self._accept(
            found,
            key,
            IncomingKind.ACTION if action else IncomingKind.TEXT,
            text=label,
            action=action,
            message_ref=str(line) if line else "",
            address=address(request),
        )
        response = JSONResponse({"ok": True}, headers=dict(PRIVATE))
        await self.parts.devices.renew(request, response, found, key, self._demo)
        return response

    async def _again(self, request: Request) -> Response | None:
        """The same update once more, from a browser that did not get the cookie which it brought."""
        try:
            key = str(json.loads(await _bounded(request, _BODY_LONGEST))["key"])
        except (ValueError, KeyError, TypeError, RecursionError, _TooLong):
            return None
        response = JSONResponse({"ok": True}, headers=dict(PRIVATE))
        return response if await self.parts.devices.again(request, response, key, self._demo) else None

    @property
    def _demo(self) -> str:
        return "" if self._place.shared else self.base

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

    async def _accept(
        self,
        found: SignedIn,
        key: str,
        kind: IncomingKind,
        **values: Any,  # noqa: ANN401
    ) -> None:
        account = found.account
        await self.parts.desk.accept(
            Incoming(
                NAME,
                f"{account.id}:{key}",
                now_order(self.parts.clock.now()),
                kind,
                account.external_id,
                account.chat_id,
                device=found.device_id,
                **values,
            )
        )

    async def upload(self, request: Request) -> Response:
        """One file."""
        found = await self._sender(request)
        if isinstance(found, Response):
            return found
        account, (say, is_guest) = found.account, await self._who(found.account)
        # Before a byte of it is read.
        if not self.parts.desk.has_patience(NAME, account.external_id):
            return self._error(say, "refusal.too_fast", 429)
        name = ""

        async def look(given: str, head: bytes) -> None:
            nonlocal name
            name = given
            check_beginning(head)
            await self.parts.quota.look(NAME, account.external_id, is_photo=is_picture(head))

        try:
            most = GUESTS_LARGEST if is_guest else LIMIT
            if int(request.headers.get("content-length") or 0) > most + _BODY_LONGEST:
                raise uploads.TooBig
            async with (
                self.parts.uploads.one(account.id, address(request), is_guest=is_guest),
                uploads.arriving(
                    request.stream(), request.headers.get("content-type", ""), look, most=most
                ) as came,
            ):
                key, name = came.fields.get("key", ""), came.name or "tep"
                if not 8 <= len(key) <= 40:
                    raise uploads.Broken
                async with self.parts.uploads.in_hand():
                    file = await self._keep(account, name, await came.read())
        except uploads.Busy:
            return JSONResponse({"error": "", "retry_after": 5}, 503, headers=dict(PRIVATE))
        except uploads.TooBig:
            return self._error(say, "files.register_first" if is_guest else "files.too_big", 413)
        except FileProblem as problem:
            return self._error(say, problem.key, 415, name=name[:80])
        except (uploads.Broken, ClientDisconnect) as problem:
            log.info("an upload could not be read: %s", type(problem).__name__)
            return self._error(say, "web.bad_request", 400)
        album, goes_on = came.fields.get("album", "")[:40], came.fields.get("more") == "1"
        await self._accept(
            found,
            key,
            IncomingKind.FILE,
            files=(file,),
            album=album,
            album_goes_on=goes_on,
            address=address(request),
        )
        return JSONResponse({"ok": True}, headers=dict(PRIVATE))

    async def _keep(self, account: Account, name: str, content: bytes) -> IncomingFile:
        await self.parts.quota.take(NAME, account.external_id, len(content), is_photo=is_picture(content))
        file = IncomingFile("upload", name[:200], is_picture=False, size=len(content))
        return await self.parts.media.take(file, content)

    async def sign_out(self, request: Request) -> Response:
        """Forget this browser."""
        if not is_ours(request):
            return JSONResponse({"error": ""}, 403)
        response = JSONResponse({"ok": True}, headers=dict(PRIVATE))
        # Photos that were seen here are asked for anew, and refused; where the browser knows how, they are gone at once.
        response.headers["Clear-Site-Data"] = '"cache"'
        await self.parts.devices.sign_out(request, response, self._demo)
        return response

    async def _sender(self, request: Request) -> SignedIn | Response:
        if not is_ours(request):
            return JSONResponse({"error": ""}, 403)
        try:
            found = await self._place.signed_in(request, left=True)
        except DatabaseError as problem:
            log.error("a sender cannot be looked up: %s", type(problem).__name__)
            return JSONResponse({"error": "", "retry_after": 2}, 503)
        if found is None or says_not_whose(request, found):
            return JSONResponse({"error": "", "signed_out": True}, 401, headers=dict(PRIVATE))
        return found

    async def _say(self, account: Account) -> Say:
        return (await self._who(account))[0]

    async def _who(self, account: Account) -> tuple[Say, bool]:
        """Their language, and whether they are a guest, who has not registered."""
        async with self.parts.database.read() as session:
            person = await session.get(Person, account.person_id)
        say = self.parts.texts.say(person.language if person else None)
        return say, person is None or person.registered_at is None

    def _error(self, say: Say, key: str, status: int, **args: object) -> Response:
        return JSONResponse({"error": str(say(key, **args).striptags())}, status, headers=dict(PRIVATE))


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
