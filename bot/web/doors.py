"""The ways in: the start page, invites and posters, codes, and in a demo the people to be."""

import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web import NAME
from bot.services.act import Act
from bot.services.people import accounts, passes
from bot.services.people.passes import Opened
from bot.services.refusal import Refusal
from bot.services.shared import Links
from bot.services.units.join_codes import JOIN_LENGTH
from bot.web.chat import CHAT, Chat, start
from bot.web.kiosk import Kiosks
from bot.web.page import PRIVATE, is_forged
from bot.web.parts import ChatParts
from bot.web.tries import Tries, address
from storage.conversation import conversations
from storage.engine import Session
from storage.people.tables import Account, PassKind, Person, Role
from storage.units.tables import Unit


class Doors:
    """The pages before the chat."""

    def __init__(self, parts: ChatParts, links: Links, tries: Tries) -> None:
        """``links``: where the messengers are that one can come in by."""
        self._parts = parts
        self._links = links
        self._tries = tries
        self._kiosks = Kiosks(parts, links, tries)

    def routes(self) -> list[Route]:
        """For the application."""
        return [
            Route("/", self.entry),
            Route("/enter", self.enter, methods=["POST"]),
            Route("/i/{code}", self.door, methods=["GET", "POST"]),
            Route("/new", self.new, methods=["POST"]),
            *self._kiosks.routes(),
        ]

    async def entry(self, request: Request) -> Response:
        """The start page; straight on to the chat for who is signed in."""
        if self._parts.devices.says_kiosk(request):
            kiosk = await self._parts.devices.kiosk(request)
            if kiosk is not None:
                return await self._kiosks.start_page(request, kiosk)
            response: Response = RedirectResponse("/", 303, dict(PRIVATE))
            self._parts.devices.no_kiosk(response)
            return response
        if await self._parts.devices.account(request) is not None:
            return RedirectResponse(CHAT, 303)
        if self._parts.is_demo:
            return RedirectResponse("/demo", 303)
        return self._entry(request)

    def _entry(self, request: Request, error: str = "", status: int = 200) -> Response:
        say = self._parts.pages.say(request)
        return self._parts.pages.render(
            "entry.html",
            say,
            status,
            error=str(say(error).striptags()) if error else "",
            doors=self._links.ways_in("web"),
        )

    async def door(self, request: Request) -> Response:
        """An invite, a poster or a code: GET shows the ways in (a link preview creates nothing), POST goes in."""
        code = passes.normal(request.path_params["code"])[:20]
        if request.method == "POST":
            return await self._go_in(request, code, asked=True)
        say = self._parts.pages.say(request)
        async with self._parts.database.read() as session:
            opened = await passes.look(Act(session, self._parts.clock.now(), None), code)
        if opened is not None and opened.kind is PassKind.KIOSK:
            return self._kiosks.ask(request, opened, code)
        kiosk = await self._parts.devices.kiosk(request)
        if kiosk is not None:
            return await self._kiosks.start_page(request, kiosk)
        is_mine = opened is not None and opened.kind is PassKind.DEVICE
        is_known = opened is not None and (is_mine or opened.kind is PassKind.INVITE)
        if not is_known and self._are_too_many(request, code):
            return self._entry(request, "web.too_many_tries", 429)
        account = await self._parts.devices.account(request)
        async with self._parts.database.read() as session:
            here = await session.get(Person, account.person_id) if account is not None else None
            owner = await self._owner(session, opened) if is_mine and opened is not None else ""
        return self._parts.pages.render(
            "door.html",
            say,
            200 if is_known else 404,
            is_known=is_known,
            is_mine=is_mine,
            is_here=here is not None,
            here=here.name if here is not None else "",
            unit_name=opened.unit.name if opened is not None and opened.unit else "",
            owner=owner,
            code=code,
            bot_title=str(say("web.title")),
            ways=self._links.ways_in(code),
        )

    async def _owner(self, session: Session, opened: Opened) -> str:
        """Whose account a code opens, so that nobody goes into another's unawares."""
        person, unit = await accounts.opens(Act(session, self._parts.clock.now(), None), opened)
        return ", ".join(part for part in (person.name, unit.name if unit else "") if part)

    async def enter(self, request: Request) -> Response:
        """A code was typed."""
        async with request.form(max_fields=3, max_files=0, max_part_size=2_000) as form:
            code = passes.normal(str(form.get("code", "")))[:20]
        return await self._go_in(request, code, asked=False)

    async def new(self, request: Request) -> Response:
        """In without a code: the unit is searched in the chat."""
        if is_forged(request, self._links.public_url) or await self._parts.devices.kiosk(request) is not None:
            return RedirectResponse("/", 303, dict(PRIVATE))
        return self._past_kiosk(request, await self._as_guest(request, ""))

    async def _go_in(self, request: Request, code: str, *, asked: bool) -> Response:
        """A code was given; ``asked``: on the page that says what it opens."""
        if is_forged(request, self._links.public_url):
            return RedirectResponse("/", 303, dict(PRIVATE))
        kiosk = await self._parts.devices.kiosk(request)
        here = None if kiosk is not None else await self._parts.devices.account(request)
        now = self._parts.clock.now()
        account_id, token = 0, ""
        async with self._parts.database.write() as session:
            opened = await passes.look(Act(session, now, None), code)
            if opened is not None and opened.kind is PassKind.DEVICE and kiosk is None and here is None:
                try:
                    if asked:
                        await accounts.check_link(Act(session, now, None), opened)
                    account_id = await accounts.web_account(Act(session, now, opened.person_id), code)
                except Refusal as refusal:
                    return self._entry(request, refusal.key, 404)
                token = await self._parts.devices.sign_in(session, account_id, request)
        if opened is not None and opened.kind is PassKind.KIOSK:
            if not asked:
                return RedirectResponse(f"/i/{code}", 303, dict(PRIVATE))
            made = await self._kiosks.make(request, code)
            return self._entry(request, made, 404) if isinstance(made, str) else made
        if kiosk is not None:
            return await self._kiosks.enter_with(request, kiosk, code)
        if opened is None or opened.kind is PassKind.GROUP:
            if self._are_too_many(request, code):
                return self._entry(request, "web.too_many_tries", 429)
            return self._entry(request, "passes.unknown", 404)
        if here is not None or opened.kind is not PassKind.DEVICE:
            # Who is signed in here is asked in their chat what the code shall do; nobody is swapped for another.
            return self._past_kiosk(request, await self._as_guest(request, code))
        account = await self._account(account_id)
        response = RedirectResponse(CHAT, 303)
        self._parts.devices.give(response, token)
        await start(self._parts, account, "")
        return self._past_kiosk(request, response)

    def _are_too_many(self, request: Request, code: str) -> bool:
        """Count a wrong code. A unit's join code hangs on the wall: one that is no more is nobody's guess."""
        return len(code) != JOIN_LENGTH and self._tries.was_wrong(address(request))

    def _past_kiosk(self, request: Request, response: Response) -> Response:
        """A browser that was a kiosk until that was revoked is somebody's own again."""
        if self._parts.devices.says_kiosk(request):
            self._parts.devices.no_kiosk(response)
        return response

    async def _as_guest(self, request: Request, code: str) -> Response:
        response = RedirectResponse(CHAT, 303)
        account = await self._parts.devices.account(request)
        if account is None:
            if not self._tries.may_come_in(address(request)):
                return self._entry(request, "web.too_many_tries", 429)
            name = secrets.token_hex(12)
            async with self._parts.database.write() as session:
                who = await conversations.meet(
                    session,
                    channel=NAME,
                    external_id=name,
                    chat_id=name,
                    language=self._parts.pages.say(request).language,
                    now=self._parts.clock.now(),
                )
                token = await self._parts.devices.sign_in(session, who.account_id, request)
            account = await self._account(who.account_id)
            self._parts.devices.give(response, token)
        await start(self._parts, account, code)
        return response

    async def _account(self, account_id: int) -> Account:
        async with self._parts.database.read() as session:
            return await session.get_one(Account, account_id)


class DemoDoors:
    """The people to be, in a demo only: each under its own path, so that three windows are three people."""

    def __init__(self, parts: ChatParts, people_to_be: dict[str, int]) -> None:
        """``people_to_be`` maps a path's last part to a person's id."""
        self._parts = parts
        self._people = people_to_be
        self._chats = {name: Chat(parts, f"/demo/{name}/chat/", shared=False) for name in people_to_be}

    def routes(self) -> list[Route]:
        """For the application."""
        return [
            Route("/demo", self.choose),
            Route("/demo/{name}", self.become),
            *(route for chat in self._chats.values() for route in chat.routes()),
        ]

    async def choose(self, request: Request) -> Response:
        """Who would you like to be?"""
        say = self._parts.pages.say(request)
        shown = []
        async with self._parts.database.read() as session:
            for name, person_id in self._people.items():
                person = await session.get(Person, person_id)
                unit = await session.get(Unit, person.unit_id) if person and person.unit_id else None
                role = {"can-bo": Role.OFFICER.value, "to-ho-tro": Role.SUPPORT.value}.get(name, "worker")
                shown.append(
                    {
                        "name": person.name if person else "",
                        "role_label": str(say(f"web.demo_role.{role}")),
                        "unit": unit.name if unit else "",
                        "url": f"/demo/{name}",
                        "hint": str(say(f"web.demo_hint.{role}")),
                    }
                )
        return self._parts.pages.render("demo.html", say, people=shown)

    async def become(self, request: Request) -> Response:
        """Be that person in this window."""
        name = request.path_params["name"]
        if name not in self._people:
            return RedirectResponse("/demo", 303)
        base = f"/demo/{name}/chat/"
        now = self._parts.clock.now()
        async with self._parts.database.write() as session:
            person_id = self._people[name]
            account_id = await accounts.web_account_of(Act(session, now, person_id), person_id)
            token = await self._parts.devices.sign_in(session, account_id, request)
            account = await session.get_one(Account, account_id)
            is_new = account.transcript_rev == 0
        response = RedirectResponse(base, 303)
        self._parts.devices.give_demo(response, token, base)
        if is_new:
            await start(self._parts, account, "")
        return response
