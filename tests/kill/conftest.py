"""A database for a bot that is killed: SQLite, where one process is all there is."""

from pathlib import Path

import pytest

from tests.databases import SqliteDatabases  # noqa: TC001 - beside the fixture that it is of


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, migrated database."""
    databases: SqliteDatabases = request.getfixturevalue("_sqlite")
    return databases.create(tmp_path)
