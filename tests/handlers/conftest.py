"""A running bot for conversations, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.talk import Stage, stage


@pytest.fixture
async def bot(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot with the sample units; a test that asks for it runs on SQLite and on PostgreSQL."""
    async with stage(database_url, tmp_path) as running:
        yield running
