"""Killed while both of Zalo's doors post to it, the bot loses nothing that it answered with 200, and doubles nothing.

What was not answered is posted again, as an Official Account does after half a minute and the Bot Platform may do.
Everybody submits initiatives, step by step; all send each step at once, over as many connections.
``SANGKIEN_TESTS_KILLS=20`` makes the long run of it; ``-s`` shows its figures.
"""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from sqlalchemy import select

from bot.clock import SystemClock
from storage.conversation.tables import Inbox, InboxState
from storage.engine import Database, open_engine
from storage.initiatives.tables import Initiative
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.fakes.zalo_bot import Person as BotPerson
from tests.fakes.zalo_oa import FakeZaloOa
from tests.fakes.zalo_oa import Person as OaPerson
from tests.kill.people import Member, settle
from tests.kill.process import BotProcess, free_port

KILLS = int(os.environ.get("SANGKIEN_TESTS_KILLS", "2"))
#: Each submits so often, and is on one of the two doors.
ROUNDS = max(1, KILLS // 5)
PEOPLE_A_DOOR = 8
PATIENCE = 60.0
#: Other processes are waited for; there is nothing to wait for but time.
_LOOK_S = 0.05

Person = BotPerson | OaPerson
Updates = set[tuple[str, str]]


@dataclass(slots=True)
class Scene:
    """Both stand-ins, the people, the bot between them, and what happens."""

    bot: BotProcess
    root: str
    database: Database
    bot_platform: FakeZaloBot
    account: FakeZaloOa
    people: Sequence[Person]
    session: aiohttp.ClientSession
    #: How many messages were posted, answered with a status, or shown to somebody.
    happened: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def happens(self, *_: object) -> None:
        self.happened += 1
        self.changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    async def says(self, person: Person, text: str) -> None:
        self.happens()
        await person.sends(text)
        self.happens()

    async def starts(self) -> None:
        """Start the bot, and wait until it serves."""
        await self.bot.start()
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    async with self.session.get(f"{self.root}/health"):
                        return
                except aiohttp.ClientError:
                    await asyncio.sleep(_LOOK_S)

    def taken(self) -> Updates:
        """What was answered with 200."""
        of_bot = {("zalo_bot", one.key) for one in self.bot_platform.server.posted if one.taken}
        return of_bot | {("zalo_oa", one.key) for one in self.account.taken}

    def undelivered(self) -> int:
        of_bot = [one for one in self.bot_platform.server.posted if not one.taken]
        return len(of_bot) + len(self.account.undelivered)

    async def tries_again(self) -> None:
        await self.bot_platform.server.tries_again()
        await self.account.tries_again()

    async def stored(self) -> dict[tuple[str, str], InboxState]:
        async with self.database.read() as session:
            rows = await session.execute(select(Inbox.channel, Inbox.update_key, Inbox.state))
            return {(channel, key): state for channel, key, state in rows}

    async def initiatives(self) -> list[tuple[str, str]]:
        """Name and content of each."""
        async with self.database.read() as session:
            rows = await session.execute(select(Initiative.name, Initiative.content))
            return sorted((name, content or "") for name, content in rows)


@asynccontextmanager
async def scene(folder: Path, url: str) -> AsyncIterator[Scene]:
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    async with (
        FakeZaloBot() as bot_platform,
        FakeZaloOa(SystemClock(), webhook=f"{root}/zalo-oa") as account,
        aiohttp.ClientSession() as session,
    ):
        names = [f"Công Nhân {chr(65 + at)}" for at in range(PEOPLE_A_DOOR)]
        on_bot = [bot_platform.user(name) for name in names]
        on_account = [account.person(name) for name in names]
        await settle(
            url,
            [
                *(Member(one.name, "zalo_bot", one.id) for one in on_bot),
                *(Member(one.name, "zalo_oa", one.id) for one in on_account),
            ],
        )
        settings = {
            f"SANGKIEN_ZALO_OA__{name.upper()}": str(value) for name, value in account.settings().items()
        }
        bot = BotProcess(
            folder,
            SANGKIEN_DATABASE__URL=url, SANGKIEN_WEB__PORT=str(port),
            SANGKIEN_ZALO_BOT__TOKEN=TOKEN, SANGKIEN_ZALO_BOT__API=bot_platform.api,
            SANGKIEN_ZALO_BOT__MODE="webhook", SANGKIEN_ZALO_BOT__WEBHOOK_SECRET="only-for-tests",
            SANGKIEN_ZALO_BOT__PER_SECOND="0", SANGKIEN_ZALO_BOT__CHAT_PER_SECOND="0",
            **settings,
        )  # fmt: skip
        database = Database(open_engine(url))
        made = Scene(bot, root, database, bot_platform, account, [*on_bot, *on_account], session)
        for fake in (bot_platform, account):
            fake.server.on_shown.append(made.happens)
        try:
            await made.starts()
            yield made
        finally:
            await bot.stop()
            await database.close()


def steps(person: Person, number: int) -> list[tuple[str, str]]:
    """What somebody says for one initiative, and what they see then."""
    letters = random.Random(f"{person.id}{number}")  # noqa: S311
    title = " ".join("".join(letters.choices("abcdeghiklmnopqrstuvxy", k=7)) for _ in range(6))
    return [
        ("/sangkien", "tên là gì"),
        (title, "làm thế nào"),
        (f"Nội dung của {title}", "lĩnh vực"),
        ("Kỹ thuật", "lần đầu"),
        ("hôm qua", "vướng gì"),
        ("bỏ qua hết", "xem lại giúp mình"),
        # Where the answer that says so is lost with the process, the menu is shown instead.
        ("gửi", ""),
    ]


async def test_nothing_is_lost_or_doubled_by_a_webhook(tmp_path: Path, sqlite_url: str) -> None:
    dice = random.Random(20224)  # noqa: S311 - the same instants each time, as far as two processes allow
    async with scene(tmp_path, sqlite_url) as at:
        waves = [
            [(person, *steps(person, number)[step]) for person in at.people]
            for number in range(ROUNDS)
            for step in range(7)
        ]
        # Not in the first: the account's first token is not the matter here.
        deadly = set(dice.sample(range(1, len(waves)), KILLS))
        first, repeated = min(deadly), 0
        for number, wave in enumerate(waves):
            for person in at.people:
                for message in person.messages:
                    message.seen = True  # a question that was shown again is no answer to what is said now
            known, instant = len(at.taken()), at.happened + dice.randint(1, 3 * len(wave) - 1)
            async with asyncio.TaskGroup() as group:
                for person, said, _ in wave:
                    group.create_task(at.says(person, said))
                if number in deadly:
                    if number == first:
                        # What is answered before it is stored would be lost now.
                        await at.until(lambda: len(at.taken()) > known)  # noqa: B023 - called in this round
                    else:
                        await at.until(lambda: at.happened > instant)  # noqa: B023
                    await at.bot.kill()
            if number in deadly:
                await at.starts()
                lost = at.taken() - set(await at.stored())
                assert not lost, f"answered with 200 and lost: {lost}"
                repeated += at.undelivered()
                await at.tries_again()
            assert at.undelivered() == 0
            for person, _, seen in wave:
                await person.sees(seen, deadline=PATIENCE)
        assert at.bot.kills == KILLS
        sent = at.taken()
        before, made = await answered(at, sent), await at.initiatives()

        for person in at.people:
            for message in person.messages:
                message.seen = True
        await at.bot_platform.server.replays()
        for event in list(at.account.taken):
            assert await at.account.post(event) == 200
        shown = [len(person.messages) for person in at.people]
        for person in at.people:
            await person.sends("/menu")
            await person.sees("muốn làm gì")
        after = await answered(at, at.taken())
        again = await at.initiatives()
        log = at.bot.log()
        messages = [len(person.messages) for person in at.people]
    assert set(before) == sent
    assert len(sent) == len(waves) * 2 * PEOPLE_A_DOOR
    names = {steps(person, number)[1][0] for person in at.people for number in range(ROUNDS)}
    assert made == sorted((name, f"Nội dung của {name}") for name in names)
    # What is replayed changes nothing, and nobody is told anything.
    assert again == made
    assert set(after) - set(before) == at.taken() - sent
    assert messages == [number + 1 for number in shown]
    assert at.account.renewed == 1, "a kill costs no token"
    assert TOKEN.partition(":")[2] not in log
    assert "Traceback" not in log, log
    sys.stdout.write(
        f"{KILLS} kills, {len(sent)} updates, {repeated} of them posted again, 0 lost or doubled\n"
    )


async def answered(at: Scene, sent: Updates) -> dict[tuple[str, str], InboxState]:
    """What is stored, once all that was sent is answered."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                stored = await at.stored()
                if sent <= set(stored) and set(stored.values()) == {InboxState.ANSWERED}:
                    return stored
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise AssertionError(f"not all was answered:\n{at.bot.log()}") from None
