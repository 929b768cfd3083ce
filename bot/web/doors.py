"""The ways in: the start page, invites and posters, codes, and in a demo the people to be."""

import secrets
from collections import deque
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels.web import NAME
from bot.clock import Clock
from bot.conversation.vocabulary import Incoming, IncomingKind, now_order
from bot.handlers.turn import Links
from bot.services import passes, people
from bot.services.act import Act
from bot.services.refusal import Refusal
from bot.web.chat import Chat, ChatParts
from storage import conversations
from storage.models import Account, PassKind, Person, Role, Unit

CHAT = "/chat/"


class Tries:
    """How often codes may be tried: by one address, and by all together."""

    WINDOW = timedelta(minutes=10)
    PER_ADDRESS = 10
    IN_ALL = 2_000

    def __init__(self, clock: Clock) -> None:
        """Kept in memory: a restart gives at most one window more."""
        self._clock = clock
        self._by_address: dict[str, deque[datetime]] = {}
        self._all: deque[datetime] = deque()

    def allows(self, address: str) -> bool:
        """Count one try; whether it may be made."""
        now = self._clock.now()
        for queue in (self._all, self._by_address.setdefault(address, deque())):
            while queue and now - queue[0] > self.WINDOW:
                queue.popleft()
        if len(self._by_address) > 10_000:
            self._by_address = {key: queue for key, queue in self._by_address.items() if queue}
        mine = self._by_address.setdefault(address, deque())
        if len(mine) >= self.PER_ADDRESS or len(self._all) >= self.IN_ALL:
            return False
        mine.append(now)
        self._all.append(now)
        return True


class Doors:
    """The pages before the chat."""

    def __init__(self, parts: ChatParts, links: Links, tries: Tries) -> None:
        """``links``: where the messengers are that one can come in by."""
        self._parts = parts
        self._links = links
        self._tries = tries

    def routes(self) -> list[Route]:
        """For the application."""
        return [
            Route("/", self.entry),
            Route("/enter", self.enter, methods=["POST"]),
            Route("/i/{code}", self.door, methods=["GET", "POST"]),
            Route("/new", self.new, methods=["POST"]),
        ]

    async def entry(self, request: Request) -> Response:
        """The start page; straight on to the chat for who is signed in."""
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
            doors=self._links.elsewhere("web"),
        )

    async def door(self, request: Request) -> Response:
        """An invite or poster: GET shows the ways in (a link preview creates nothing), POST goes in."""
        code = passes.normal(request.path_params["code"])[:20]
        if request.method == "POST":
            return await self._go_in(request, code)
        say = self._parts.pages.say(request)
        unit, is_device = None, False
        if self._tries.allows(_address(request)):
            async with self._parts.database.read() as session:
                opened = await passes.look(Act(session, self._parts.clock.now(), None), code)
                unit = opened.unit if opened is not None else None
                # Whose it is stands nowhere: the page may be seen by whoever sees the picture of the code.
                is_device = opened is not None and opened.kind is PassKind.DEVICE
        return self._parts.pages.render(
            "door.html",
            say,
            200 if unit or is_device else 404,
            unit_name=unit.name if unit else None,
            is_device=is_device,
            code=code,
            bot_title=str(say("web.title")),
            doors=self._links.elsewhere(code),
        )

    async def enter(self, request: Request) -> Response:
        """A code was typed."""
        async with request.form(max_fields=3, max_files=0, max_part_size=2_000) as form:
            code = passes.normal(str(form.get("code", "")))[:20]
        return await self._go_in(request, code)

    async def new(self, request: Request) -> Response:
        """In without a code: the unit is searched in the chat."""
        return await self._as_guest(request, "")

    async def _go_in(self, request: Request, code: str) -> Response:
        if not self._tries.allows(_address(request)):
            return self._entry(request, "web.too_many_tries", 429)
        now = self._parts.clock.now()
        account_id, token = 0, ""
        async with self._parts.database.write() as session:
            opened = await passes.look(Act(session, now, None), code)
            if opened is None or opened.kind is PassKind.GROUP:
                return self._entry(request, "passes.unknown", 404)
            if opened.kind is PassKind.DEVICE:
                try:
                    account_id = await people.web_account(Act(session, now, opened.person_id), code)
                except Refusal as refusal:
                    return self._entry(request, refusal.key, 404)
                token = await self._parts.devices.sign_in(session, account_id, request)
        if opened.kind is not PassKind.DEVICE:
            return await self._as_guest(request, code)
        account = await self._account(account_id)
        response = RedirectResponse(CHAT, 303)
        self._parts.devices.give(response, token, CHAT)
        await self._start(account, "")
        return response

    async def _as_guest(self, request: Request, code: str) -> Response:
        response = RedirectResponse(CHAT, 303)
        account = await self._parts.devices.account(request)
        if account is None:
            if not code and not self._tries.allows(_address(request)):
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
            self._parts.devices.give(response, token, CHAT)
        await self._start(account, code)
        return response

    async def _account(self, account_id: int) -> Account:
        async with self._parts.database.read() as session:
            return await session.get_one(Account, account_id)

    async def _start(self, account: Account, code: str) -> None:
        await start(self._parts, account, code)


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


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


class DemoDoors:
    """The people to be, in a demo only: each under its own path, so that three windows are three people."""

    def __init__(self, parts: ChatParts, people_to_be: dict[str, int]) -> None:
        """``people_to_be`` maps a path's last part to a person's id."""
        self._parts = parts
        self._people = people_to_be
        self._chats = {name: Chat(parts, f"/demo/{name}/chat/") for name in people_to_be}

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
            account_id = await people.web_account_of(
                Act(session, now, self._people[name]), self._people[name]
            )
            token = await self._parts.devices.sign_in(session, account_id, request)
            account = await session.get_one(Account, account_id)
            is_new = account.transcript_rev == 0
        response = RedirectResponse(base, 303)
        self._parts.devices.give(response, token, base)
        if is_new:
            await start(self._parts, account, "")
        return response
