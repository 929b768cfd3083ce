"""A unit that is moved to another parent during a campaign: its people and its gains go with it, and no others."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.documents.table import read_table
from bot.handlers.features import all_features
from bot.services.campaigns import figures as campaign_figures
from bot.services.campaigns import making, plan
from bot.services.campaigns.figures import Figures
from bot.services.campaigns.making import Wanted
from bot.services.progress.imports_targets import COLUMNS as TARGETS
from bot.services.progress.imports_targets import import_targets
from bot.services.units.imports import COLUMNS as UNITS
from bot.services.units.imports import import_units
from storage.campaigns.tables import Campaign, CampaignKind, CampaignState
from storage.people.tables import Role
from storage.progress.daily import at_end_of
from storage.units.tables import Unit
from tests.handlers.talks import submits
from tests.talk import Stage, WebPerson, stage

#: The day after the stage's first.
FIRST = date(2026, 11, 25)


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        yield running


async def drives(bot: Stage, unit: str) -> int:
    """A peak week of a unit from tomorrow."""
    officer = await bot.person("Lê Văn Sơn", unit=unit, role=Role.OFFICER)
    found = await bot.unit(unit)
    steps = plan.template(CampaignKind.PEAK_WEEK)
    wanted = Wanted("Tuần", CampaignKind.PEAK_WEEK, found.id, FIRST, FIRST + timedelta(days=6), steps, 10)
    async with bot.bot.database.write() as session:
        made = await making.make(bot.act(session, officer), bot.bot.services.programmes, wanted)
    return made.id


async def approved(bot: Stage, support: WebPerson, worker: WebPerson) -> None:
    # Words of their own, so that no two are alike.
    name = " ".join(sha256(f"{worker.account.id}{word}".encode()).hexdigest()[:7] for word in range(6))
    await submits(bot, worker, name, f"Cách làm của {name}")
    await support.settled()
    await support.taps("Duyệt", await support.sees("Sáng kiến mới", name))


async def figures(bot: Stage, number: int, unit: str | None = None) -> Figures:
    async with bot.bot.database.read() as session:
        campaign = await session.get_one(Campaign, number)
        which = campaign.unit_id if unit is None else (await bot.unit(unit)).id
        return await campaign_figures.of_unit(
            session, bot.bot.services.programmes, campaign, which, bot.act(session).today
        )


async def moves(bot: Stage, folder: Path, *lines: str) -> None:
    sheet = folder / "units.csv"
    sheet.write_text("\n".join(("code,name,kind,parent", *lines)), "utf-8")
    async with bot.bot.database.write() as session:
        assert (
            await import_units(bot.act(session), read_table(sheet, UNITS), followers=all_features().followers)
        ).moved


async def test_what_a_moved_unit_had_before_is_nobodys_gain_and_what_it_brought_since_goes_with_it(
    bot: Stage, tmp_path: Path
) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    one, two, three = [await bot.person(f"Trần Văn {name}") for name in ("Bốn", "Năm", "Sáu")]
    whole, other, own = await drives(bot, "CTVN"), await drives(bot, "VEAM"), await drives(bot, "RALACO")
    await approved(bot, support, one)
    await bot.works(timedelta(days=1))
    await approved(bot, support, two)
    await bot.works(timedelta(days=1))
    assert [(await figures(bot, number)).gained for number in (whole, other, own)] == [1, 0, 1]

    await moves(bot, tmp_path, "RALACO,Rạng Đông,grassroots,VEAM")
    assert [(await figures(bot, number)).gained for number in (whole, other, own)] == [1, 1, 1]
    assert (await figures(bot, whole, "VEAM")).gained == 1
    await bot.works(timedelta(hours=1))
    await approved(bot, support, three)
    assert [(await figures(bot, number)).gained for number in (whole, other, own)] == [2, 2, 2]

    await moves(bot, tmp_path, "RALACO,Rạng Đông,grassroots,CTVN")
    assert [(await figures(bot, number)).gained for number in (whole, other, own)] == [2, 0, 2]


async def test_units_that_move_together_and_out_of_one_another_leave_no_trace_in_the_gains(
    bot: Stage, tmp_path: Path
) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    line = await bot.person("Trần Văn Bốn", unit="RALACO-X1")
    numbers = [await drives(bot, unit) for unit in ("CTVN", "VEAM", "VNSTEEL", "RALACO")]
    await approved(bot, support, line)
    await bot.works(timedelta(days=1))
    # The workshop goes elsewhere than its enterprise, and then under it again, from above and from below at once.
    for lines in (
        ("RALACO,Rạng Đông,grassroots,VEAM", "RALACO-X1,Xưởng 1,section,VNSTEEL"),
        ("RALACO,Rạng Đông,grassroots,VNSTEEL", "RALACO-X1,Xưởng 1,section,RALACO"),
        ("RALACO-X1,Xưởng 1,section,CTVN", "RALACO,Rạng Đông,grassroots,RALACO-X1"),
        ("RALACO,Rạng Đông,grassroots,CTVN", "RALACO-X1,Xưởng 1,section,RALACO"),
    ):
        await moves(bot, tmp_path, *lines)
        assert [(await figures(bot, number)).gained for number in numbers] == [0, 0, 0, 0]
    async with bot.bot.database.read() as session:
        phase = await session.scalar(select(Campaign.phase_id).limit(1))
        units = {unit.id: unit.code for unit in await session.scalars(select(Unit))}
        had = await at_end_of(session, list(units), phase or 0, FIRST - timedelta(days=1), "approved")
    assert {units[unit] for unit, number in had.items() if number} == {"CTVN", "RALACO", "RALACO-X1"}


async def test_a_unit_that_leaves_the_programme_stops_nobody_elses_campaign(
    bot: Stage, tmp_path: Path
) -> None:
    worker, eager = await bot.person("Trần Văn Bốn", unit="VEAM"), await bot.person("Trần Văn Năm")
    own, other = await drives(bot, "RALACO"), await drives(bot, "VEAM")
    await moves(bot, tmp_path, "RALACO,Rạng Đông,grassroots,")
    await bot.works(timedelta(days=1))
    for person in (worker, eager):
        await person.sees("cùng góp sáng kiến")
    await bot.works(timedelta(days=8))
    async with bot.bot.database.read() as session:
        for number in (own, other):
            assert (await session.get_one(Campaign, number)).state is CampaignState.ENDED


async def test_an_opening_balance_that_is_told_late_is_no_gain(bot: Stage, tmp_path: Path) -> None:
    number = await drives(bot, "RALACO")
    await bot.works(timedelta(days=1))
    before = await figures(bot, number)
    sheet = tmp_path / "targets.csv"
    sheet.write_text("unit,phase,number,opening\nRALACO,P2,500,77\n", "utf-8")
    async with bot.bot.database.write() as session:
        assert (await import_targets(bot.act(session), read_table(sheet, TARGETS))).changed
    assert await figures(bot, number) == before


async def test_days_without_the_bot_are_made_up_for_and_what_comes_afterwards_is_todays(bot: Stage) -> None:
    support, worker = await bot.person("Phạm Thị Lan", role=Role.SUPPORT), await bot.person("Trần Văn Bốn")
    number = await drives(bot, "RALACO")
    await approved(bot, support, worker)
    await bot.works(timedelta(days=1))
    await bot.works(timedelta(days=4))
    await approved(bot, support, await bot.person("Trần Văn Năm"))
    unit = await bot.unit("RALACO")
    async with bot.bot.database.read() as session:
        phase = (await session.get_one(Campaign, number)).phase_id
        days = [
            await at_end_of(session, [unit.id], phase, FIRST + timedelta(days=day), "approved")
            for day in range(-1, 4)
        ]
    assert days == [{unit.id: 1}] * 5
    assert (await figures(bot, number)).gained == 1
