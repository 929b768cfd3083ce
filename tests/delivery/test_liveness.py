"""Who is taken for dead: what it was sending is uncertain, and it can neither claim nor send, nor count anything twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.vocabulary import Recipient, Screen
from bot.delivery.buckets import OwnBuckets
from bot.delivery.channel import NotSent, Sent
from bot.delivery.liveness import DeclaredDead, Liveness
from bot.delivery.pace import Pace, Rates
from bot.services.mailings import living
from storage.conversation.tables import TranscriptLine
from storage.delivery import processes
from storage.delivery.tables import Lane, Outbox, OutboxState, Process
from storage.engine import Database
from storage.mailings.tables import Delivery, MailingState
from tests.delivery.test_mailer import mailing, sends, workers
from tests.delivery.test_sender import POST, Post, deliver, on_post, rows, tell
from tests.talk import Stage, stage

DEAD_AFTER = timedelta(seconds=15)


class SlowPost(Post):
    """A messenger that keeps its answers back until it is told to give them."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.came = asyncio.Event()

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        sent = await super().deliver(to, screen, replaces=replaces, lane=lane)
        self.came.set()
        await self.answers.wait()
        return sent


@pytest.fixture
def post() -> SlowPost:
    return SlowPost()


@pytest.fixture
async def bot(postgresql_url: str, tmp_path: Path, post: SlowPost) -> AsyncIterator[Stage]:
    async with stage(postgresql_url, tmp_path) as running:
        running.bot.channels[POST] = post  # type: ignore[index]
        running.bot.liveness.stop()  # it says nothing by itself: tests say when
        yield running


@pytest.fixture
async def other(bot: Stage) -> Liveness:
    """Another process on the same database."""
    liveness = Liveness(bot.bot.database, bot.clock, living.move, dead_after=DEAD_AFTER)
    await liveness.begin()
    return liveness


async def falls_silent(bot: Stage) -> int:
    """The bot has said nothing for too long. Gives the number that it has."""
    me = bot.bot.liveness._me
    async with bot.bot.database.write() as session:
        process = await session.get_one(Process, me)
        process.beat_at -= DEAD_AFTER + timedelta(seconds=1)
    return me


async def is_taken_for_dead(bot: Stage, other: Liveness) -> int:
    """It falls silent between two claims, and the other process looks."""
    async with bot.bot.mailer._one_turn, bot.bot.sender._one_round:
        me = await falls_silent(bot)
        await other.reap()
    return me


async def alive(bot: Stage) -> set[int]:
    async with bot.bot.database.read() as session:
        return set(await session.scalars(select(Process.id)))


async def test_what_was_on_its_way_is_uncertain_and_counted_once_whatever_comes_of_it(
    bot: Stage, other: Liveness, post: SlowPost
) -> None:
    await workers(bot, 2)
    number = await sends(bot, channels=())
    await bot.bot.mailing_clock.settled()
    await post.came.wait()
    before = await is_taken_for_dead(bot, other)
    one = await mailing(bot, number)
    assert (one.state, one.uncertain, one.sent) == (MailingState.DONE, 2, 0)
    post.answers.set()
    await bot.works()
    one = await mailing(bot, number)
    assert (one.state, one.uncertain, one.sent, one.left) == (MailingState.DONE, 2, 0, 0)
    assert before not in await alive(bot)
    assert len(post.arrived) == 2


async def test_the_author_is_told_of_an_end_that_only_the_reaper_saw(
    bot: Stage, other: Liveness, post: SlowPost
) -> None:
    await workers(bot, 2)
    await sends(bot, channels=())
    await bot.bot.mailing_clock.settled()
    await post.came.wait()
    await is_taken_for_dead(bot, other)
    post.answers.set()
    await deliver(bot)
    async with bot.bot.database.read() as session:
        living = (await session.scalars(select(Outbox).where(Outbox.kind == "mailing"))).one()
        lines = await session.scalars(
            select(TranscriptLine).where(TranscriptLine.id == int(living.message_ref or 0))
        )
        shown = lines.one().body["text"]
    assert "Đã gửi xong" in shown
    assert "Không rõ đã đến chưa (không gửi lại): 2" in shown


async def test_who_comes_back_begins_anew_and_goes_on(bot: Stage, other: Liveness, post: SlowPost) -> None:
    post.answers.set()
    before = await is_taken_for_dead(bot, other)
    await tell(bot, await on_post(bot, "Nga"))
    await deliver(bot)
    (row,) = await rows(bot)
    assert row.state is OutboxState.SENT
    assert row.claimed_by != before
    assert row.claimed_by in await alive(bot)
    await workers(bot, 2)
    number = await sends(bot, channels=())
    await bot.works()
    assert (await mailing(bot, number)).sent == 3


async def test_nobody_is_taken_for_dead_in_the_middle_of_a_claim(bot: Stage, other: Liveness) -> None:
    async with bot.bot.database.write() as session:
        me = await bot.bot.liveness.confirm(session, 0)
        await falls_silent(bot)
        await other.reap()
        assert await alive(bot) == {me, other._me}
    await other.reap()
    assert await alive(bot) == {other._me}
    async with bot.bot.database.write() as session:
        with pytest.raises(DeclaredDead):
            await bot.bot.liveness.confirm(session, me)


async def test_only_who_is_silent_is_taken_for_dead(bot: Stage, other: Liveness) -> None:
    await bot.bot.liveness.beat()
    await other.reap()
    await bot.bot.liveness.reap()
    assert await alive(bot) == {bot.bot.liveness._me, other._me}


async def test_nothing_leaves_that_is_not_surely_ones_own_any_more(bot: Stage) -> None:
    now = 0.0
    liveness = Liveness(bot.bot.database, bot.clock, living.move, dead_after=DEAD_AFTER, seconds=lambda: now)
    pace = Pace("post", Rates(), OwnBuckets(), still=liveness.still)
    await liveness.begin()

    async def leaves() -> None:
        async with pace.leave("Nga", Lane.REMINDER):
            pass

    async def sends_as(me: int) -> None:
        liveness.leaving_as(me)
        await leaves()

    me = liveness._me
    await asyncio.create_task(sends_as(me))
    now = 12.1  # of the fifteen seconds after which others would take it for dead
    with pytest.raises(NotSent):
        await asyncio.create_task(sends_as(me))
    await leaves()  # nobody claimed that: an answer
    await liveness.beat()
    await asyncio.create_task(sends_as(me))
    async with bot.bot.database.write() as session:
        await processes.remove(session, [me])
    await liveness.anew(me)
    with pytest.raises(NotSent):
        await asyncio.create_task(sends_as(me))
    await asyncio.create_task(sends_as(liveness._me))


async def test_who_leaves_has_no_row_any_more(postgresql_url: str, tmp_path: Path) -> None:
    for _ in range(2):
        async with stage(postgresql_url, tmp_path) as running:
            assert await alive(running) == {running.bot.liveness._me}


class Breaking:
    """A database whose connection breaks once, just after the commit of a claim: nobody hears that it was made.

    With ``before`` it breaks just before what became of a claim is committed: nothing of that is kept.
    """

    def __init__(self, database: Database, table: type[Delivery | Outbox], *, before: bool = False) -> None:
        self.is_sqlite = database.is_sqlite
        self.has_broken = False
        self._before = before
        self._database = database
        self._claimed = select(table).where(table.state == "sending").limit(1)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        was_claimed = await self._is_claimed()
        async with self._database.write() as session:
            yield session
            if self._before and was_claimed:
                self._breaks()
        if not self._before and await self._is_claimed():
            self._breaks()

    async def _is_claimed(self) -> bool:
        async with self._database.read() as session:
            return await session.scalar(self._claimed) is not None

    def _breaks(self) -> None:
        if not self.has_broken:
            self.has_broken = True
            raise OperationalError("COMMIT", {}, ConnectionError())


@pytest.mark.parametrize("before", [False, True], ids=["claimed unnoticed", "results lost"])
async def test_whatever_the_connection_breaks_off_each_gets_it_once(
    bot: Stage, post: SlowPost, *, before: bool
) -> None:
    post.answers.set()
    breaking = Breaking(bot.bot.database, Delivery, before=before)
    bot.bot.mailer._database = breaking  # type: ignore[assignment]
    await workers(bot, 3)
    number = await sends(bot, channels=())
    for _ in range(3):
        with suppress(OperationalError):
            await bot.works()
    assert breaking.has_broken
    one = await mailing(bot, number)
    assert (one.state, one.sent) == (MailingState.DONE, 3)
    assert len(post.arrived) == 3


async def test_a_decision_that_was_claimed_unnoticed_is_told_ten_minutes_later(
    bot: Stage, post: SlowPost
) -> None:
    post.answers.set()
    breaking = Breaking(bot.bot.database, Outbox)
    bot.bot.sender._database = breaking  # type: ignore[assignment]
    await tell(bot, await on_post(bot, "Nga"))
    for _ in range(3):
        with suppress(OperationalError):
            await deliver(bot)
    assert breaking.has_broken
    assert [row.state for row in await rows(bot)] == [OutboxState.UNCERTAIN]
    bot.clock.advance(timedelta(minutes=10))
    await deliver(bot)
    assert len(post.arrived) == 1
