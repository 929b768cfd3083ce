"""A stand-in for a messenger's server and a bot, each in a process of its own."""

import json
import os
import resource
import signal
import socket
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


#: A stand-in for Telegram that keeps counts only.
TELEGRAM = ("tests.fakes.telegram", "--lean")


@contextmanager
def server(stand_in: Sequence[str] = TELEGRAM) -> Iterator[Server]:
    """A fresh server; ``stand_in``: its module, and options."""
    process = subprocess.Popen([sys.executable, "-m", *stand_in], cwd=ROOT, stdout=subprocess.PIPE, text=True)
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
    def cpu_seconds(self) -> float:
        """How long it has had a processor so far; other processes on the machine change little of it."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

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


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def storing(url: str, folder: Path) -> dict[str, str]:
    """Where our own bot keeps what it knows."""
    return {"SANGKIEN_DATABASE__URL": url, "SANGKIEN_MEDIA__FOLDER": str(folder / "media")}


def environment(url: str, folder: Path, api: str) -> dict[str, str]:
    """The settings of our own bot on this database, with the stand-in server as its Telegram."""
    return {
        **storing(url, folder),
        "SANGKIEN_WEB__PORT": "0",
        "SANGKIEN_TELEGRAM__TOKEN": TOKEN,
        "SANGKIEN_TELEGRAM__API": api,
    }


def unlimited(messenger: str, *names: str) -> dict[str, str]:
    """Settings that lift a messenger's limits of the rate: in all, for one chat, and what else is named."""
    return {f"SANGKIEN_{messenger}__{name}": "0" for name in ("PER_SECOND", "CHAT_PER_SECOND", *names)}
