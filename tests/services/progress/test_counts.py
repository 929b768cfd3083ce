"""The kept counts, while units are moved about."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.documents.table import read_table
from bot.handlers.features import all_features
from bot.services.act import Act
from bot.services.units.imports import COLUMNS, import_units
from storage.initiatives.tables import Initiative, InitiativeState, Tally
from storage.people.tables import Role
from storage.progress import counts
from storage.units.tables import Unit
from tests.handlers.talks import submits
from tests.talk import stage

_WAITING = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE NOT granted AND datname = current_database()
"""


async def test_what_is_decided_while_its_unit_moves_is_counted_where_the_unit_went(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url: str = request.getfixturevalue("_postgresql").create()
    sheet = tmp_path / "units.csv"
    sheet.write_text(
        "code,name,kind,parent\nMOI,Công đoàn mới,upper,CTVN\nRALACO,Rạng Đông,grassroots,MOI\n", "utf-8"
    )
    async with stage(url, tmp_path) as bot:
        support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
        await submits(bot, await bot.person("Nguyễn Thị Nga"))
        await support.settled()
        async with bot.bot.database.write() as session:
            assert (
                await import_units(
                    Act(session, bot.clock.now(), None),
                    read_table(sheet, COLUMNS),
                    followers=all_features().followers,
                )
            ).moved
            approving = asyncio.create_task(support.taps("✓ Duyệt"))
            # The card has been read, with the unit where it was; the change of it waits for the one who moves.
            while not await session.scalar(text(_WAITING)):
                assert not approving.done()
        await approving
        async with bot.bot.database.read() as session:
            assert await session.scalar(select(Initiative.state)) is InitiativeState.APPROVED
            kept = await counts.kept(session)
            assert kept == await counts.recount(session)
            new = await session.scalar(
                select(Tally.approved).join(Unit, Unit.id == Tally.unit_id).where(Unit.code == "MOI")
            )
            assert new == 1
