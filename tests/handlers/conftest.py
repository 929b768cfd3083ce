"""A running bot for conversations: on each channel, with buttons and without, and on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.everywhere import some_or_all
from tests.phones import CHANNELS, stage_on
from tests.talk import Stage

#: Each channel with the database that its conversations are kept in.
_ON = dict(zip(CHANNELS, ("sqlite", "postgresql", "sqlite", "sqlite"), strict=True))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the channels of a test that names none itself.

    Whole conversations, and what people type, are held on every channel, and marked so. A rule is seen on the web, with
    its buttons, and on one of the messengers.
    """
    named = [one.args[0] for one in metafunc.definition.iter_markers("parametrize")]
    if "channel" not in metafunc.fixturenames or any("channel" in names for names in named):
        return
    test = f"{metafunc.module.__name__.rpartition('.')[2]}.{metafunc.definition.name}"
    is_everywhere = metafunc.definition.get_closest_marker("every_channel") is not None
    metafunc.parametrize("channel", CHANNELS if is_everywhere else some_or_all(CHANNELS, test), indirect=True)


@pytest.fixture
def channel(request: pytest.FixtureRequest) -> str:
    """Where people are. A test that asks for it runs on several channels."""
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
