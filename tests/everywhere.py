"""On how many channels and databases a test runs: enough for each rule here, all of them when asked.

``SANGKIEN_TESTS_EVERYWHERE=1`` runs every test wherever it can run; it takes about twice as long.
"""

import os
from collections.abc import Sequence
from zlib import crc32

EVERYWHERE = os.environ.get("SANGKIEN_TESTS_EVERYWHERE") == "1"


def one_or_all(places: Sequence[str]) -> Sequence[str]:
    """The first place, or all of them: for what costs many seconds and has its like on the others in smaller tests."""
    return places if EVERYWHERE else places[:1]


def some_or_all(places: Sequence[str], test: str) -> Sequence[str]:
    """The first place and one of the others, each test the one that its name falls on; or all of them."""
    first, *others = places
    return places if EVERYWHERE else [first, others[crc32(test.encode()) % len(others)]]
