"""A broadcast at the messenger's own limits, over the real loop, while people talk: none refused, each once, none waits."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.services.mailings import drafting
from storage.conversation.tables import Conversation
from storage.mailings.audience import Audience
from storage.mailings.tables import Mailing, MailingState
from storage.people.tables import Account, Person, Role
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram import Person as Somebody
from tests.talk import Stage, stage

#: More than are under way at once.
PEOPLE = 60
MARK = "📢"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.limits.on = True
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram, demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path, telegram={"token": TOKEN, "api": telegram.api}) as running:
        yield running


async def workers(bot: Stage, telegram: FakeTelegram) -> list[Somebody]:
    """Registered people who have written to the bot once."""
    unit = await bot.unit("RALACO")
    people = [telegram.user(f"Người {number}") for number in range(PEOPLE)]
    now = bot.clock.now()
    async with bot.bot.database.write() as session:
        for one in people:
            telegram.state.chats[one.id].open = True
            person = Person(
                name="Người", name_folded="nguoi", unit_id=unit.id, created_at=now, registered_at=now
            )
            session.add(person)
            await session.flush()
            chat = str(one.id)
            session.add_all(
                [
                    Account(
                        channel="telegram",
                        external_id=chat,
                        chat_id=chat,
                        person_id=person.id,
                        last_seen_at=now,
                    ),
                    Conversation(person_id=person.id, form=None, updated_at=now),
                ]
            )
    return people


async def broadcasts(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    unit = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        act = bot.act(session, officer)
        audience = Audience(unit.id, channels=("telegram",))
        one = await drafting.draft(act, audience, {"words": "Chào cả nhà", "files": []}, None)
        await drafting.confirm(act, one.id, again=False, large_from=1_000)


async def test_each_gets_it_once_nothing_is_refused_and_answers_go_before_it(
    bot: Stage, telegram: FakeTelegram
) -> None:
    people = await workers(bot, telegram)
    await broadcasts(bot)
    await telegram.asked("sendMessage", 3, deadline=60)
    passed = []
    for talker in people[-3:]:
        # Their own copy comes late: they are the last.
        before = sum(MARK in one.params["text"] for one in telegram.requests_of("sendMessage"))
        await talker.sends("/menu")
        await talker.sees("muốn làm gì")
        after = sum(MARK in one.params["text"] for one in telegram.requests_of("sendMessage"))
        passed.append(after - before)
    # As many are under way at once as leave in a second and a half: an answer waits behind none of them.
    assert max(passed) < bot.bot.channels["telegram"].bulk_at_once - 6
    await telegram.asked("sendMessage", PEOPLE + 3, deadline=60)
    sent = telegram.requests_of("sendMessage")
    assert {one.status for one in sent} == {200}
    assert telegram.limits.refused == 0
    got = Counter(one.chat_id for one in sent if MARK in one.params["text"])
    assert got == Counter(one.id for one in people)
    await bot.bot.mailer.settled()
    async with bot.bot.database.read() as session:
        mailing = (await session.scalars(select(Mailing))).one()
    assert (mailing.state, mailing.sent, mailing.left) == (MailingState.DONE, PEOPLE, 0)
