"""A stand-in for Zalo's servers around one Official Account, and people who write to it.

It is strict where Zalo is: errors come with status 200, access tokens run out, a refresh token is good for one use,
texts have 2000 characters and messages five buttons, uploads a size, a kind and a week, and who has not written for
seven days is not written to. Events are signed and posted like Zalo's, and posted again when they are not taken.
Left out on purpose: groups, broadcasts, calls, shops, followers' lists.

In a test::

    async with FakeZaloOa(clock) as zalo:
        worker = zalo.person("Lan")
        await worker.follows()
        await worker.sees("Chào")

On its own, to be driven from another process (see ``tests.fakes.control``)::

    python -m tests.fakes.zalo_oa
"""

import asyncio
import hashlib
import json
import secrets
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

import aiohttp

from bot.clock import Clock, SystemClock
from tests.fakes.control import Control, serve
from tests.fakes.writing import WritingPhones
from tests.fakes.zalo_oa_people import Person
from tests.fakes.zalo_oa_server import ZaloServer

__all__ = ["RETRIES", "FakeZaloOa", "Fault", "Person"]

Json = dict[str, Any]

#: How long after the time before it an event that was not taken is posted again; then the webhook is switched off.
RETRIES = tuple(timedelta(seconds=one) for one in (30, 300, 900, 1800, 3600))
#: What the server says no with while something is wrong with the account as a whole.
_ACCESS_LASTS = timedelta(hours=25)
_RENEWAL_LASTS = timedelta(days=90)
_FILE_LASTS = timedelta(days=7)


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next requests to paths that hold ``path``.

    ``kind``: ``error`` (answers ``code``), ``status`` (answers an HTTP status), ``garbage`` (answers no JSON), ``cut``
    (does what was asked, and the answer is lost), ``hang`` (never answers).
    """

    kind: str
    path: str = ""
    code: int = 0
    times: int = 1


@dataclass(slots=True)
class Event:
    """An event on its way, with how often it was posted."""

    body: bytes
    signature: str
    #: The id of its message, where it has one.
    key: str = ""
    posted: int = 0
    taken: bool = False


@dataclass(slots=True)
class Upload:
    """A file handed over for messages."""

    kind: str
    name: str
    content: bytes
    until: datetime


@dataclass(slots=True)
class Account:
    """What Zalo knows of the account and its app."""

    app_id: str = "4410923847561029384"
    app_secret: str = "fake-app-secret-kJ2"
    oa_id: str = "2298374650192837465"
    oa_secret: str = "fake-oa-secret-Xw9"
    is_verified: bool = True
    has_package: bool = True
    per_minute: int = 4000
    #: Each request has to be proved with the app's secret.
    wants_proof: bool = False
    #: The fields of each approved template.
    templates: dict[str, tuple[str, ...]] = field(default_factory=dict)


class FakeZaloOa:
    """Zalo, with one Official Account and the people whom a test makes."""

    def __init__(self, clock: Clock, *, webhook: str = "") -> None:
        """``webhook``: where events are posted; may be set later."""
        self.clock = clock
        self.account = Account()
        self.webhook = webhook
        self.is_webhook_on = True
        #: Refresh tokens that are good for one use, and access tokens, until when.
        self.renewals: dict[str, datetime] = {}
        self.accesses: dict[str, datetime] = {}
        self.used: set[str] = set()
        self.renewed = 0
        self.uploads: dict[str, Upload] = {}
        #: What people sent, by the path under which the bot finds it.
        self.files: dict[str, tuple[bytes, str]] = {}
        self.faults: deque[Fault] = deque()
        #: Messages beyond the free 48 hours, and templates: what has to be paid for.
        self.billed = 0
        self.requests: list[tuple[str, Json]] = []
        #: What was answered with 200, and what was not yet.
        self.taken: list[Event] = []
        self.undelivered: list[Event] = []
        self._people: dict[str, Person] = {}
        self._numbers = 0
        self._events = 0
        self.server = ZaloServer(self)
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Listening on this machine."""
        await self.server.start()
        self._client = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=10), cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Not any more."""
        if self._client is not None:
            await self._client.close()
        await self.server.stop()

    @property
    def root(self) -> str:
        """The server's root: the settings ``zalo_oa.api``, ``oauth`` and ``files_from``."""
        return self.server.root

    def settings(self, **more: Any) -> Json:
        """Settings of a bot for this account, with a first refresh token."""
        return {
            "app_id": self.account.app_id,
            "app_secret": self.account.app_secret,
            "oa_secret_key": self.account.oa_secret,
            "refresh_token": self.new_renewal(),
            "api": self.root,
            "oauth": self.root,
            "files_from": self.root,
            "per_minute": 0,
            **more,
        }

    # tokens

    def new_renewal(self) -> str:
        """A refresh token, as an administrator gets one by hand."""
        token = f"renewal-{secrets.token_hex(16)}"
        self.renewals[token] = self.clock.now() + _RENEWAL_LASTS
        return token

    def renew(self, renewal: str) -> Json:
        """What a refresh answers; the token is used up by it."""
        until = self.renewals.pop(renewal, None)
        if until is None or self.clock.now() >= until:
            code = -14020 if renewal in self.used else -14014
            return {
                "error": code,
                "error_name": "Invalid refresh token",
                "error_description": "Invalid refresh token",
            }
        self.used.add(renewal)
        self.renewed += 1
        access = f"access-{secrets.token_hex(16)}"
        self.accesses[access] = self.clock.now() + _ACCESS_LASTS
        seconds = str(int(_ACCESS_LASTS.total_seconds()))
        return {"access_token": access, "refresh_token": self.new_renewal(), "expires_in": seconds}

    def expire_accesses(self) -> None:
        """All access tokens given so far are taken no more."""
        self.accesses.clear()

    # who is there

    def person(self, name: str = "Lan", *, user_id: str = "") -> Person:
        """Somebody new, who has had nothing to do with the account yet."""
        person = Person(self, user_id or self.number(), name)
        self._people[person.id] = person
        return person

    def find(self, user_id: str) -> Person | None:
        """Somebody by the id that they have towards the account."""
        return self._people.get(user_id)

    def number(self) -> str:
        """A number that nothing else has; Zalo's are as long."""
        self._numbers += 1
        return str(5_510_185_758_261_000_000 + self._numbers)

    # files

    def keep(self, content: bytes, name: str, mime: str) -> str:
        """An address at which the bot finds what somebody sent."""
        path = f"/files/{self.number()}/{name}"
        self.files[path] = (content, mime)
        return self.root + path

    def upload(self, kind: str, name: str, content: bytes) -> str:
        """Take a file for messages; gives its id."""
        token = secrets.token_urlsafe(20)
        self.uploads[token] = Upload(kind, name, content, self.clock.now() + _FILE_LASTS)
        return token

    # what goes wrong

    def fault(self, kind: str, path: str = "", *, code: int = 0, times: int = 1) -> None:
        """Let the next requests go wrong; see :class:`Fault`."""
        self.faults.append(Fault(kind, path, code, times))

    def fault_for(self, path: str) -> Fault | None:
        """What goes wrong with a request now."""
        for fault in self.faults:
            if fault.path in path:
                fault.times -= 1
                if fault.times == 0:
                    self.faults.remove(fault)
                return fault
        return None

    # events

    def event(self, name: str, **more: Any) -> Event:
        """An event, signed."""
        body: Json = {
            "app_id": self.account.app_id,
            "event_name": name,
            "timestamp": str(self._moment()),
            **more,
        }
        raw = json.dumps(body, ensure_ascii=False).encode()
        key = more.get("message", {}).get("msg_id", "")
        return Event(raw, self.sign(raw, body["timestamp"]), key)

    def _moment(self) -> int:
        """Milliseconds. Everybody takes two seconds to read and type, and nobody does two things at once."""
        self._events += 1
        return int(self.clock.now().timestamp() * 1000) + 2_000 + self._events

    def sign(self, body: bytes, timestamp: str) -> str:
        """What stands in the header of an event."""
        whole = self.account.app_id.encode() + body + timestamp.encode() + self.account.oa_secret.encode()
        return f"mac={hashlib.sha256(whole).hexdigest()}"

    async def post(self, event: Event) -> int:
        """Post an event once; gives the status, or 0 when nobody answers. Not taken, it waits to be posted again."""
        assert self._client is not None
        event.posted += 1
        try:
            async with self._client.post(
                self.webhook,
                data=event.body,
                headers={"X-ZEvent-Signature": event.signature, "Content-Type": "application/json"},
            ) as answer:
                status = answer.status
        except aiohttp.ClientError:
            status = 0
        if status == 200 and not event.taken:
            event.taken = True
            self.taken.append(event)
        if event.taken and event in self.undelivered:
            self.undelivered.remove(event)
        elif not event.taken and event not in self.undelivered:
            self.undelivered.append(event)
        if not event.taken and event.posted > len(RETRIES):
            self.is_webhook_on = False
        return status

    async def tries_again(self) -> None:
        """What was not taken is posted once more. The test moves the clock, by one of :data:`RETRIES`."""
        for event in list(self.undelivered):
            if self.is_webhook_on:
                await self.post(event)


class ZaloOaControl(Control):
    """What there is beside ``tests.fakes.control``: the account."""

    def __init__(self, zalo: FakeZaloOa) -> None:
        """``zalo`` is what is driven."""
        people = partial(WritingPhones, lambda user_id: zalo.person(user_id=user_id), zalo.server.on_shown)
        super().__init__(zalo.server, people)
        self._zalo = zalo

    async def _post_account(self, body: Json) -> Json:
        """``{"webhook"}``: where events are posted; gives the settings of a bot for this account."""
        self._zalo.webhook = body["webhook"]
        return self._zalo.settings()

    async def _get_stats(self, query: dict[str, str]) -> Json:
        return {**await super()._get_stats(query), "undelivered": len(self._zalo.undelivered)}


def main() -> None:
    """Run it on its own, at the time that it is and without a limit: the first line printed is its root."""
    zalo = FakeZaloOa(SystemClock())
    zalo.account.per_minute = 10**9
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(zalo, zalo.server, ZaloOaControl(zalo)))


if __name__ == "__main__":
    main()
