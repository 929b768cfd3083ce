"""The same over the web chat: a browser that sends until it is answered, and follows the live stream."""

import asyncio
import json
import os
import random
import secrets
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select

from bot.services.people.passes import digest
from storage.conversation.tables import TranscriptLine
from storage.engine import Database, open_engine
from storage.initiatives.tables import Initiative
from storage.people.tables import Role
from tests.kill.people import Member, settle
from tests.kill.process import BotProcess, free_port

KILLS = int(os.environ.get("SANGKIEN_TESTS_KILLS", "4"))
ROUNDS = 3 if KILLS > 8 else 1
WORKERS = max(8, KILLS // 2)
PATIENCE = 60.0
#: How long a browser waits before it tries again.
_AGAIN_S = 0.1


@dataclass(slots=True)
class Browser:
    """What the page's script does, without the page: a queue of one, each message with its own key."""

    root: str
    token: str
    session: aiohttp.ClientSession
    rev: int = 0
    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set with each bubble that any browser gets.
    anything: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def cookies(self) -> dict[str, str]:
        return {"Cookie": f"sk={self.token}"}

    async def follow(self) -> None:
        """The live stream, opened again whenever it breaks, from where it was."""
        while True:
            try:
                async with self.session.get(
                    f"{self.root}/chat/events?after={self.rev}", headers=self.cookies, timeout=None
                ) as answer:
                    async for raw in answer.content:
                        text = raw.decode().rstrip()
                        if text.startswith("data: ") and '"rev"' in text:
                            line = json.loads(text[6:])
                            assert line["rev"] > self.rev, "a stream never goes back"
                            self.rev = line["rev"]
                            self.lines[line["id"]] = line
                            self.changed.set()
                            self.anything.set()
            except (aiohttp.ClientError, ConnectionError):
                pass
            await asyncio.sleep(_AGAIN_S)

    async def says(self, text: str) -> None:
        """Send until it is taken; the same key each time."""
        key = secrets.token_hex(8)
        headers = {**self.cookies, "X-Requested-With": "chat"}
        while True:
            try:
                async with self.session.post(
                    f"{self.root}/chat/send", json={"key": key, "text": text}, headers=headers
                ) as answer:
                    if answer.status == 200:
                        return
                    assert answer.status >= 500 or answer.status == 429, await answer.text()
            except (aiohttp.ClientError, ConnectionError):
                pass
            await asyncio.sleep(_AGAIN_S)

    async def sees(self, words: str, after: int) -> None:
        """A bubble of the bot newer than a revision."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not any(
                    line["side"] == "out" and line["rev"] > after and words in line["text"]
                    for line in self.lines.values()
                ):
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            last = [line["text"] for line in list(self.lines.values())[-4:]]
            raise AssertionError(f"no {words!r} after {after}: {last}") from None


async def submits(browser: Browser, name: str) -> None:
    for number in range(ROUNDS):
        letters = random.Random(f"{name}{number}")  # noqa: S311
        title = " ".join("".join(letters.choices("abcdeghiklmnopqrstuvxy", k=7)) for _ in range(6))
        for said, seen in (
            ("/sangkien", "tên là gì"),
            (title, "làm thế nào"),
            (f"Nội dung của {title}", "lĩnh vực"),
            ("Kỹ thuật", "lần đầu"),
            ("hôm qua", "vướng gì"),
            ("bỏ qua hết", "xem lại giúp mình"),
            ("gửi", "Đã gửi!"),
        ):
            after = browser.rev
            await browser.says(said)
            await browser.sees(seen, after)


async def test_nothing_is_lost_or_doubled_on_the_web(tmp_path: Path, sqlite_url: str) -> None:
    dice = random.Random(20222)  # noqa: S311
    tokens = [secrets.token_urlsafe(32) for _ in range(WORKERS)]
    accounts = await settle(
        sqlite_url,
        [
            Member("Trần Văn Minh", "web", "support", Role.SUPPORT),
            *(
                Member(f"Công Nhân {at}", "web", f"worker-{at}", device=digest(token))
                for at, token in enumerate(tokens)
            ),
        ],
    )
    port = free_port()
    bot = BotProcess(tmp_path, SANGKIEN_DATABASE__URL=sqlite_url, SANGKIEN_WEB__PORT=str(port))
    await bot.start()
    timeout = aiohttp.ClientTimeout(total=20)
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        anything = asyncio.Event()
        browsers = [
            Browser(f"http://127.0.0.1:{port}", token, session, anything=anything) for token in tokens
        ]
        following = [asyncio.create_task(browser.follow()) for browser in browsers]
        async with asyncio.TaskGroup() as group:
            for at, browser in enumerate(browsers):
                group.create_task(submits(browser, f"worker {at}"))
            instants = sorted(dice.sample(range(3, WORKERS * ROUNDS * 12), KILLS))
            for instant in instants:
                soonest = sum(len(browser.lines) for browser in browsers) + dice.randint(1, 8)
                async with asyncio.timeout(PATIENCE):
                    while sum(len(browser.lines) for browser in browsers) < max(instant, soonest):
                        anything.clear()
                        await anything.wait()
                await bot.kill()
                await bot.start()
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    await bot.stop()
    assert bot.kills == KILLS
    database = Database(open_engine(sqlite_url))
    async with database.read() as read:
        initiatives = (await read.scalars(select(Initiative))).all()
        cards = (
            await read.scalars(
                select(TranscriptLine.body).where(TranscriptLine.account_id == accounts["support"])
            )
        ).all()
        written = (await read.scalars(select(TranscriptLine).where(TranscriptLine.side == "in"))).all()
    await database.close()
    assert len(initiatives) == WORKERS * ROUNDS
    assert all(one.content == f"Nội dung của {one.name}" for one in initiatives)
    shown = Counter(one.code for one in initiatives for body in cards if one.code in body["text"])
    assert not [code for code, times in shown.items() if times > 1], "a notice was doubled"
    # On the web the notice and the mark that it was sent are one commit: none is uncertain, none missing.
    assert len(shown) == len(initiatives)
    keys = Counter((line.account_id, line.body["key"]) for line in written)
    assert max(keys.values()) == 1, "a message was doubled"
    assert "Traceback" not in bot.log(), bot.log()
