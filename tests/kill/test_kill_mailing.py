"""Killed at random instants of a broadcast, one process or two skip nobody and write to nobody twice.

Whoever was being written to at a kill is uncertain, is not written to again, and is shown to the broadcast's author.
``SANGKIEN_TESTS_KILLS=30`` makes the long run of it, with 5.000 people; it takes minutes, so give pytest ``-s -o
faulthandler_timeout=3600`` with it. The rate is limited: without a limit more than 250 messages are under way in a
process, and thirty kills would leave hardly anybody else.
"""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.delivery.buckets import OwnBuckets
from bot.delivery.pace import Pace, Rates
from bot.services.act import Act
from bot.services.mailings import drafting
from storage.delivery.tables import Process
from storage.engine import Database, open_engine
from storage.mailings.audience import Audience
from storage.mailings.tables import Delivery, DeliveryState, Mailing, MailingState
from storage.people.tables import Account, Role
from storage.units.tables import Unit
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram import Person as Phone
from tests.kill.people import Member, crowd, settle
from tests.kill.process import BotProcess

KILLS = int(os.environ.get("SANGKIEN_TESTS_KILLS", "2"))
PEOPLE = 5_000 if KILLS > 8 else 250
#: Messages a second in all, and how many a process has under way at once because of it.
RATE = 40
AT_ONCE = Pace("telegram", Rates(RATE), OwnBuckets()).bulk_at_once
#: Seconds without a sign of life, on PostgreSQL; a busy machine must not keep a live process from giving one.
DEAD_AFTER = 10
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A broadcast that begins as soon as a process runs: its author's phone, and those of the people it is for."""

    number: int
    database: Database
    telegram: FakeTelegram
    author: Phone
    workers: Mapping[str, Phone]

    def arrived(self) -> Counter[str]:
        """How often it arrived, by chat; others than its own are missing."""
        chats = [str(request.chat_id) for request in self.telegram.requests_of("sendMessage") if request.done]
        return Counter(chat for chat in chats if chat in self.workers)

    async def states(self) -> dict[str, DeliveryState]:
        """What is known of each, by chat."""
        statement = select(Account.chat_id, Delivery.state).join(
            Account, Account.person_id == Delivery.person_id
        )
        async with self.database.read() as session:
            rows = (await session.execute(statement)).all()
        return {row.chat_id: row.state for row in rows}

    async def sending(self, bot: BotProcess) -> int:
        """How many rows a process has claimed whose result is not written."""
        statement = (
            select(func.count())
            .select_from(Delivery)
            .join(Process, Process.id == Delivery.claimed_by)
            .where(Delivery.state == DeliveryState.SENDING, Process.name.endswith(f":{bot.pid}"))
        )
        async with self.database.read() as session:
            return int(await session.scalar(statement) or 0)

    async def processes(self, bot: BotProcess) -> list[int]:
        """The rows that say that a process is alive."""
        async with self.database.read() as session:
            rows = await session.scalars(select(Process.id).where(Process.name.endswith(f":{bot.pid}")))
            return list(rows)

    async def ended(self) -> Mailing:
        """The mailing, once it is over by itself."""
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self.database.read() as session:
                    mailing = await session.get_one(Mailing, self.number)
                if mailing.ended_at is not None:
                    return mailing
                await asyncio.sleep(0.1)  # other processes write; there is nothing to wait for but time


@asynccontextmanager
async def broadcast(url: str, people: int) -> AsyncIterator[Broadcast]:
    """An officer has confirmed a broadcast to all workers on Telegram; no process runs yet."""
    async with FakeTelegram() as telegram:
        author = telegram.user("Hà")
        workers = {str(phone.id): phone for phone in (telegram.user("Lan") for _ in range(people))}
        for phone in (author, *workers.values()):
            phone._chat.open = True  # they have written once, long ago
        accounts = await settle(url, [Member("Lê Thu Hà", "telegram", str(author.id), Role.OFFICER)])
        await crowd(url, "telegram", list(workers))
        database = Database(open_engine(url))
        async with database.write() as session:
            officer = await session.get_one(Account, accounts[str(author.id)])
            unit_id = await session.scalar(select(Unit.id).where(Unit.code == "RALACO"))
            assert unit_id is not None
            act = Act(session, SystemClock().now(), officer.person_id)
            audience = Audience(unit_id, who="workers", channels=("telegram",))
            draft = await drafting.draft(act, audience, {"words": "Chào cả nhà", "files": []}, None)
            await drafting.confirm(act, draft.id, again=False, large_from=people + 1)
        try:
            yield Broadcast(draft.id, database, telegram, author, workers)
        finally:
            await database.close()


def process(folder: Path, url: str, telegram: FakeTelegram, **settings: str) -> BotProcess:
    return BotProcess(
        folder,
        SANGKIEN_DATABASE__URL=url, SANGKIEN_DATABASE__DEAD_AFTER=str(DEAD_AFTER), SANGKIEN_WEB__PORT="0",
        SANGKIEN_TELEGRAM__TOKEN=TOKEN, SANGKIEN_TELEGRAM__API=telegram.api,
        SANGKIEN_TELEGRAM__PER_SECOND=str(RATE), SANGKIEN_TELEGRAM__CHAT_PER_SECOND="0",
        **settings,
    )  # fmt: skip


def two_processes(folder: Path, url: str, telegram: FakeTelegram) -> list[BotProcess]:
    """Two that share the work, as behind a load balancer."""
    webhook = {"SANGKIEN_TELEGRAM__MODE": "webhook", "SANGKIEN_TELEGRAM__WEBHOOK_SECRET": "only-for-tests"}
    return [process(folder / name, url, telegram, **webhook) for name in ("one", "two")]


@asynccontextmanager
async def running(*bots: BotProcess) -> AsyncIterator[None]:
    """Started, and stopped at the end of the block."""
    try:
        for bot in bots:
            await bot.start()
        yield
    finally:
        for bot in bots:
            await bot.stop()


async def nobody_is_skipped_and_nobody_gets_it_twice(sent: Broadcast, at_most: int) -> list[str]:
    """It ends by itself, each got it once or is uncertain, and its author sees how many are. Gives their chats."""
    mailing = await sent.ended()
    arrived, states = sent.arrived(), await sent.states()
    doubled = [chat for chat, times in arrived.items() if times > 1]
    skipped = [
        chat for chat in sent.workers if not arrived[chat] and states.get(chat) is not DeliveryState.UNCERTAIN
    ]
    uncertain = [chat for chat, state in states.items() if state is DeliveryState.UNCERTAIN]
    assert (doubled, skipped) == ([], [])
    assert set(states.values()) <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}
    assert len(uncertain) <= at_most
    assert (mailing.state, mailing.total) == (MailingState.DONE, len(sent.workers))
    assert (mailing.uncertain, mailing.sent) == (len(uncertain), mailing.total - len(uncertain))
    shown = f"Không rõ đã đến chưa (không gửi lại): {len(uncertain):,}".replace(",", ".")
    await sent.author.sees("Đã gửi xong", *([shown] if uncertain else []), deadline=PATIENCE)
    return uncertain


_VARIANTS = ["one process on sqlite", "two processes on postgresql"]
if KILLS > 8:
    _VARIANTS.append("one process on postgresql")


@pytest.fixture(params=_VARIANTS)
def variant(request: pytest.FixtureRequest) -> tuple[str, int]:
    """A database's URL, and how many processes share the work."""
    database = "sqlite_url" if request.param.endswith("sqlite") else "postgresql_url"
    return request.getfixturevalue(database), 2 if request.param.startswith("two") else 1


async def test_killed_while_it_sends_a_broadcast(variant: tuple[str, int], tmp_path: Path) -> None:
    url, number = variant
    dice = random.Random(20223 + number)  # noqa: S311 - the same instants each time, as far as processes allow
    began = time.monotonic()
    async with broadcast(url, PEOPLE) as sent:
        telegram = sent.telegram
        bots = (
            two_processes(tmp_path, url, telegram)
            if number == 2
            else [process(tmp_path / "one", url, telegram)]
        )
        under_way = []
        telegram.latency = 0.1
        async with running(*bots):
            # Before so many have got it that the rest would be uncertain before the last kill.
            for instant in sorted(dice.sample(range(1, PEOPLE - (KILLS + 2) * AT_ONCE), KILLS)):
                soonest = len(telegram.requests_of("sendMessage")) + dice.randint(1, 5)
                await telegram.asked("sendMessage", max(instant, soonest), deadline=PATIENCE)
                # Never one that has not come back to its work yet.
                bot = dice.choice([one for one in bots if await sent.sending(one)] or bots)
                await bot.kill()
                under_way.append(await sent.sending(bot))
                await bot.start()
            uncertain = await nobody_is_skipped_and_nobody_gets_it_twice(sent, sum(under_way))
        logs = [bot.log() for bot in bots]
    assert sum(bot.kills for bot in bots) == KILLS
    assert max(under_way) <= AT_ONCE
    for log in logs:
        assert TOKEN.partition(":")[2] not in log
        assert "Traceback" not in log, log
    arrived = sum(sent.arrived()[chat] for chat in uncertain)
    sys.stderr.write(
        f"\n{PEOPLE} people, {number} on {url.partition(':')[0]}: {KILLS} kills, 0 skipped, 0 twice, "
        f"{len(uncertain)} uncertain ({arrived} of them got it), {sum(under_way)} under way at the kills and at most "
        f"{max(under_way)} at one, {time.monotonic() - began:.0f} s\n"
    )


async def test_one_that_was_frozen_until_it_was_taken_for_dead(postgresql_url: str, tmp_path: Path) -> None:
    """It comes back in the middle of what it was doing, and sends nothing of that."""
    async with broadcast(postgresql_url, 250) as sent:
        frozen, other = two_processes(tmp_path, postgresql_url, sent.telegram)
        async with running(frozen):
            await sent.telegram.asked("sendMessage", 20, deadline=PATIENCE)
            frozen.freeze()
            try:
                async with running(other):
                    await until(sent, frozen, is_there=False)
                    before = sent.arrived()
                    given_up = [
                        chat
                        for chat, state in (await sent.states()).items()
                        if state is DeliveryState.UNCERTAIN
                    ]
                    assert 0 < len(given_up) <= AT_ONCE
                    frozen.thaw()
                    await until(sent, frozen, is_there=True)
                    uncertain = await nobody_is_skipped_and_nobody_gets_it_twice(sent, AT_ONCE)
                    assert sorted(uncertain) == sorted(given_up)
                    after = sent.arrived()
                    assert [chat for chat in uncertain if after[chat] != before[chat]] == []
            finally:
                frozen.thaw()


async def until(sent: Broadcast, bot: BotProcess, *, is_there: bool) -> None:
    """Others have taken it for dead; or it has found that out, and begun anew."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if bool(await sent.processes(bot)) is is_there:
                return
            await asyncio.sleep(0.1)  # other processes write; there is nothing to wait for but time
