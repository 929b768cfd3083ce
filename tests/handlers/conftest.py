"""A running bot for conversations: on each channel, with buttons and without, and on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.phones import CHANNELS, stage_on
from tests.talk import Stage

#: Each channel with the database that its conversations are kept in.
_ON = dict(zip(CHANNELS, ("sqlite", "postgresql", "sqlite", "sqlite"), strict=True))


@pytest.fixture(params=CHANNELS)
def channel(request: pytest.FixtureRequest) -> str:
    """Where people are. A test that asks for it runs once for each channel."""
    return str(request.param)


@pytest.fixture
def demo_on(channel: str) -> str:
    """Which database the demo is in."""
    return _ON[channel]


@pytest.fixture
async def bot(channel: str, demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot with the sample units."""
    async with stage_on(channel, demo_url, tmp_path) as running:
        yield running
