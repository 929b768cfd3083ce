"""The administrator that tests of the command line ask for."""

from pathlib import Path

import pytest

from tests.cli.administrator import Administrator


@pytest.fixture
def admin(database_url: str, tmp_path: Path) -> Administrator:
    """An administrator with a fresh database; the test runs on SQLite and on PostgreSQL."""
    return Administrator(database_url, tmp_path)


@pytest.fixture
def admin_on_sqlite(tmp_path: Path) -> Administrator:
    """An administrator with a SQLite file that does not exist yet."""
    return Administrator(f"sqlite:///{tmp_path / 'new.db'}", tmp_path)
