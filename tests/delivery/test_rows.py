"""The rows of a mailing: made in pieces for exactly those who are meant, while others are answered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.services.mailings import drafting
from storage.mailings import making
from storage.mailings.audience import Audience, people
from storage.mailings.tables import Delivery, Mailing, MailingState
from storage.people.tables import Account, Person, Role
from tests.talk import Stage, stage


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        running.bot.mailing_clock.stop()  # each piece is made by hand here
        yield running


async def a_crowd(bot: Stage, number: int) -> None:
    """People of two units; every fifth cannot be reached, every seventh has not registered."""
    units = [(await bot.unit("RALACO")).id, (await bot.unit("VEAM")).id]
    now = bot.clock.now()
    async with bot.bot.database.write() as session:
        crowd = [
            Person(
                name="Người",
                name_folded="nguoi",
                unit_id=units[place % 3 == 2],
                created_at=now,
                registered_at=None if place % 7 == 0 else now,
            )
            for place in range(number)
        ]
        session.add_all(crowd)
        await session.flush()
        session.add_all(
            Account(
                channel="web",
                external_id=f"crowd-{one.id}",
                chat_id=f"crowd-{one.id}",
                person_id=one.id,
                last_seen_at=now,
                unreachable_since=now if place % 5 == 0 else None,
            )
            for place, one in enumerate(crowd)
        )


async def planned(bot: Stage) -> int:
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    unit = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        act = bot.act(session, officer)
        one = await drafting.draft(
            act, Audience(unit.id, who="workers"), {"words": "Chào cả nhà", "files": []}, None
        )
        await drafting.confirm(act, one.id, again=False, large_from=1_000)
    return one.id


async def rows(bot: Stage) -> list[int]:
    async with bot.bot.database.read() as session:
        return list(await session.scalars(select(Delivery.person_id).order_by(Delivery.person_id)))


@pytest.mark.parametrize("piece", [1, 9, 1_000])
async def test_pieces_of_any_size_make_the_same_rows(bot: Stage, piece: int) -> None:
    await a_crowd(bot, 45)
    number = await planned(bot)
    unit = await bot.unit("RALACO")
    more, pieces = True, 0
    while more:
        async with bot.bot.database.write() as session:
            mailing = await session.get_one(Mailing, number)
            before = mailing.total
            more = await making.make_rows(session, mailing, unit.path, piece)
            assert mailing.total - before <= piece
            pieces += 1
    async with bot.bot.database.read() as session:
        wanted = set(await session.scalars(people(Audience(unit.id, who="workers"), unit.path)))
        mailing = await session.get_one(Mailing, number)
    assert len(wanted) > 10
    assert await rows(bot) == sorted(wanted)
    assert mailing.total == len(wanted)
    # Those of the other unit cost no piece each, those who are meant do.
    assert len(wanted) / piece <= pieces <= 45 / piece + 3


async def test_who_writes_is_answered_between_two_pieces_and_who_comes_back_goes_on(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await a_crowd(bot, 40)
    number = await planned(bot)
    clock = bot.bot.mailing_clock
    clock._piece = 8
    seen = []
    for _ in range(50):
        moved = await clock._advance(bot.clock.now())
        async with bot.bot.database.read() as session:
            one = await session.get_one(Mailing, number)
        if not moved or one.state is not MailingState.MAKING:
            break
        seen.append(len(await rows(bot)))
        assert seen[-1] == one.total
        await worker.says("/menu")
        await worker.sees("muốn làm gì")
    assert len(seen) >= 2
    made = await rows(bot)
    async with bot.bot.database.read() as session:
        mailing = await session.get_one(Mailing, number)
    assert mailing.state in (MailingState.GOING, MailingState.DONE)
    assert len(made) == len(set(made)) == mailing.total > seen[-1]
