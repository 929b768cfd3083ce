"""A broadcast at Telegram's limits, while people talk to the bot: nothing is refused, nobody waits, no time is lost."""

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench import stage
from bench.conversation import steps
from bench.filling import made
from bench.union import FIRST_ID, TOP, Size, tables
from bot.clock import SystemClock
from bot.config import TelegramSettings
from bot.delivery.pace import SHARED_PART
from bot.services.act import Act
from bot.services.mailings import drafting
from storage.engine import Database, open_engine
from storage.mailings.audience import Audience

_WORDS = "Tuần này mình cùng nhau góp sáng kiến nhé"
#: What a broadcast is known by; the message that shows its author how far it is has its words too.
_MARK = "📢"
_TALKERS = 20
#: Seconds for which somebody reads and types.
_THINKS = (4.0, 8.0)
#: Seconds in which the rate may not fall behind.
_STRETCH = 30.0
_BEGINS_AFTER = timedelta(seconds=15)


async def _plan(url: str, officer: int) -> None:
    database, clock = Database(open_engine(url)), SystemClock()
    async with database.write() as session:
        act = Act(session, clock.now(), officer)
        audience = Audience(TOP, channels=("telegram",))
        one = await drafting.draft(act, audience, {"words": _WORDS, "files": []}, clock.now() + _BEGINS_AFTER)
        await drafting.confirm(act, one.id, again=False, large_from=10**9)
    await database.close()


def _conversations(seconds: float) -> list[list[dict[str, Any]]]:
    """Each talker's steps for so long at least: one submission after the other, at a person's pace."""
    dice = random.Random(3)
    rounds = int(seconds / (9 * _THINKS[0])) + 2
    return [
        [
            {**step, "pause": dice.uniform(*_THINKS)}
            for number in range(rounds)
            for step in steps(place + number * _TALKERS)
        ]
        for place in range(_TALKERS)
    ]


def _least(at: Sequence[float], stretch: float) -> float:
    """The fewest messages a second in any stretch of the whole; over the whole when it is shorter."""
    least, end = (len(at) - 1) / (at[-1] - at[0]), 0
    for begin, moment in enumerate(at):
        if moment + stretch > at[-1]:
            break
        while at[end] < moment + stretch:
            end += 1
        least = min(least, (end - begin) / stretch)
    return least


def _say(what: str, figure: str, wanted: str, *, good: bool) -> None:
    print(f"{what:44}{figure:>18}   {wanted:28}{'yes' if good else 'NO'}", flush=True)


def measure(people: int) -> None:
    """Send, and print what arrived."""
    settings = TelegramSettings()
    lane = settings.per_second * SHARED_PART
    takes = people / lane
    print(
        f"A broadcast to {people} people at Telegram's limits, {_TALKERS} people talking "
        f"(a message each {_THINKS[0]:g} to {_THINKS[1]:g} s): about {takes / 60:.1f} min",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as name, stage.server() as server:
        folder = Path(name)
        url = f"sqlite:///{folder / 'bench.db'}"
        made(url, tables(Size(people, max(people // 500, 4), orderly=True), sqlite=True))
        asyncio.run(_plan(url, people))
        server.call("meet", {"first": FIRST_ID, "number": people})
        server.call("settings", {"limits": True})
        server.call("watch", {"words": _MARK})
        with stage.bot(stage.OURS, folder, stage.environment(url, folder, server.root)) as bot:
            bot.until(lambda: server.is_polled, seconds=60)
            server.call("script", {"people": _conversations(takes * 1.5 + 60), "aside": _MARK})
            began = time.monotonic()
            shown = 0.0

            def is_over() -> bool:
                nonlocal shown
                told = server.call("watch?brief=1")
                if time.monotonic() - shown > 10:
                    shown = time.monotonic()
                    print(
                        f"  {told['messages']:>6} of {people} after {shown - began:4.0f} s, "
                        f"{server.call('stats')['limited']} refused",
                        flush=True,
                    )
                return int(told["messages"]) >= people

            bot.until(is_over, seconds=takes * 2 + 120, every=1.0)
            time.sleep(3)  # one too many would come now
            told, talk, refused = (
                server.call("watch"),
                server.call("script"),
                server.call("stats")["limited"],
            )
    at = told["at"]
    whole, least = (len(at) - 1) / (at[-1] - at[0]), _least(at, _STRETCH)
    print()
    _say("refused with 429", str(refused), "none", good=refused == 0)
    _say(
        "people who got it, each once",
        f"{told['chats']}",
        f"all {people}",
        good=told["chats"] == told["messages"] == people and not told["twice"],
    )
    for what, rate in (("over the whole", whole), (f"in the slowest {_STRETCH:.0f} s", least)):
        _say(
            f"messages a second {what}",
            f"{rate:.2f} ({rate / lane:.1%})",
            f"95 % of the lane's {lane:g}",
            good=rate >= 0.95 * lane,
        )
    waits = f"{talk['p50'] * 1000:.0f} / {talk['p95'] * 1000:.0f} / {talk['longest'] * 1000:.0f}"
    _say(
        f"{talk['updates']} answers: p50 / p95 / longest ms", waits, "p95 under 1000", good=talk["p95"] < 1.0
    )
    print(flush=True)
