"""One process that delivers one broadcast: ``python -m bench.drain URL SEND``, with ``SEND`` free or Telegram's API root.

The bot is the real one, at work with all its parts. With ``free`` its Telegram is a stand-in that takes a message at no
cost, so that what is measured is the bot and its database alone. Prints one line of JSON.
"""

import asyncio
import gc
import json
import resource
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop
from sqlalchemy import select, update

from bench.free import Free
from bench.union import TOP
from bot.app import Bot
from bot.config import Settings
from bot.services.act import Act
from bot.services.mailings import drafting
from bot.wiring import build
from storage.mailings.audience import Audience
from storage.mailings.tables import Mailing, MailingState
from storage.people.tables import Role, RoleGrant
from tests.fakes.telegram import TOKEN

_WORDS = "Các bạn ơi, tuần này mình cùng nhau góp sáng kiến nhé. Việc nhỏ cũng được, miễn là của bạn."


@dataclass(frozen=True, slots=True)
class Drained:
    """What one process did."""

    people: int
    sent: int
    seconds: float
    #: Of this process: user and system time.
    cpu_seconds: float
    #: The most memory it had, and the most of its own: without the pages of files.
    peak_mb: float
    own_mb: float
    #: Until the rows were made.
    rows_seconds: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.sent / self.seconds


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory_mb(what: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _broadcast(bot: Bot) -> int:
    """A broadcast to everybody, its rows made, paused."""
    async with bot.database.write() as session:
        officer = await session.scalar(select(RoleGrant.person_id).where(RoleGrant.role == Role.OFFICER))
        act = Act(session, bot.clock.now(), officer)
        one = await drafting.draft(act, Audience(TOP), {"words": _WORDS, "files": []}, None)
        await drafting.confirm(act, one.id, again=True, large_from=10**9)
    await bot.mailing_clock.settled()
    await _pause(bot, one.id, on=True)
    return one.id


async def _pause(bot: Bot, mailing_id: int, *, on: bool) -> None:
    async with bot.database.write() as session:
        at = bot.clock.now() if on else None
        await session.execute(update(Mailing).where(Mailing.id == mailing_id).values(paused_at=at))


async def _drain(url: str, send: str, folder: Path) -> Drained:
    telegram = (
        {}
        if send == "free"
        else {"token": TOKEN, "api": send, "per_second": 0, "chat_per_second": 0, "group_per_minute": 0}
    )
    settings = Settings(database={"url": url}, media={"folder": folder}, telegram=telegram)  # type: ignore[arg-type]
    bot = await build(settings, is_demo=False)
    if send == "free":
        assert isinstance(bot.channels, dict)
        bot.channels["telegram"] = Free()
    began = time.perf_counter()
    mailing_id = await _broadcast(bot)
    rows = time.perf_counter() - began
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    async with bot.running():
        await _pause(bot, mailing_id, on=False)
        began, cpu = time.perf_counter(), _cpu()
        bot.mailer._wake.set()  # noqa: SLF001 - as the clock of mailings does
        own = 0.0
        while True:
            await asyncio.sleep(0.1)
            own = max(own, _memory_mb("RssAnon"))
            async with bot.database.read() as session:
                one = await session.get_one(Mailing, mailing_id)
            if one.state is not MailingState.GOING:
                break
        seconds, cpu = time.perf_counter() - began, _cpu() - cpu
    return Drained(one.total, one.sent, seconds, cpu, _memory_mb("VmHWM"), own, rows)


def main() -> None:
    """Deliver, and print what it took."""
    url, send = sys.argv[1:3]
    with (
        tempfile.TemporaryDirectory() as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        done = runner.run(_drain(url, send, Path(folder)))
    print(json.dumps(asdict(done)))


if __name__ == "__main__":
    main()
