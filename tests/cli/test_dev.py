"""`make dev`: a saved file starts the bot again, and nobody is turned away meanwhile."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import aiohttp
from watchfiles import Change

from dev.__main__ import Sources

ROOT = Path(__file__).parents[2]


def test_what_the_bot_is_made_of_starts_it_again(tmp_path: Path) -> None:
    is_worth_it = Sources()

    for name in ("desk.py", "vi/submit.toml", "chat.html", "chat.js", "page.css"):
        assert is_worth_it(Change.modified, str(tmp_path / name)), name
    for name in ("demo.db", "demo.db-wal", "__pycache__/desk.py", ".git/x.py", "photo.jpg", "desk.py~"):
        assert not is_worth_it(Change.modified, str(tmp_path / name)), name


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


async def _says(stream: asyncio.StreamReader, words: str) -> str:
    """The next line with these words."""
    while words not in (line := (await stream.readline()).decode()):
        assert line, f"it ended without saying {words!r}"
    return line


async def test_it_starts_again_on_the_same_port(tmp_path: Path) -> None:
    port, saved = _free_port(), tmp_path / "sources" / "desk.py"
    saved.parent.mkdir()
    code = (
        "from pathlib import Path; from dev.__main__ import keep_running; "
        f"keep_running([Path({str(saved.parent)!r})], ['--database', {str(tmp_path / 'demo.db')!r}], '127.0.0.1', {port})"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SANGKIEN_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=ROOT, env={**environment, "LANG": "en"}, stdout=PIPE, stderr=STDOUT
    )  # fmt: skip
    assert process.stdout is not None
    try:
        await _says(process.stdout, "The demo runs at")
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/demo")).status == 200
            saved.write_text("changed = True\n")
            assert "desk.py" in await _says(process.stdout, "Saved:")
            # Asked while it stops and starts: the answer comes when it is there.
            assert (await client.get("/demo", headers={"Connection": "close"})).status == 200
            await _says(process.stdout, "The demo runs at")
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()
