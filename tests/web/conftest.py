"""The web chat's demo is made when its tests begin."""

from datetime import datetime

import pytest

from bot.clock import FixedClock


@pytest.fixture
def demo_from(clock: FixedClock) -> datetime:
    return clock.now()
