"""The bot as a process of its own, which a test kills at any instant and starts again."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import ClassVar

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class BotProcess:
    """``python -m bot run``, with settings in the environment."""

    #: All that were started; see :meth:`end_all`.
    _started: ClassVar[list[asyncio.subprocess.Process]] = []

    @classmethod
    async def end_all(cls) -> None:
        """No process outlives the test that started it, however that test ended."""
        started, cls._started = cls._started, []
        for process in started:
            if process.returncode is None:
                process.kill()
            await process.wait()

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(exist_ok=True)
        self._log = folder / "bot.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SANGKIEN_")},
            "PYTHONPATH": str(ROOT),
            "SANGKIEN_MEDIA__FOLDER": str(folder / "media"),
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None
        self.kills = 0

    @property
    def pid(self) -> int:
        """The process's number on this machine."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                cwd=self._log.parent,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        self._started.append(self._process)

    def freeze(self) -> None:
        """As a machine that is suspended: nothing runs, and nothing is closed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on as if no time had passed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """No warning, no goodbye."""
        assert self._process is not None
        assert self._process.returncode is None, self.log()
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()
        self.kills += 1

    async def stop(self) -> None:
        """As Ctrl-C does."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(20):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            raise

    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")
