"""What is personal is kept as long as its purpose needs, and no longer."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.config.keeping import KeepingSettings
from bot.services.people import keeping
from bot.services.people.keeping import Keeper
from storage.base import Base
from storage.keeping import PURPOSES
from storage.registry import REGISTRY, MayHold
from tests.services.people.everywhere import everywhere

PERIODS = KeepingSettings().periods(180)
#: Places of personal data that no period empties: they go with the person, or are the initiative itself.
WITH_THE_PERSON = {
    "account", "attachment", "author", "campaign", "conversation", "draft", "event_words", "initiative", "mailing", "media",
    "offer", "pass", "person",
}  # fmt: skip


def test_each_place_of_personal_data_goes_with_the_person_or_after_a_time() -> None:
    personal = {
        name.partition(".")[0]
        for name, holds in REGISTRY.items()
        if holds in (MayHold.OWN, MayHold.WORDS, MayHold.EVIDENCE)
    }
    emptied = {kept.table for purpose in PURPOSES.values() for kept in purpose}
    assert personal == emptied | WITH_THE_PERSON
    assert PURPOSES.keys() | {"guests", "registering"} == PERIODS.keys()


@pytest.mark.parametrize("purpose", sorted(PURPOSES))
async def test_the_clock_forgets_what_is_older_than_its_period_and_nothing_younger(
    purpose: str, demo_url: str, tmp_path: Path
) -> None:
    async with everywhere(demo_url, tmp_path) as all_of_them:
        bot, period = all_of_them.bot, PERIODS[purpose]
        tables = [(Base.metadata.tables[kept.table], kept.moment) for kept in PURPOSES[purpose]]
        async with bot.bot.database.write() as session:
            await all_of_them.fill(session)
            for table, moment in tables:
                old = bot.clock.now() - period - timedelta(minutes=1)
                if purpose == "handouts":
                    old = bot.clock.now() - timedelta(minutes=1)
                await session.execute(table.update().values({moment: old}))
        async with bot.bot.database.write() as session:
            numbers = {
                table.name: await session.scalar(select(func.count()).select_from(table))
                for table, _ in tables
            }
            young = {
                table.name: await session.scalar(
                    select(func.count()).select_from(table).where(~kept.which(table))
                )
                for kept, (table, _) in zip(PURPOSES[purpose], tables, strict=True)
            }
            lines, at = await keeping.report(session, PERIODS)
            assert at is None
            (line,) = [one for one in lines if one.purpose == purpose]
            assert line.rows == sum(one or 0 for one in numbers.values()) - sum(
                one or 0 for one in young.values()
            )
            await Keeper(PERIODS).carry_out(session, bot.clock.now())
            for table, _ in tables:
                left = await session.scalar(select(func.count()).select_from(table))
                assert left == young[table.name], table.name
            lines, at = await keeping.report(session, PERIODS)
            assert at == bot.clock.now()
            (line,) = [one for one in lines if one.purpose == purpose]
            assert (line.rows, line.gone) == (
                0,
                sum(one or 0 for one in numbers.values()) - sum(one or 0 for one in young.values()),
            )
