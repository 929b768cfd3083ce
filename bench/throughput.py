"""How fast one process delivers when no limit holds it, each state on the disk before the next; and in how much memory.

``MB own`` is what the process holds itself at its peak. ``in all`` has pages of files besides: SQLite maps up to 256 MB
of its file, which the system takes back when somebody else needs the room.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import stage
from bench.drain import Drained
from bench.filling import databases, made
from bench.union import FIRST_ID, Size, tables

_LATENCY_S = 0.05
_FREE_WANTED = 5_000
_TELEGRAM_WANTED = 1_000
#: How much more memory a hundred times the people may take.
_FLAT = 1.2
_ENGINES = ("SQLite", "PostgreSQL")


def _drain(url: str, send: str) -> Drained:
    done = subprocess.run(
        [sys.executable, "-m", "bench.drain", url, send],
        cwd=stage.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the bot stopped:\n{done.stderr[-3000:]}")
    return Drained(**json.loads(done.stdout.splitlines()[-1]))


def _line(engine: str, what: str, done: Drained, wanted: int) -> None:
    good = done.rate >= wanted and done.sent == done.people
    print(
        f"{engine:12}{what:22}{done.people:>10}{done.sent:>10}{done.rate:>10.0f}"
        f"{done.cpu_seconds / done.sent * 1e6:>10.0f}{done.own_mb:>8.0f}{done.peak_mb:>8.0f}   at least {wanted}/s: {'yes' if good else 'NO'}",
        flush=True,
    )


def measure(most: int) -> None:
    """Deliver and print: few and many people, with a send that costs nothing and with one that takes 50 ms."""
    few = min(10_000, most // 5)
    print(f"Delivering without a limit, one process, up to {most} people", flush=True)
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as create:

        def union(engine: str, people: int, what: str) -> str:
            print(f"  {engine}, {people} people:", end="", flush=True)
            url = create(engine, f"{what}{people}")
            made(url, tables(Size(people, max(people // 500, 4), orderly=True), sqlite=engine == "SQLite"))
            return url

        print(
            f"\n{'':34}{'people':>10}{'sent':>10}{'sent/s':>10}{'CPU us':>10}{'MB own':>8}{'in all':>8}",
            flush=True,
        )
        for engine in _ENGINES:
            with stage.server() as server:
                server.call("meet", {"first": FIRST_ID, "number": few})
                server.call("settings", {"latency": _LATENCY_S})
                answered = _drain(union(engine, few, "telegram"), server.root)
            _line(engine, "Telegram, 50 ms", answered, _TELEGRAM_WANTED)
            small = _drain(union(engine, few, "free"), "free")
            _line(engine, "costs nothing", small, _FREE_WANTED)
            large = _drain(union(engine, most, "free"), "free")
            _line(engine, "costs nothing", large, _FREE_WANTED)
            ratio = large.own_mb / small.own_mb
            print(
                f"{engine:12}memory for {most // few} times the people: {ratio:.2f} times{'':25}"
                f"at most {_FLAT}: {'yes' if ratio <= _FLAT else 'NO'}",
                flush=True,
            )
    print(flush=True)
