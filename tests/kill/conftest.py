"""What a bot that is killed needs: a database of its own, and somebody who ends what is left of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import SqliteDatabases  # noqa: TC001 - beside the fixture that it is of
from tests.kill.process import BotProcess


@pytest.fixture(autouse=True)
async def _ended() -> AsyncIterator[None]:
    yield
    await BotProcess.end_all()


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database, where one process is all there is."""
    databases: SqliteDatabases = request.getfixturevalue("_sqlite")
    return databases.create(tmp_path)
