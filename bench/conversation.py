"""The same conversation with this bot, with ConversationHandler and with aiogram, one after the other."""

import asyncio
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.telegram import TOKEN

ROOT = Path(__file__).parents[1]
_FIRST_ID = 500_001
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


def _call(root: str, name: str, body: object | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - our own server on this machine
        f"{root}/control/{name}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.loads(answer.read())


def _run(name: str, command: Sequence[str], people: int, folder: Path, environment: dict[str, str]) -> Result:
    """Measure one bot on a fresh server."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.telegram", "--lean"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    root = server.stdout.readline().strip().split()[-1]
    log = (folder / "log.txt").open("w")
    bot = subprocess.Popen(
        command,
        cwd=ROOT,
        env={
            **os.environ,
            **environment,
            "BENCH_API": root,
            "SANGKIEN_TELEGRAM__API": root,
            "SANGKIEN_TELEGRAM__PER_SECOND": "0",
            "SANGKIEN_TELEGRAM__CHAT_PER_SECOND": "0",
        },
        stdout=log,
        stderr=log,
    )
    try:
        _until(lambda: _polled(root), bot, folder)
        _call(root, "script", {"people": [steps(place) for place in range(people)]})
        _until(lambda: _call(root, "script")["done"], bot, folder)
        told = _call(root, "script")
        memory = _peak_mb(bot.pid)
    finally:
        bot.send_signal(signal.SIGINT)
        try:
            bot.wait(15)
        except subprocess.TimeoutExpired:
            bot.kill()
        server.terminate()
        server.wait()
        log.close()
    return Result(name, told["updates"], told["seconds"], told["p50"], told["p99"], memory, _saved(folder))


def _polled(root: str) -> bool:
    """Whether the bot has begun to ask for updates."""
    return '"getUpdates"' in json.dumps(_call(root, "stats"))


def _until(true: Any, bot: "subprocess.Popen[str] | subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + 180
    while not true():
        if bot.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the bot stopped or hangs:\n{(folder / 'log.txt').read_text()[-3000:]}")
        time.sleep(0.2)


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _saved(folder: Path) -> int:
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(folder / "bench.db") as connection:
        return int(connection.execute("SELECT count(*) FROM initiative").fetchone()[0])


def _ours(people: int, folder: Path) -> Result:
    from bench.members import register  # noqa: PLC0415
    from storage.migrate import upgrade  # noqa: PLC0415

    url = f"sqlite:///{folder}/bench.db"
    upgrade(url)
    asyncio.run(register(url, [str(_FIRST_ID + place) for place in range(people)]))
    environment = {
        "SANGKIEN_DATABASE__URL": url, "SANGKIEN_MEDIA__FOLDER": str(folder / "media"), "SANGKIEN_WEB__PORT": "0",
        "SANGKIEN_TELEGRAM__TOKEN": TOKEN,
    }  # fmt: skip
    return _run(
        "this bot, every update committed", [sys.executable, "-m", "bot", "run"], people, folder, environment
    )


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
