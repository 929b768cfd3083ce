"""A stand-in Bot API server and a bot, each in a process of its own."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fakes.telegram import TOKEN

ROOT = Path(__file__).parents[1]
#: The bot itself.
OURS = (sys.executable, "-m", "bot", "run")


class Server:
    """The stand-in server, driven over its control API."""

    def __init__(self, root: str) -> None:
        """``root`` is its address."""
        self.root = root

    def call(self, name: str, body: object | None = None) -> Any:
        """One command: with a body it is given, without one it asks."""
        request = urllib.request.Request(  # noqa: S310 - our own server on this machine
            f"{self.root}/control/{name}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())

    @property
    def is_polled(self) -> bool:
        """Whether a bot has begun to ask for updates."""
        return "getUpdates" in self.call("stats")["counts"]


@contextmanager
def server() -> Iterator[Server]:
    """A fresh server that keeps counts only."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.telegram", "--lean"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Server(process.stdout.readline().strip().split()[-1])
    finally:
        process.terminate()
        process.wait()


class Bot:
    """A bot's process."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        """What it writes goes to ``log``."""
        self._process = process
        self._log = log

    def until(self, true: Callable[[], bool], *, seconds: float, every: float = 0.2) -> None:
        """Wait until something is true; ends all when the bot has ended, or after so many seconds."""
        deadline = time.monotonic() + seconds
        while not true():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the bot stopped or hangs:\n{self._log.read_text()[-3000:]}")
            time.sleep(every)

    @property
    def peak_mb(self) -> float:
        """The most memory it had."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


@contextmanager
def bot(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Bot]:
    """A bot at work; ended as Ctrl-C does."""
    path = folder / "log.txt"
    with path.open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log
        )
        try:
            yield Bot(process, path)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def environment(url: str, folder: Path, api: str) -> dict[str, str]:
    """The settings of our own bot on this database, with the stand-in server as its Telegram."""
    return {
        "SANGKIEN_DATABASE__URL": url,
        "SANGKIEN_MEDIA__FOLDER": str(folder / "media"),
        "SANGKIEN_WEB__PORT": "0",
        "SANGKIEN_TELEGRAM__TOKEN": TOKEN,
        "SANGKIEN_TELEGRAM__API": api,
    }


def unlimited() -> dict[str, str]:
    """Settings that lift every limit of the rate."""
    return {
        f"SANGKIEN_TELEGRAM__{name}": "0" for name in ("PER_SECOND", "CHAT_PER_SECOND", "GROUP_PER_MINUTE")
    }
