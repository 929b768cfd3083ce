"""The days of a campaign, lived through: whom it leaves alone, what a clock or the dark does to it, and how it ends."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.services.campaigns import calendar
from storage.campaigns.tables import CampaignState
from storage.mailings.tables import Delivery, Mailing, MailingState, Reminded
from storage.people.tables import Person, Role, Shift
from tests.handlers.campaigns.drives import (
    approves,
    campaign,
    mailing,
    makes,
    officer_of,
    opens,
    received,
    until,
)
from tests.talk import Stage, stage


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """In the web chat: what is said and when is the same everywhere, and how it is said has tests of its own."""
    async with stage(demo_url, tmp_path) as running:
        yield running


async def test_nobody_is_reminded_twice_on_a_day_by_two_campaigns(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    made = await makes(officer, name="Tuần an toàn")
    assert "Khai mạc" in made.text
    await officer.sees("Trùng ngày với: Tuần sáng kiến")
    await until(bot, 1, 20)
    assert len(await received(worker)) == 1
    async with bot.bot.database.read() as session:
        reasons = set(await session.scalars(select(Delivery.error)))
    assert "one_a_day" in reasons


async def test_whom_it_reminded_is_not_kept_for_ever(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    person = worker.account.person_id
    async with bot.bot.database.write() as session:
        session.add(Reminded(day=date(2026, 10, 1), person_id=person, mailing_id=1))
    await until(bot, 1, 9)
    async with bot.bot.database.read() as session:
        days = await session.scalars(select(Reminded.day).where(Reminded.person_id == person))
        assert days.all() == [date(2026, 11, 25)]


async def test_a_night_shift_sleeps_until_the_afternoon(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    async with bot.bot.database.write() as session:
        (await session.get_one(Person, worker.account.person_id)).shift = Shift.NIGHT
    await makes(officer)
    await until(bot, 1, 13)
    assert await received(worker) == []
    await until(bot, 1, 14)
    assert len(await received(worker)) == 1


async def test_in_the_middle_of_an_answer_nobody_is_interrupted(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await until(bot, 1, 7, 55)
    await worker.says("/sangkien")
    await bot.works(timedelta(minutes=10))
    assert await received(worker) == []
    await bot.works(timedelta(minutes=40))
    assert len(await received(worker)) == 1


async def test_days_off_are_left_alone(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    async with bot.bot.database.write() as session:
        await calendar.add(bot.act(session), date(2026, 11, 25), date(2026, 11, 25), "Lễ")
    await until(bot, 1, 20)
    assert await received(worker) == []
    await until(bot, 2, 9)
    await worker.sees("cùng góp sáng kiến")
    async with bot.bot.database.write() as session:
        await calendar.add(bot.act(session), date(2026, 11, 27), date(2026, 11, 28), "Lễ")
        await calendar.remove(bot.act(session), date(2026, 11, 28), date(2026, 11, 28))
    await until(bot, 3, 20)
    assert len(await received(worker)) == 1
    await until(bot, 4, 20)
    await worker.sees("nửa chặng")


async def test_after_three_days_of_darkness_only_what_makes_sense_is_sent(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    bot.clock.advance(timedelta(days=4))
    await bot.works()
    assert len(await received(worker)) <= 1
    assert (await mailing(bot, "opening")).state is MailingState.SKIPPED
    assert (await mailing(bot, "opening")).reason == "late"


async def test_a_clock_that_jumps_sends_nothing_twice(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await until(bot, 1, 9)
    for hours in (-1, 25):
        await bot.works(timedelta(hours=hours))
        await bot.works(timedelta(hours=-hours))
    await until(bot, 10, 9)
    texts = await received(worker)
    assert len(texts) == len(set(texts)) >= 5
    async with bot.bot.database.read() as session:
        twice = select(Reminded.day).group_by(Reminded.day, Reminded.person_id).having(func.count() > 1)
        assert (await session.scalars(twice)).all() == []
        open_ones = select(Mailing.key).where(
            Mailing.state.in_([MailingState.PLANNED, MailingState.MAKING, MailingState.GOING])
        )
        assert (await session.scalars(open_ones)).all() == []
    assert (await campaign(bot)).state is CampaignState.ENDED


async def test_what_comes_after_the_end_changes_no_result(bot: Stage) -> None:
    officer, support = await officer_of(bot), await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    worker = await bot.person("Nguyễn Thị Nga")
    await makes(officer)
    await until(bot, 1, 9)
    await approves(bot, support, worker)
    await until(bot, 8, 10)
    await approves(bot, support, worker, "Xe đẩy hai tầng")

    assert "Đã có 1/20" in (await opens(officer)).text


async def test_what_is_paused_until_its_end_is_skipped_with_the_reason(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await until(bot, 1, 9)
    await opens(officer, "Tạm dừng", "Lịch nhắc", "Nhắc giữa đợt", "Không gửi tin này")
    await opens(officer, "Lịch nhắc", "Nhắc giữa đợt", "Gửi tin này")
    await until(bot, 9, 12)

    assert len(await received(worker)) == 1
    for key in ("middle", "last_day:2026-12-01", "result"):
        one = await mailing(bot, key)
        assert (one.state, one.reason) == (MailingState.SKIPPED, "paused"), key
