"""A peak month of a small union, with its outages and changes of mind: every rule holds for every single person."""

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clock import local_date
from bot.services.campaigns import figures as campaign_figures
from storage.campaigns.tables import Campaign, CampaignState
from storage.progress import counts
from tests.everywhere import one_or_all
from tests.services.campaigns.month.building import build_month
from tests.services.campaigns.month.days import MonthSize
from tests.services.campaigns.month.history import History, at
from tests.services.campaigns.month.month import Month
from tests.services.campaigns.month.rows import rows_of
from tests.services.campaigns.month.rules import RulePass


@pytest.mark.parametrize("database_url", one_or_all(["sqlite", "postgresql"]), indirect=True)
async def test_nobody_is_written_to_against_the_rules_and_nobody_is_forgotten(
    database_url: str, tmp_path: Path
) -> None:
    month = await build_month(database_url, tmp_path, MonthSize(people=300, units=12, stir=3))
    try:
        await month.lives(lambda _day, _left: None)
        rows, deliveries = await rows_of(month.bot.database)
        found = RulePass(month.history, rows, deliveries, month.clock.now()).run()
        assert not found.violations, str(found)
        # It was a month in which everything happened.
        assert set(found.arrived) == {row.kind for row in rows}
        assert {"one_a_day", "no_longer", "nowhere", "late", "paused", "nothing"} <= set(found.reasons)
        assert {"late", "paused"} <= set(found.skipped_mailings)
        await _gains_are_those_that_were_made(month)
    finally:
        await month.bot.database.close()


async def _gains_are_those_that_were_made(month: Month) -> None:
    """Whatever moved meanwhile: a campaign's gain is what its units brought between its first day and its last."""
    history, now, book = month.history, month.clock.now(), month.bot.services.programmes
    async with month.bot.database.read() as session:
        assert await counts.kept(session) == await counts.recount(session)
        for campaign in (await session.scalars(select(Campaign))).all():
            if campaign.state is CampaignState.CANCELLED:
                continue
            first, last = campaign.starts, campaign.ends
            figures = await campaign_figures.of_unit(session, book, campaign, campaign.unit_id, last)
            assert figures.gained == _brought(history, campaign.unit_id, first, last, now)
            parents = at(history.parents, now, {})
            for unit in (one for one, above in parents.items() if above == campaign.unit_id):
                figures = await campaign_figures.of_unit(session, book, campaign, unit, last)
                assert figures.gained == _brought(history, unit, first, last, now)


def _brought(history: History, unit: int, first: date, last: date, as_of: datetime) -> int:
    """How many initiatives were approved in some days in the units that stand below one as of a moment."""
    return sum(
        idea.approved_at is not None
        and first <= local_date(idea.approved_at) <= last
        and history.is_below(idea.unit, unit, as_of)
        for idea in history.ideas.values()
    )
