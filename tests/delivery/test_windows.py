"""Who may not be written to now gets it elsewhere, or once they write themselves; and never in two places."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.web import NAME as WEB
from bot.conversation.vocabulary import Incoming, IncomingKind, Recipient, Reply, Screen
from bot.delivery.channel import Held, NotSent, OutsideWindow, OverPlan, Sent
from bot.screens.mailings import words as mailing_words
from bot.screens.mailings.status import status
from bot.screens.showing import PlainShowing
from bot.services.mailings.audience import reached
from bot.services.people import passes
from bot.services.shared import ChannelLimits
from storage.delivery.tables import OutboxState
from storage.mailings.audience import Audience
from storage.mailings.tables import DeliveryState, Mailing, MailingState
from storage.people.tables import Account, Person
from tests.delivery.test_mailer import sends, workers
from tests.delivery.test_mailer import states as delivered
from tests.delivery.test_sender import POST, Post, deliver, on_post, rows, tell
from tests.delivery.test_sender import states as told
from tests.talk import Stage, WebPerson, stage


class Narrow(Post):
    """A messenger that takes nothing for somebody who has not written for two days."""

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = replace(Post.capabilities, window_hours=48.0)

    async def answer(self, reply: Reply) -> None:
        """What is answered is no matter here."""


@pytest.fixture
def post() -> Narrow:
    return Narrow()


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path, post: Narrow) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        assert isinstance(running.bot.channels, dict)
        running.bot.channels[POST] = post
        yield running


async def only_on_post(bot: Stage, name: str) -> WebPerson:
    person = await bot.person(name, channel=POST)
    return WebPerson(bot.bot, person.account)


async def writes_on_post(bot: Stage, person: WebPerson) -> None:
    """As the reception does it when an update of theirs comes in."""
    await bot.bot.desk.accept(
        Incoming(
            POST, f"w-{bot.clock.now().timestamp()}", 1, IncomingKind.TEXT,
            person.account.external_id, person.account.chat_id, text="alo",
        )
    )  # fmt: skip
    await bot.bot.desk.settled()


async def test_a_decision_for_somebody_long_silent_goes_to_their_other_channel(
    bot: Stage, post: Narrow
) -> None:
    person = await on_post(bot, "Nga")
    bot.clock.advance(timedelta(hours=49))
    await tell(bot, person)
    await deliver(bot)
    await person.sees("Xưởng <LED>")
    assert post.arrived == []
    assert (await rows(bot))[0].channel == WEB


async def test_without_another_channel_it_waits_until_they_write_and_then_comes_at_once(
    bot: Stage, post: Narrow
) -> None:
    person = await only_on_post(bot, "Nga")
    bot.clock.advance(timedelta(hours=49))
    await tell(bot, person)
    await deliver(bot)
    bot.clock.advance(timedelta(days=3))
    await deliver(bot)
    assert post.arrived == []
    assert await told(bot) == [OutboxState.PENDING]
    assert (await rows(bot))[0].attempts == 0, "waiting is no attempt"
    await writes_on_post(bot, person)
    await deliver(bot)
    assert [chat for chat, _ in post.arrived] == [person.account.chat_id]
    assert await told(bot) == [OutboxState.SENT]


async def test_a_messenger_that_knows_better_is_believed_until_they_write(bot: Stage, post: Narrow) -> None:
    person = await on_post(bot, "Nga")
    post.problems["Nga"] = [OutsideWindow("not within seven days")]
    await tell(bot, person)
    await deliver(bot)
    await person.sees("Xưởng <LED>")
    assert post.arrived == []
    await tell(bot, person, key="more")
    await deliver(bot)
    assert post.arrived == [], "not asked again"


async def test_a_broadcast_waits_for_them_to_write_and_its_author_knows(bot: Stage, post: Narrow) -> None:
    silent, *_ = people = await workers(bot, 3)
    async with bot.bot.database.write() as session:
        for person in people[1:]:
            row = await session.get_one(Account, person.account.id)
            row.last_seen_at = bot.clock.now() + timedelta(hours=48)
    bot.clock.advance(timedelta(hours=49))
    number = await sends(bot, channels=())
    await bot.works()
    assert len(post.arrived) == 2
    async with bot.bot.database.read() as session:
        one = await session.get_one(Mailing, number)
        assert (one.state, one.left) == (MailingState.GOING, 1)
        say = bot.bot.services.texts.say("vi")
        shown = await status(PlainShowing(session, bot.bot.services, say, bot.clock.now()), one)
    assert "1 người lâu chưa nhắn" in shown.text
    assert "Sắp xong" not in shown.text
    await writes_on_post(bot, silent)
    await bot.works()
    assert [chat for chat, _ in post.arrived].count(silent.account.chat_id) == 1
    async with bot.bot.database.read() as session:
        assert (await session.get_one(Mailing, number)).state is MailingState.DONE


async def test_a_broadcast_for_who_never_writes_ends_with_the_reason(bot: Stage, post: Narrow) -> None:
    (silent,) = await workers(bot, 1)
    bot.clock.advance(timedelta(hours=49))
    number = await sends(bot)
    for _ in range(13):
        await bot.works(timedelta(hours=6))
    assert post.arrived == []
    assert (await delivered(bot))[silent.account.chat_id] == (DeliveryState.SKIPPED, "window")
    async with bot.bot.database.read() as session:
        assert (await session.get_one(Mailing, number)).state is MailingState.DONE


async def test_a_broadcast_over_all_channels_goes_to_one_that_is_open(bot: Stage, post: Narrow) -> None:
    person = await on_post(bot, "Nga")
    bot.clock.advance(timedelta(hours=49))
    await sends(bot, channels=())
    await bot.works()
    await person.sees("Chào cả nhà")
    assert post.arrived == []


async def test_a_plan_that_is_used_up_falls_over_to_another_channel_and_to_one_only(
    bot: Stage, post: Narrow
) -> None:
    both = [await on_post(bot, name) for name in ("Nga", "Tú")]
    (alone,) = await workers(bot, 1)
    for chat in ("Nga", "Tú", alone.account.chat_id):
        post.problems[chat] = [OverPlan("2.700 of 3.000")]
    await sends(bot, channels=())
    await bot.works()
    for person in both:
        await person.sees("Chào cả nhà")
    assert post.arrived == []
    assert (await delivered(bot))[alone.account.chat_id] == (DeliveryState.SKIPPED, "over_plan")


async def test_the_preview_says_how_many_have_to_write_first_and_where(bot: Stage, post: Narrow) -> None:
    """Those with an open account elsewhere are reached there, and wait for nothing."""
    bot.bot.services.channels = {
        **bot.bot.services.channels,
        POST: ChannelLimits(4_000, 0.0, window_hours=48.0),
    }
    await workers(bot, 3)
    await on_post(bot, "Nga")
    bot.clock.advance(timedelta(hours=49))
    await bot.person("Vừa Nhắn", channel=POST)
    unit = await bot.unit("RALACO")
    audience = Audience(unit.id, who="workers")
    async with bot.bot.database.read() as session:
        counted = await reached(session, audience, bot.bot.services.closed(bot.clock.now()))
        assert dict(counted.by_channel) == {WEB: 1, POST: 1}
        assert dict(counted.waiting) == {POST: 3}
        assert counted.total == 5
        at_once = await reached(session, audience, {})
        assert at_once.waiting == {}
        running = await reached(session, audience, {}, [WEB])
        assert dict(running.by_channel) == {WEB: 1}, "a messenger that was switched off reaches nobody"
    (line,) = mailing_words.waiting(
        bot.bot.services.texts.say("vi"), replace(counted, waiting={"zalo_oa": 3})
    )
    assert "3 người lâu chưa nhắn" in line
    assert post.arrived == []


async def chooses(bot: Stage, person: WebPerson, channel: str) -> None:
    async with bot.bot.database.write() as session:
        (await session.get_one(Person, person.account.person_id)).notify_channel = channel


async def test_what_is_told_goes_where_they_chose_and_elsewhere_when_that_is_closed(
    bot: Stage, post: Narrow
) -> None:
    """Over both ways out: decisions and mailings."""
    person = await on_post(bot, "Nga")
    await chooses(bot, person, WEB)
    await tell(bot, person)
    await deliver(bot)
    await person.sees("Xưởng <LED>")
    await sends(bot, channels=())
    await bot.works()
    await person.sees("Chào cả nhà")
    assert post.arrived == [], "though it was used last"
    await chooses(bot, person, POST)
    await tell(bot, person, key="more")
    await deliver(bot)
    assert len(post.arrived) == 1
    bot.clock.advance(timedelta(hours=49))
    await tell(bot, person, key="even more")
    await deliver(bot)
    assert len(post.arrived) == 1
    assert [row.channel for row in await rows(bot)][-1] == WEB


async def test_what_waited_comes_as_soon_as_they_have_another_place(bot: Stage, post: Narrow) -> None:
    person = await only_on_post(bot, "Nga")
    bot.clock.advance(timedelta(hours=49))
    await tell(bot, person)
    await deliver(bot)
    guest = await bot.guest()
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_device(bot.act(session, person), person.account.person_id)
    await guest.says(code)
    await guest.sees("Xưởng <LED>")
    assert post.arrived == []


async def test_a_refusal_that_their_own_message_has_overtaken_closes_nothing(
    bot: Stage, post: Narrow
) -> None:
    """It left before they wrote; what the messenger says of that moment is not so any more."""
    person = await only_on_post(bot, "Nga")
    bot.clock.advance(timedelta(hours=40))
    delivers = post.deliver

    async def overtaken(_to: Recipient, _screen: Screen, **_how: object) -> Sent:
        post.deliver = delivers  # type: ignore[method-assign]
        bot.clock.advance(timedelta(seconds=1))
        await writes_on_post(bot, person)
        raise OutsideWindow("not within seven days")

    post.deliver = overtaken  # type: ignore[method-assign, assignment]  # as far as it is called
    await tell(bot, person)
    await deliver(bot)
    assert [chat for chat, _ in post.arrived] == [person.account.chat_id]
    assert await told(bot) == [OutboxState.SENT]


async def test_waiting_because_the_messenger_asks_to_uses_up_no_attempt(bot: Stage, post: Narrow) -> None:
    person = await only_on_post(bot, "Nga")
    post.problems[person.account.chat_id] = [*[Held(300)] * 20, NotSent("network")]
    await tell(bot, person)
    for _ in range(25):
        bot.clock.advance(timedelta(minutes=5))
        await deliver(bot)
    assert await told(bot) == [OutboxState.SENT]


async def test_who_waits_costs_nothing_meanwhile_and_nobody_is_told_again(bot: Stage, post: Narrow) -> None:
    await workers(bot, 1)
    bot.clock.advance(timedelta(hours=49))
    await sends(bot, channels=())
    await bot.works()
    tellings = 0
    tell_it = bot.bot.mailer._told

    async def counted(session: AsyncSession, mailing: Mailing, now: datetime) -> None:
        nonlocal tellings
        tellings += 1
        await tell_it(session, mailing, now)

    bot.bot.mailer._told = counted
    bot.bot.mailer._told_at.clear()
    for _ in range(5):
        await bot.bot.mailer.settled()
    assert tellings == 0
    assert post.arrived == []


async def test_against_payment_only_who_gets_nothing_else(bot: Stage, post: Narrow) -> None:
    post.capabilities = replace(post.capabilities, paid_beyond=True)
    both, alone = await on_post(bot, "Nga"), await only_on_post(bot, "Tú")
    bot.clock.advance(timedelta(hours=49))
    await tell(bot, both, alone)
    await deliver(bot)
    await both.sees("Xưởng <LED>")
    assert [chat for chat, _ in post.arrived] == [alone.account.chat_id]
    await sends(bot, channels=())
    await bot.works()
    await both.sees("Chào cả nhà")
    assert [chat for chat, _ in post.arrived] == [alone.account.chat_id] * 2
