"""The domains of the house, which have the same names on every floor, and the order in which they know each other."""

from collections.abc import Iterator
from importlib.util import find_spec

#: A domain knows those before it, and none behind it.
ORDER = (
    "units",
    "people",
    "initiatives",
    "review",
    "recognition",
    "progress",
    "mailings",
    "praise",
    "campaigns",
    "help",
)


def found_in(floor: str) -> Iterator[str]:
    """The domains that a floor (a package such as ``bot.handlers``) has, in their order."""
    for name in ORDER:
        if find_spec(f"{floor}.{name}") is not None:
            yield name
