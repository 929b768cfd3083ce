"""The kiosk: its start page, and the turns of the people who come to it one after another."""

import logging
import secrets

import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web import NAME
from bot.services.act import Act
from bot.services.people import kiosks, passes
from bot.services.people.passes import Opened
from bot.services.refusal import Refusal
from bot.services.shared import Links
from bot.web.chat import CHAT, is_ours, says_not_whose, start
from bot.web.devices import SignedIn, label_of
from bot.web.page import PRIVATE, is_forged
from bot.web.parts import ChatParts
from bot.web.tries import Tries
from storage.conversation import conversations
from storage.people import kiosks as stored
from storage.people.tables import Account, Kiosk, Person
from storage.units.tables import Unit

log = logging.getLogger(__name__)

#: The browser forgets what pages keep by themselves; cookies and what it has of our scripts stay.
_FORGET = {"Clear-Site-Data": '"storage"'}


class Kiosks:
    """Making a browser a kiosk, and what happens at one before and after the chat."""

    def __init__(self, parts: ChatParts, links: Links, tries: Tries) -> None:
        """``links``: where a person goes on on a phone of their own."""
        self._parts = parts
        self._links = links
        self._tries = tries

    def routes(self) -> list[Route]:
        """For the application."""
        return [
            Route("/kiosk/start", self.begin, methods=["POST"]),
            Route("/kiosk/enter", self.enter, methods=["POST"]),
            Route(CHAT + "touch", self.touch, methods=["POST"]),
            Route(CHAT + "take", self.take_along, methods=["POST"]),
            Route(CHAT + "leave", self.leave, methods=["POST"]),
            Route(CHAT + "end", self.end, methods=["POST"]),
        ]

    # ------------------------------------------------------------ making one

    def ask(self, request: Request, opened: Opened, code: str) -> Response:
        """Shall this browser be a kiosk? Looking at the page changes nothing."""
        say = self._parts.pages.say(request)
        unit = opened.unit.name if opened.unit else ""
        minutes = int(kiosks.SILENCE.total_seconds() // 60)
        return self._parts.pages.render("kiosk_ask.html", say, unit_name=unit, code=code, minutes=minutes)

    async def make(self, request: Request, code: str) -> Response | str:
        """Yes: this browser is a kiosk from now on. Gives the key of a sentence when the code opens nothing."""
        now = self._parts.clock.now()
        before = await self._parts.devices.kiosk(request)
        try:
            async with self._parts.database.write() as session:
                act = Act(session, now, None)
                token = await kiosks.make(act, code, label_of(request))
                # A browser is one kiosk at a time.
                ended = [] if before is None else await kiosks.replaced(act, before.id)
        except Refusal as refusal:
            return refusal.key
        self._ring(ended)
        # Pictures that somebody's own browser was allowed to keep go too.
        response = RedirectResponse("/", 303, {**PRIVATE, "Clear-Site-Data": '"cache", "storage"'})
        self._parts.devices.give_kiosk(response, token)
        return response

    # ------------------------------------------------------------ the start page and a turn's beginning

    async def start_page(
        self, request: Request, kiosk: Kiosk, error: str = "", status: int = 200
    ) -> Response:
        """Whose turn is it? Straight on to the chat for whose turn it is, or was: that page hands over what it holds."""
        found = await self._parts.devices.signed_in(request, left=True)
        if not error and found is not None:
            return RedirectResponse(CHAT, 303, dict(PRIVATE))
        if found is None:
            await self._end_silent(kiosk)
        say = self._parts.pages.say(request)
        async with self._parts.database.read() as session:
            unit = await session.get_one(Unit, kiosk.unit_id)
        words = str(say(error).striptags()) if error else ""
        return self._parts.pages.render("kiosk.html", say, status, unit_name=unit.name, error=words)

    async def _end_silent(self, kiosk: Kiosk) -> None:
        now = self._parts.clock.now()
        async with self._parts.database.read() as session:
            found = await stored.silent(session, now - kiosks.SILENCE - kiosks.GRACE, kiosk.id)
        if found:
            async with self._parts.database.write() as session:
                await kiosks.end_silent(Act(session, now, None), kiosk.id)

    async def begin(self, request: Request) -> Response:
        """Somebody new: a guest of the kiosk's unit."""
        kiosk = await self._here(request)
        if isinstance(kiosk, Response):
            return kiosk
        if not self._tries.may_come_in(_place(kiosk)):
            return await self.start_page(request, kiosk, "kiosk.too_many", 429)
        name = secrets.token_hex(12)
        now = self._parts.clock.now()
        async with self._parts.database.write() as session:
            ended = await kiosks.end_sessions(Act(session, now, None), kiosk.id)
            who = await conversations.meet(
                session,
                channel=NAME,
                external_id=name,
                chat_id=name,
                language=self._parts.pages.say(request).language,
                now=now,
            )
            token = await self._parts.devices.sign_in(session, who.account_id, request, kiosk.id)
            await stored.used(session, kiosk.id, now)
            unit = await session.get_one(Unit, kiosk.unit_id)
        return await self._turn(ended, token, who.account_id, unit.join_code)

    async def enter(self, request: Request) -> Response:
        """Somebody who shows a code from a phone of their own."""
        kiosk = await self._here(request)
        if isinstance(kiosk, Response):
            return kiosk
        async with request.form(max_fields=3, max_files=0, max_part_size=2_000) as form:
            code = passes.normal(str(form.get("code", "")))[:20]
        return await self.enter_with(request, kiosk, code)

    async def enter_with(self, request: Request, kiosk: Kiosk, code: str) -> Response:
        """The same, with a code that was scanned."""
        now = self._parts.clock.now()
        try:
            async with self._parts.database.write() as session:
                account_id = await kiosks.sign_in(Act(session, now, None), code)
                ended = await kiosks.end_sessions(Act(session, now, None), kiosk.id)
                token = await self._parts.devices.sign_in(session, account_id, request, kiosk.id)
                await stored.used(session, kiosk.id, now)
        except Refusal as refusal:
            if refusal.key != "kiosk.has_role" and self._tries.was_wrong(_place(kiosk)):
                return await self.start_page(request, kiosk, "web.too_many_tries", 429)
            return await self.start_page(request, kiosk, refusal.key, 404)
        return await self._turn(ended, token, account_id, "")

    async def _turn(self, ended: list[int], token: str, account_id: int, code: str) -> Response:
        self._ring(ended)
        async with self._parts.database.read() as session:
            account = await session.get_one(Account, account_id)
        response = RedirectResponse(CHAT, 303, {**PRIVATE, **_FORGET})
        self._parts.devices.give_turn(response, token)
        await start(self._parts, account, code)
        return response

    async def _here(self, request: Request) -> Kiosk | Response:
        """The kiosk that this browser is, for a form that was posted from its own page."""
        if is_forged(request, self._links.public_url):
            return RedirectResponse("/", 303, dict(PRIVATE))
        kiosk = await self._parts.devices.kiosk(request)
        return kiosk if kiosk is not None else RedirectResponse("/", 303, dict(PRIVATE))

    # ------------------------------------------------------------ during a turn, and its end

    async def touch(self, request: Request) -> Response:
        """Somebody has touched the screen."""
        found = await self._whose_turn(request)
        if isinstance(found, Response):
            return found
        async with self._parts.database.write() as session:
            await stored.touch(session, found.device_id, self._parts.clock.now())
        return JSONResponse({"ok": True}, headers=dict(PRIVATE))

    async def take_along(self, request: Request) -> Response:
        """A code, and a picture of it to be scanned, with which one goes on on one's own phone."""
        found = await self._whose_turn(request)
        if isinstance(found, Response):
            return found
        person_id = found.account.person_id
        async with self._parts.database.write() as session:
            person = await session.get_one(Person, person_id)
            code, until = await passes.for_device(Act(session, self._parts.clock.now(), person_id), person_id)
        say = self._parts.texts.say(person.language)
        url = self._links.invite(code)
        # Dark on light also where the page is dark: not every phone reads it the other way round.
        picture = segno.make_qr(url, error="m").svg_data_uri(border=4, dark="#000", light="#fff")
        body = {"code": code, "url": url, "picture": picture}
        words = str(say("kiosk.take_until", until=say.moment(until)).striptags())
        return JSONResponse({**body, "until": words}, headers=dict(PRIVATE))

    async def leave(self, request: Request) -> Response:
        """Who had the turn goes; something of theirs is still on its way."""
        found = await self._whose_turn(request, left=True)
        if isinstance(found, Response):
            return found
        async with self._parts.database.write() as session:
            await self._parts.devices.leave(session, request, found)
        self._ring([found.account.id])
        return JSONResponse({"ok": True}, headers=dict(PRIVATE))

    async def end(self, request: Request) -> Response:
        """The turn is over, here and on the server."""
        found = await self._whose_turn(request, left=True)
        if isinstance(found, Response):
            return found
        if found.kiosk is not None:
            async with self._parts.database.write() as session:
                ended = await kiosks.end_sessions(Act(session, self._parts.clock.now(), None), found.kiosk.id)
            self._ring(ended)
        response = JSONResponse({"ok": True}, headers={**PRIVATE, **_FORGET})
        self._parts.devices.end_turn(response)
        return response

    async def _whose_turn(self, request: Request, *, left: bool = False) -> SignedIn | Response:
        if not is_ours(request):
            return JSONResponse({"error": ""}, 403, headers=dict(PRIVATE))
        found = await self._parts.devices.signed_in(request, left=left)
        if found is None or found.kiosk is None or says_not_whose(request, found):
            # The browser keeps all: it may hold something that can still be sent.
            return JSONResponse({"error": "", "signed_out": True}, 401, headers=dict(PRIVATE))
        return found

    def _ring(self, accounts: list[int]) -> None:
        """Streams that are still open look whose turn it is."""
        for account_id in accounts:
            self._parts.bell.ring(account_id)


def _place(kiosk: Kiosk) -> str:
    """A kiosk is counted by itself, not with whoever else is behind the same address."""
    return f"kiosk:{kiosk.id}"
