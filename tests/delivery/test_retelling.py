"""Decisions reach people at least once: what may not have arrived is told once more, and never blindly."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.delivery.channel import Uncertain
from bot.screens.initiatives.actions import Mend, OpenInitiative
from bot.services.review import review
from storage.delivery.tables import Outbox, OutboxState
from storage.people.tables import Person, Role, RoleGrant, Shift
from tests.delivery.test_sender import POST, Post, deliver, on_post, rows, states, tell
from tests.handlers.talks import gives_back, opens_from_queue, submits
from tests.talk import Stage, WebPerson, stage

TOLD_AGAIN = "Có thể bạn đã nhận tin này rồi:"
#: Half an hour before the bot leaves people alone.
EVENING = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


@pytest.fixture
async def bot(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    start = getattr(request, "param", datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
    async with stage(database_url, tmp_path, start=start) as running:
        yield running


@pytest.fixture
def post(bot: Stage) -> Post:
    channel = Post()
    assert isinstance(bot.bot.channels, dict)
    bot.bot.channels[POST] = channel
    return channel


async def submitted(bot: Stage) -> tuple[WebPerson, WebPerson, int]:
    """Nga, who is reached by post, has an initiative that waits; and who decides on it."""
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    worker = await on_post(bot, "Nga")
    number = await submits(bot, worker)
    await deliver(bot)
    return worker, support, number


async def approves(bot: Stage, support: WebPerson, number: int) -> None:
    async with bot.bot.database.write() as session:
        await review.approve(bot.act(session, support), number, 1, None)


async def passes(bot: Stage, by: timedelta) -> None:
    bot.clock.advance(by)
    await deliver(bot)


async def test_a_decision_that_may_not_have_arrived_is_told_once_more_as_such(bot: Stage, post: Post) -> None:
    person = await on_post(bot, "Nga")
    post.problems["Nga"] = [Uncertain("no answer")]
    await tell(bot, person)
    await deliver(bot)
    await passes(bot, timedelta(minutes=10))
    ((chat, words),) = post.arrived
    assert chat == "Nga"
    assert words.startswith(TOLD_AGAIN)
    assert "Xưởng" in words
    await passes(bot, timedelta(days=1))
    assert len(post.arrived) == 1
    assert await states(bot) == [OutboxState.SENT]


async def test_told_twice_without_an_answer_it_waits_for_the_menu(bot: Stage, post: Post) -> None:
    person = await on_post(bot, "Nga")
    post.problems["Nga"] = [Uncertain("no answer")] * 2
    await tell(bot, person)
    await deliver(bot)
    for _ in range(3):
        await passes(bot, timedelta(minutes=30))
    assert (post.arrived, await states(bot)) == ([], [OutboxState.UNCERTAIN])
    await person.says("/menu")
    seen = await person.sees("Xưởng <LED>")
    assert "chưa nhận được" in seen.text
    assert TOLD_AGAIN not in seen.text
    assert await states(bot) == [OutboxState.SENT]


async def test_what_the_menu_told_is_not_told_again(bot: Stage, post: Post) -> None:
    person = await on_post(bot, "Nga")
    post.problems["Nga"] = [Uncertain("no answer")]
    await tell(bot, person)
    await deliver(bot)
    await person.says("/menu")
    await person.sees("chưa nhận được", "Xưởng <LED>")
    await passes(bot, timedelta(minutes=10))
    assert post.arrived == []


@pytest.mark.parametrize("bot", [EVENING], indirect=True)
@pytest.mark.parametrize(
    ("shift", "rests"),
    [(None, timedelta(hours=10, minutes=30)), (Shift.NIGHT, timedelta(hours=17))],
    ids=["until morning", "until the night shift has slept"],
)
async def test_nobody_is_woken_for_it(bot: Stage, post: Post, shift: Shift | None, rests: timedelta) -> None:
    person = await on_post(bot, "Nga")
    async with bot.bot.database.write() as session:
        (await session.get_one(Person, person.account.person_id)).shift = shift
    bot.clock.advance(timedelta(minutes=25))
    post.problems["Nga"] = [Uncertain("no answer")]
    await tell(bot, person)
    await deliver(bot)
    await passes(bot, timedelta(minutes=10))
    await passes(bot, rests - timedelta(minutes=36))
    assert post.arrived == []
    await passes(bot, timedelta(minutes=1))
    assert len(post.arrived) == 1


@pytest.mark.parametrize("opens", [OpenInitiative, Mend])
async def test_who_has_opened_the_initiative_since_knows_it(
    bot: Stage, post: Post, opens: type[OpenInitiative | Mend]
) -> None:
    worker, support, number = await submitted(bot)
    await opens_from_queue(support)
    post.problems["Nga"] = [Uncertain("no answer")]
    await gives_back(support)
    await deliver(bot)
    # It had arrived after all: its buttons are pressed.
    await worker.presses(opens(number).pack())
    await passes(bot, timedelta(minutes=20))
    assert post.arrived == []


async def test_who_has_not_is_told_again_with_the_way_to_mend_it(bot: Stage, post: Post) -> None:
    _, support, _ = await submitted(bot)
    await opens_from_queue(support)
    post.problems["Nga"] = [Uncertain("no answer")]
    await gives_back(support)
    await deliver(bot)
    await passes(bot, timedelta(minutes=10))
    ((_, words),) = post.arrived
    assert words.startswith(TOLD_AGAIN)
    assert "Nói rõ cách kẹp nhé" in words


async def test_what_newer_news_took_the_place_of_is_not_told_again(bot: Stage, post: Post) -> None:
    _, support, number = await submitted(bot)
    post.problems["Nga"] = [Uncertain("no answer")]
    await approves(bot, support, number)
    await deliver(bot)
    async with bot.bot.database.write() as session:
        await review.undo(bot.act(session, support), bot.bot.services.programmes, number)
    await deliver(bot)
    await passes(bot, timedelta(minutes=20))
    assert [TOLD_AGAIN in words for _, words in post.arrived] == [False]
    assert "xem lại" in post.arrived[0][1]


async def test_a_card_waits_in_the_queue_and_is_not_told_again(bot: Stage, post: Post) -> None:
    support = await on_post(bot, "Lan")
    async with bot.bot.database.write() as session:
        unit = (await session.get_one(Person, support.account.person_id)).unit_id
        session.add(
            RoleGrant(
                person_id=support.account.person_id,
                unit_id=unit,
                role=Role.SUPPORT,
                granted_at=bot.clock.now(),
            )
        )
    post.problems["Lan"] = [Uncertain("no answer")]
    await submits(bot, await bot.person("Nguyễn Thị Nga"))
    await deliver(bot)
    await passes(bot, timedelta(minutes=20))
    assert post.arrived == []
    (card,) = [row for row in await rows(bot) if row.person_id == support.account.person_id]
    assert (card.kind, card.state, card.again_at) == ("card", OutboxState.UNCERTAIN, None)


async def test_a_message_that_changes_another_is_simply_sent_again(bot: Stage, post: Post) -> None:
    person = await on_post(bot, "Nga")
    await tell(bot, person)
    await deliver(bot)
    async with bot.bot.database.write() as session:
        stands = {"replaces": "1", "channel": POST, "chat": "Nga"}
        await session.execute(
            update(Outbox).values(
                state=OutboxState.PENDING, details={**(await rows(bot))[0].details, **stands}
            )
        )
    post.problems["Nga"] = [Uncertain("no answer")]
    await deliver(bot)
    await passes(bot, timedelta(seconds=4))
    assert await states(bot) == [OutboxState.SENT]
    assert TOLD_AGAIN not in post.arrived[1][1]
