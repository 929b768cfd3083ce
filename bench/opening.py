"""Making the rows of a campaign's opening for a whole union, while people talk to the bot on the same database."""

import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time as clock_time
from datetime import timedelta
from pathlib import Path

import uvloop
from sqlalchemy import select, update

from bench.conversation import steps
from bench.filling import databases, made
from bench.free import Free
from bench.union import FIRST_ID, TOP, Size, tables
from bot.app import Bot
from bot.config import Settings
from bot.conversation.vocabulary import Incoming, IncomingKind
from bot.handlers.features import all_features
from bot.services.act import Act
from bot.services.campaigns import making
from bot.services.campaigns.plan import PlanStep, When, Whom
from bot.wiring import build
from storage.campaigns.tables import CampaignKind
from storage.mailings.tables import Mailing, MailingState
from storage.people.tables import Role, RoleGrant

_TALKERS = 20
#: Seconds between somebody's answer and their next message.
_THINKS = (0.4, 0.8)
#: Seconds of talk before, to compare with.
_BEFORE_S = 5.0
_WANTED_S = 60.0
_WANTED_P95_MS = 200.0


@dataclass(slots=True)
class _Talk:
    """People who submit one initiative after the other; how long each answer took, in milliseconds."""

    bot: Bot
    free: Free
    waits: list[float] = field(default_factory=list)
    _number: "itertools.count[int]" = field(default_factory=itertools.count)

    async def person(self, place: int) -> None:
        chat = str(FIRST_ID + place)
        dice = random.Random(place)
        for number in itertools.count():
            for step in steps(place + number * _TALKERS):
                await asyncio.sleep(dice.uniform(*_THINKS))
                await self._say(chat, step["text"])

    async def _say(self, chat: str, text: str) -> None:
        answered = self.free.waiting[chat] = asyncio.get_running_loop().create_future()
        number = next(self._number)
        began = time.perf_counter()
        await self.bot.desk.accept(
            Incoming("telegram", f"b{number}", number, IncomingKind.TEXT, chat, chat, text=text)
        )
        await answered
        self.waits.append((time.perf_counter() - began) * 1000)


def _parts(waits: Sequence[float]) -> tuple[float, float, float]:
    """The middle one, the 95th of a hundred, the longest."""
    ordered = sorted(waits)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 95 // 100], ordered[-1]


async def _plan(bot: Bot) -> int:
    """A peak week that opens today, as an officer makes it."""
    async with bot.database.write() as session:
        officer = await session.scalar(select(RoleGrant.person_id).where(RoleGrant.role == Role.OFFICER))
        act = Act(session, bot.clock.now(), officer)
        opening = PlanStep("opening", "opening", Whom.WORKERS, When.FIRST, clock_time(0))
        wanted = making.Wanted(
            "Tuần sáng kiến",
            CampaignKind.PEAK_WEEK,
            TOP,
            act.today,
            act.today + timedelta(days=6),
            (opening,),
            1_000,
        )
        await making.make(act, bot.services.programmes, wanted)
        one = (await session.scalars(select(Mailing))).one()
        one.paused_at = act.now
    return one.id


async def _measure(url: str, folder: Path) -> tuple[int, float, Sequence[float], Sequence[float]]:
    settings = Settings(database={"url": url}, media={"folder": folder / "media"})  # type: ignore[arg-type]
    bot = await build(settings, is_demo=False)
    assert isinstance(bot.channels, dict)
    free = bot.channels["telegram"] = Free()
    mailing_id = await _plan(bot)
    talk = _Talk(bot, free)
    async with bot.running():
        people = [asyncio.create_task(talk.person(place)) for place in range(_TALKERS)]
        await asyncio.sleep(2)
        talk.waits.clear()
        await asyncio.sleep(_BEFORE_S)
        before, talk.waits = talk.waits, []
        async with bot.database.write() as session:
            await session.execute(update(Mailing).values(paused_at=None))
        began, shown = time.perf_counter(), 0.0
        while True:
            async with bot.database.read() as session:
                one = await session.get_one(Mailing, mailing_id)
            took = time.perf_counter() - began
            if one.state not in (MailingState.PLANNED, MailingState.MAKING):
                break
            if took - shown > 2:
                shown = took
                print(f"\r  {one.total:>9} rows after {took:4.0f} s", end="", flush=True)
            await asyncio.sleep(0.05)
        during = talk.waits
        for person in people:
            person.cancel()
        await asyncio.gather(*people, return_exceptions=True)
    print(f"\r{'':40}\r", end="", flush=True)
    return one.total, took, before, during


def measure(people: int) -> None:
    """Make them, and print how long it took and how long others waited."""
    all_features()  # what a bot has loaded is loaded
    units = max(people // 500, 10)
    print(
        f"The opening of a campaign: {people} people in {units} units, {_TALKERS} people talking meanwhile",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as name, databases(Path(name)) as create:
        found = {}
        for engine in ("SQLite", "PostgreSQL"):
            print(f"  {engine}:", end="", flush=True)
            url = create(engine, "opening")
            # A few are not registered, want no reminders, have no account that can be reached, or steer.
            made(url, tables(Size(people * 11 // 10, units), sqlite=engine == "SQLite"))
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                found[engine] = runner.run(_measure(url, Path(name)))
    head = f"\n{'':12}{'rows':>10}{'seconds':>9}   {'':14}{'an answer meanwhile: p50 / p95 / longest ms':>46}"
    print(f"{head}{'before':>24}")
    for engine, (rows, seconds, before, during) in found.items():
        p50, p95, longest = _parts(during)
        fast, patient = seconds < _WANTED_S, p95 < _WANTED_P95_MS
        print(
            f"{engine:12}{rows:>10}{seconds:>9.1f}   under {_WANTED_S:.0f} s: {'yes' if fast else 'NO'}"
            f"{f'{p50:.0f} / {p95:.0f} / {longest:.0f}':>24} ({len(during)})   p95 under {_WANTED_P95_MS:.0f}: "
            f"{'yes' if patient else 'NO'}{' / '.join(f'{one:.0f}' for one in _parts(before)):>24}",
            flush=True,
        )
    print(flush=True)
