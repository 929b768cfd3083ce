"""A running bot for conversations: on both databases, with buttons and without."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.talk import Stage, numbered_stage, stage


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot with the sample units. A test runs on SQLite in the web chat, and on PostgreSQL without buttons."""
    opens = stage if demo_url.startswith("sqlite") else numbered_stage
    async with opens(demo_url, tmp_path) as running:
        yield running
