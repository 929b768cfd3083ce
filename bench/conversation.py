"""The same conversation with this bot, with ConversationHandler and with aiogram, one after the other."""

import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import stage
from tests.fakes.script import FIRST_ID
from tests.fakes.telegram import TOKEN

_LETTERS = "abcdeghiklmnopqrstuvxy"


@dataclass(frozen=True, slots=True)
class Result:
    """What one bot did."""

    name: str
    updates: int
    seconds: float
    p50: float
    p99: float
    memory_mb: float
    saved: int

    @property
    def rate(self) -> float:
        """Updates a second."""
        return self.updates / self.seconds


def steps(place: int) -> list[dict[str, Any]]:
    """The nine updates of one person; no two people's initiatives resemble each other."""
    letters = random.Random(place)
    title = " ".join("".join(letters.choices(_LETTERS, k=7)) for _ in range(6))
    texts = (
        "/menu", "/sangkien", title, f"Nội dung của {title}", "Kỹ thuật", "hôm qua", "bỏ qua hết", "gửi", "/cuatoi",
    )  # fmt: skip
    return [{"text": text} for text in texts]


def _run(name: str, command: Sequence[str], people: int, folder: Path, environment: dict[str, str]) -> Result:
    """Measure one bot on a fresh server."""
    with stage.server() as server:
        settings = {"BENCH_API": server.root, **stage.unlimited("TELEGRAM"), **environment}
        settings["SANGKIEN_TELEGRAM__API"] = server.root
        with stage.bot(command, folder, settings) as bot:
            bot.until(lambda: server.is_polled, seconds=180)
            server.call("script", {"people": [steps(place) for place in range(people)]})
            bot.until(lambda: bool(server.call("script")["done"]), seconds=180)
            told = server.call("script")
            memory = bot.peak_mb
    return Result(name, told["updates"], told["seconds"], told["p50"], told["p99"], memory, saved(folder))


def saved(folder: Path) -> int:
    """How many initiatives the database in a folder holds."""
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(folder / "bench.db") as connection:
        return int(connection.execute("SELECT count(*) FROM initiative").fetchone()[0])


def _ours(people: int, folder: Path) -> Result:
    from bench.members import register  # noqa: PLC0415
    from storage.migrate import upgrade  # noqa: PLC0415

    url = f"sqlite:///{folder}/bench.db"
    upgrade(url)
    asyncio.run(register(url, "telegram", [str(FIRST_ID + place) for place in range(people)]))
    environment = stage.environment(url, folder, "")
    return _run("this bot, every update committed", stage.OURS, people, folder, environment)


def _peer(name: str, which: str, people: int, folder: Path) -> Result:
    command = [sys.executable, "-m", "bench.peers", which, str(folder / "bench.db")]
    return _run(name, command, people, folder, {"BENCH_TOKEN": TOKEN})


def measure(people: int) -> None:
    """Run all three and print the table."""
    print(
        f"A submission on Telegram: {people} people, 9 updates each, {os.cpu_count()} processors", flush=True
    )
    results = []
    for name, run in (
        ("this bot", _ours),
        ("ptb", lambda count, folder: _peer("ConversationHandler + PicklePersistence", "ptb", count, folder)),
        ("aiogram", lambda count, folder: _peer("aiogram 3 FSM + MemoryStorage", "aiogram", count, folder)),
    ):
        print(f"  running {name} ...", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            results.append(run(people, Path(folder)))
    ours, *_ = results
    print(f"\n{'':42}{'updates/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'MB':>7}{'saved':>7}{'ours is':>9}")
    for one in results:
        print(
            f"{one.name:42}{one.rate:>10.0f}{one.p50 * 1000:>9.0f}{one.p99 * 1000:>9.0f}{one.memory_mb:>7.0f}"
            f"{one.saved:>7}{ours.rate / one.rate:>8.2f}x"
        )
    wanted = ours.rate / results[1].rate >= 1.5
    print(f"\nat least 1.5 times ConversationHandler: {'yes' if wanted else 'NO'}\n", flush=True)
