"""Mailings: each person once, in honest states, whatever the messenger does and whenever a process dies."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.channel import NotSent, Rejected, SendError, TryLater, Uncertain, Unreachable
from bot.services.mailings import drafting, steering
from storage.delivery import processes
from storage.mailings import ledger, making
from storage.mailings.audience import Audience
from storage.mailings.tables import Delivery, DeliveryState, Mailing, MailingState
from storage.people.tables import Account, Person, Role
from tests.delivery.test_sender import POST, Post, dies
from tests.talk import Stage, WebPerson, stage


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path, post: Post) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        running.bot.mailer._channels[POST] = post  # type: ignore[index]
        yield running


async def workers(bot: Stage, count: int) -> list[WebPerson]:
    return [await bot.person(f"Người Thứ {chr(65 + at)}", channel=POST) for at in range(count)]


async def sends(bot: Stage, *, at: datetime | None = None, channels: tuple[str, ...] = (POST,)) -> int:
    """An officer writes to all workers of the unit."""
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    unit = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        act = bot.act(session, officer)
        audience = Audience(unit.id, who="workers", channels=channels)
        one = await drafting.draft(act, audience, {"words": "Chào cả nhà", "files": []}, at)
        await drafting.confirm(act, one.id, again=False, large_from=1_000)
    return one.id


async def states(bot: Stage) -> dict[str, tuple[DeliveryState, str | None]]:
    async with bot.bot.database.read() as session:
        rows = await session.execute(
            select(Account.chat_id, Delivery.state, Delivery.error).join(
                Account, Account.person_id == Delivery.person_id
            )
        )
        return {chat: (state, error) for chat, state, error in rows}


async def mailing(bot: Stage, number: int) -> Mailing:
    async with bot.bot.database.read() as session:
        return await session.get_one(Mailing, number)


async def test_each_gets_it_once_and_the_counts_are_right(bot: Stage, post: Post) -> None:
    people = await workers(bot, 11)
    number = await sends(bot)
    await bot.works()
    await bot.works(timedelta(minutes=1))
    assert sorted(chat for chat, _ in post.arrived) == sorted(one.account.chat_id for one in people)
    one = await mailing(bot, number)
    assert (one.state, one.total, one.sent, one.left) == (MailingState.DONE, 11, 11, 0)


@pytest.mark.parametrize(
    ("problems", "state", "error", "arrives"),
    [
        ([Unreachable("blocked")], DeliveryState.BLOCKED, "nowhere", 0),
        ([TryLater(5)], DeliveryState.SENT, None, 1),
        ([NotSent("refused")] * 3, DeliveryState.SENT, None, 1),
        ([NotSent("refused")] * 50, DeliveryState.FAILED, "not_sent", 0),
        ([Uncertain("no answer")], DeliveryState.UNCERTAIN, "no_answer", 0),
        ([Rejected("bad request")], DeliveryState.FAILED, "refused", 0),
        ([ValueError("our own")], DeliveryState.FAILED, "broken", 0),
    ],
    ids=["blocked", "later", "not sent", "never sent", "uncertain", "rejected", "broken"],
)
async def test_what_the_messenger_says_becomes_the_state(
    bot: Stage, post: Post, problems: list[SendError], state: DeliveryState, error: str | None, arrives: int
) -> None:
    one, other = await workers(bot, 2)
    post.problems[one.account.chat_id] = list(problems)
    number = await sends(bot)
    for _ in range(12):
        await bot.works(timedelta(minutes=11))
    assert (await states(bot))[one.account.chat_id] == (state, error)
    assert (await states(bot))[other.account.chat_id] == (DeliveryState.SENT, None)
    assert [chat for chat, _ in post.arrived].count(one.account.chat_id) == arrives
    assert (await mailing(bot, number)).state is MailingState.DONE


async def test_what_was_on_its_way_when_a_process_died_is_uncertain_and_never_repeated(
    bot: Stage, post: Post
) -> None:
    one, other = await workers(bot, 2)
    number = await sends(bot, at=bot.clock.now() + timedelta(minutes=1))
    bot.clock.advance(timedelta(minutes=2))
    async with bot.bot.database.write() as session:
        # As the clock of mailings does it, and paused before this process's own mailer looks.
        one_mailing = await session.get_one(Mailing, number)
        path = (await bot.unit("RALACO")).path
        await making.make_rows(session, one_mailing, path, 100)
        one_mailing.state, one_mailing.paused_at = MailingState.GOING, bot.clock.now()
        await session.flush()
        dead = await processes.join(session, "elsewhere:1")
        await ledger.claim(session, number, bot.clock.now(), process=dead, after=0, limit=1)
    await dies(bot, dead)
    async with bot.bot.database.write() as session:
        await steering.resume(bot.act(session), number)
    await bot.works()
    found = await states(bot)
    assert found[one.account.chat_id] == (DeliveryState.UNCERTAIN, "ended")
    assert found[other.account.chat_id] == (DeliveryState.SENT, None)
    assert [chat for chat, _ in post.arrived] == [other.account.chat_id]
    done = await mailing(bot, number)
    assert (done.state, done.uncertain, done.sent) == (MailingState.DONE, 1, 1)


async def test_what_arrived_before_a_commit_failed_is_written_with_the_next_and_not_sent_again(
    bot: Stage, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await workers(bot, 3)
    problems, count_results = [OSError("the disk is full")], ledger.count_results

    async def count(session: AsyncSession, counts: ledger.Counts) -> dict[int, int]:
        if problems and any("sent" in one for one in counts.values()):
            raise problems.pop()
        return await count_results(session, counts)

    monkeypatch.setattr(ledger, "count_results", count)
    number = await sends(bot)
    with suppress(OSError):
        await bot.works()
    await bot.works(timedelta(minutes=1))
    assert problems == []
    assert sorted(chat for chat, _ in post.arrived) == sorted(one.account.chat_id for one in people)
    one = await mailing(bot, number)
    assert (one.state, one.sent, one.left) == (MailingState.DONE, 3, 0)


async def test_paused_nothing_leaves_and_resumed_all_do(bot: Stage, post: Post) -> None:
    await workers(bot, 3)
    number = await sends(bot, at=bot.clock.now() + timedelta(hours=1))
    async with bot.bot.database.write() as session:
        await steering.pause(bot.act(session), number)
    await bot.works(timedelta(hours=2))
    assert post.arrived == []
    async with bot.bot.database.write() as session:
        await steering.resume(bot.act(session), number)
    await bot.works()
    assert len(post.arrived) == 3


async def test_cancelled_half_way_the_rest_stays(bot: Stage, post: Post) -> None:
    people = await workers(bot, 6)
    for late in people[3:]:
        post.problems[late.account.chat_id] = [TryLater(60)]
    number = await sends(bot)
    await bot.works()
    async with bot.bot.database.write() as session:
        await steering.cancel(bot.act(session), number)
    await bot.works(timedelta(minutes=5))
    assert len(post.arrived) == 3
    one = await mailing(bot, number)
    assert (one.state, one.sent, one.left) == (MailingState.CANCELLED, 3, 3)


async def test_the_failed_ones_can_be_sent_again_and_only_they(bot: Stage, post: Post) -> None:
    one, _ = await workers(bot, 2)
    post.problems[one.account.chat_id] = [Rejected("bad request")]
    number = await sends(bot)
    await bot.works()
    async with bot.bot.database.write() as session:
        await steering.try_again(bot.act(session), number)
    await bot.works()
    assert len(post.arrived) == 2
    done = await mailing(bot, number)
    assert (done.state, done.sent, done.failed) == (MailingState.DONE, 2, 0)


async def test_who_left_or_is_too_late_is_left_out_with_the_reason(bot: Stage, post: Post) -> None:
    gone, late = await workers(bot, 2)
    for chat in (gone, late):
        post.problems[chat.account.chat_id] = [TryLater(3600)]
    number = await sends(bot)
    await bot.works()
    elsewhere = await bot.unit("VEAM")
    async with bot.bot.database.write() as session:
        await session.execute(
            update(Person).where(Person.id == gone.account.person_id).values(unit_id=elsewhere.id)
        )
    await bot.works(timedelta(hours=2))
    assert (await states(bot))[gone.account.chat_id] == (DeliveryState.SKIPPED, "no_longer")
    assert (await mailing(bot, number)).skipped == 1


async def test_a_broadcast_that_could_not_leave_for_days_is_not_sent_any_more(bot: Stage, post: Post) -> None:
    (worker,) = await workers(bot, 1)
    post.problems[worker.account.chat_id] = [TryLater(4 * 86_400)]
    await sends(bot)
    await bot.works()
    await bot.works(timedelta(days=5))
    assert (await states(bot))[worker.account.chat_id] == (DeliveryState.SKIPPED, "late")
    assert post.arrived == []
