"""``make attack``: every attack that the tests perform, and whether it was held, on each of the two databases.

A test that performs one is marked ``@pytest.mark.attack("what somebody tries")``; several tests may perform the same one.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import make_url

#: Where an attack was tried that needs no database of its own.
_ANYWHERE = "-"
_PLACES = ("sqlite", "postgresql", _ANYWHERE)


def _place(item: pytest.Item) -> str:
    """Which database the test had."""
    held: dict[str, Any] = getattr(item, "funcargs", {})
    urls = [held[name] for name in ("demo_url", "database_url", "postgresql_url") if name in held]
    return make_url(urls[0]).get_backend_name() if urls else _ANYWHERE


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Write down what was tried, and where; it travels with the report to the process that prints."""
    report: pytest.TestReport = yield
    for mark in item.iter_markers("attack"):
        report.user_properties.append(("attack", (mark.args[0], _place(item))))
    return report


def _attacks(reports: Iterator[Any]) -> Iterator[tuple[str, str]]:
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == "attack":
                yield tuple(value)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table, the totals last."""
    held: dict[str, dict[str, bool]] = defaultdict(dict)
    for outcome in ("passed", "failed", "error"):
        for attack, place in _attacks(iter(terminalreporter.stats.get(outcome, ()))):
            held[attack][place] = held[attack].get(place, True) and outcome == "passed"
    terminalreporter.section("attacks")
    for attack in sorted(held):
        tried = ", ".join(
            f"{'' if place == _ANYWHERE else place + ' '}{'held' if held[attack][place] else 'OPEN'}"
            for place in _PLACES
            if place in held[attack]
        )
        terminalreporter.write_line(f"{attack}: {tried}")
    stood = sum(all(places.values()) for places in held.values())
    terminalreporter.write_line(f"{len(held)} attacks: {stood} held, {len(held) - stood} open")
