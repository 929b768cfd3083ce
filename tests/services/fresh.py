"""An empty database for each example of a property, and the administrator's transactions in it."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import FixedClock
from bot.handlers.features import all_features
from bot.services.act import Act
from storage.base import Base
from storage.engine import Database, open_engine
from tests.conftest import MORNING

#: What all domains keep by unit.
FOLLOWERS = all_features().followers


@asynccontextmanager
async def fresh() -> AsyncIterator[Database]:
    """An empty database of one example."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(open_engine(f"sqlite:///{folder}/t.db"))
        try:
            async with database.engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def act(database: Database) -> AsyncIterator[Act]:
    async with database.write() as session:
        yield Act(session, FixedClock(MORNING).now(), None)
