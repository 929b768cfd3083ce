"""The same conversation through each messenger's door, one after the other: does any of them slow people down?

Every door has its own stand-in, in a process of its own, and a fresh database with the same people. They say the same
nine things; each says the next one as soon as the last is answered. The doors take turns, several times over. Shown are
the run in the middle, and the middle one of the ratios of each turn: what else the machine does meanwhile concerns
those of one turn alike.
"""

import asyncio
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

from bench import stage
from bench.conversation import saved, steps
from tests.fakes.script import FIRST_ID
from tests.fakes.telegram import TOKEN
from tests.fakes.zalo_bot import TOKEN as ZALO_TOKEN

_SECRET = "only-for-this-run"  # noqa: S105 - between the bot and a stand-in
#: How much slower than Telegram a messenger may be.
_WITHIN = 0.8
#: From a machine in the country to Zalo's servers and back.
_ROUND_TRIP_S = 0.03

Environment = Mapping[str, str]


def _telegram(server: stage.Server, _root: str) -> Environment:
    return {
        "SANGKIEN_TELEGRAM__TOKEN": TOKEN,
        "SANGKIEN_TELEGRAM__API": server.root,
        **stage.unlimited("TELEGRAM"),
    }


def _telegram_webhook(server: stage.Server, root: str) -> Environment:
    return {**_telegram(server, root), **_by_webhook("TELEGRAM")}


def _zalo_bot(server: stage.Server, _root: str) -> Environment:
    return {
        "SANGKIEN_ZALO_BOT__TOKEN": ZALO_TOKEN,
        "SANGKIEN_ZALO_BOT__API": server.root,
        "SANGKIEN_ZALO_BOT__MONTHLY_MESSAGES": "0",
        "SANGKIEN_ZALO_BOT__PEOPLE": "0",
        **stage.unlimited("ZALO_BOT"),
    }


def _zalo_bot_webhook(server: stage.Server, root: str) -> Environment:
    return {**_zalo_bot(server, root), **_by_webhook("ZALO_BOT")}


def _zalo_oa(server: stage.Server, root: str) -> Environment:
    account = server.call("account", {"webhook": f"{root}/zalo-oa"})
    return {f"SANGKIEN_ZALO_OA__{name.upper()}": str(value) for name, value in account.items()}


def _by_webhook(name: str) -> Environment:
    return {f"SANGKIEN_{name}__MODE": "webhook", f"SANGKIEN_{name}__WEBHOOK_SECRET": _SECRET}


@dataclass(frozen=True, slots=True)
class Door:
    """One way into the bot."""

    name: str
    channel: str
    stand_in: tuple[str, ...]
    #: The bot's settings, for a stand-in and the root of the bot's own addresses.
    settings: Callable[[stage.Server, str], Environment]
    #: Whether it is held to Telegram's rate.
    is_held: bool = True


_POLLING, _WEBHOOK = "Telegram, polling", "Telegram, webhook"
_ZALO_POLLING = "Zalo Bot Platform, polling"
DOORS = (
    Door(_POLLING, "telegram", stage.TELEGRAM, _telegram),
    Door(_WEBHOOK, "telegram", stage.TELEGRAM, _telegram_webhook),
    Door("Zalo Bot Platform, webhook", "zalo_bot", ("tests.fakes.zalo_bot",), _zalo_bot_webhook),
    Door("Zalo Official Account, webhook", "zalo_oa", ("tests.fakes.zalo_oa",), _zalo_oa),
    Door(_ZALO_POLLING, "zalo_bot", ("tests.fakes.zalo_bot",), _zalo_bot, is_held=False),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One run through one door."""

    rate: float
    p50: float
    p99: float
    cpu_ms: float
    saved: int
    unasked: int


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own bot on this machine
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _run(door: Door, people: int, folder: Path) -> Result:
    from bench.members import register  # noqa: PLC0415
    from storage.migrate import upgrade  # noqa: PLC0415

    url = f"sqlite:///{folder}/bench.db"
    upgrade(url)
    asyncio.run(register(url, door.channel, [str(FIRST_ID + place) for place in range(people)]))
    port = stage.free_port()
    root = f"http://127.0.0.1:{port}"
    with stage.server(door.stand_in) as server:
        settings = {
            **stage.storing(url, folder),
            "SANGKIEN_WEB__PORT": str(port),
            **door.settings(server, root),
        }
        with stage.bot(stage.OURS, folder, settings) as bot:
            bot.until(lambda: _answers(f"{root}/health"), seconds=60)
            before = bot.cpu_seconds
            server.call("script", {"people": [steps(place) for place in range(people)]})
            bot.until(lambda: bool(server.call("script")["done"]), seconds=180)
            used = bot.cpu_seconds - before
            told = server.call("script")
    updates = told["updates"]
    return Result(
        updates / told["seconds"],
        told["p50"],
        told["p99"],
        used / updates * 1000,
        saved(folder),
        told["unasked"],
    )


def measure(people: int, rounds: int) -> None:
    """Run all, in turn, and print the table."""
    print(
        f"A submission through each door: {people} people, 9 updates each, the middle one of {rounds} "
        f"run{'s' if rounds > 1 else ''}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    results: dict[str, list[Result]] = {door.name: [] for door in DOORS}
    for number in range(rounds):
        for door in DOORS:
            with tempfile.TemporaryDirectory() as folder:
                result = _run(door, people, Path(folder))
            results[door.name].append(result)
            print(f"  {number + 1}: {door.name:34}{result.rate:>8.0f}/s", flush=True)
    middle = {
        name: next(one for one in found if one.rate == median_low(run.rate for run in found))
        for name, found in results.items()
    }
    print(
        f"\n{'':34}{'updates/s':>10}{'p50 ms':>8}{'p99 ms':>8}{'CPU ms':>8}{'saved':>7}"
        f"  of Telegram's polling, webhook"
    )
    for door in DOORS:
        one = middle[door.name]
        ratios = [
            median_low(
                mine.rate / its.rate for mine, its in zip(results[door.name], results[name], strict=True)
            )
            for name in (_POLLING, _WEBHOOK)
        ]
        compared = "".join(f"{ratio:>8.2f} {_verdict(door, ratio):4}" for ratio in ratios)
        print(
            f"{door.name:34}{one.rate:>10.0f}{one.p50 * 1000:>8.0f}{one.p99 * 1000:>8.0f}{one.cpu_ms:>8.2f}"
            f"{one.saved:>7}{compared}"
        )
        if one.saved != people or one.unasked:
            print(f"  NO: {people} should be saved, and {one.unasked} messages came that nobody waited for")
    slow = middle[_ZALO_POLLING].rate
    far = 1 / (1 / slow + _ROUND_TRIP_S)
    print(
        f"\nyes: within {1 - _WITHIN:.0%}. Polled, Zalo hands out one update at a time, and never again: each is on "
        f"the disk before\nthe next is asked for, so a poll's way there and back and a commit are its ceiling: "
        f"{slow:.0f}/s beside the server,\n{far:.0f}/s where the way takes {_ROUND_TRIP_S * 1000:.0f} ms (computed). "
        f"Its plan ends at 50 people and 3.000 messages a month.\n",
        flush=True,
    )


def _verdict(door: Door, ratio: float) -> str:
    if door.channel == "telegram" or not door.is_held:
        return ""
    return "yes" if ratio >= _WITHIN else "NO"
