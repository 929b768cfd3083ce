"""People who talk by a script, for benches: each takes the next step once the bot has answered the last.

A step is ``{"text": "..."}``, or what else the phones of a messenger can do (see there); with ``"answers": n`` the
person waits for n messages (or edits) before they go on, and with ``"pause": s`` they do nothing for so many seconds
before it. Messages in which the words ``aside`` stand answer nobody.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

Json: TypeAlias = dict[str, Any]

#: What the first of them is called at their messenger; the others follow. The bot has to know them by these ids.
FIRST_ID = 500_001


class Stuck(Exception):
    """A step that cannot be done; says why."""


class Phones(Protocol):
    """The phones of all who talk by a script, by place: 0 for the first of them."""

    def does(self, place: int, step: Json) -> None:
        """Do a step, without waiting for the bot. Raises :class:`Stuck`."""

    def show_to(self, shown: Callable[[int, str], None]) -> None:
        """From now on tell of each message that somebody gets: their place, and its text."""


@dataclass(slots=True)
class _Scripted:
    steps: Sequence[Json]
    at: int = 0
    owed: int = 0
    since: float = 0.0


class Scripts:
    """All the scripted people, and how long the bot let them wait."""

    def __init__(self, phones: Phones, people: Sequence[Sequence[Json]], aside: str = "") -> None:
        """``people``: the steps of each, who have a phone each."""
        self._phones = phones
        self._aside = aside
        self._people = [_Scripted(steps) for steps in people]
        self._waits: list[float] = []
        self._stuck: list[str] = []
        self._unasked = 0
        self._left = len(self._people)
        self._began = self._ended = 0.0

    def start(self) -> None:
        """Everybody does their first step at once."""
        self._phones.show_to(self._shown)
        self._began = time.monotonic()
        for place in range(len(self._people)):
            self._go_on(place)

    def report(self) -> Json:
        """Whether all are done, the seconds since the first step, and the waits for answers in seconds."""
        waits = sorted(self._waits)
        ended = self._ended or time.monotonic()
        return {
            "done": self._left == 0,
            "left": self._left,
            "updates": len(waits),
            "seconds": ended - self._began,
            **{
                f"p{part}": waits[min(len(waits) - 1, len(waits) * part // 100)] if waits else None
                for part in (50, 95, 99)
            },
            "longest": waits[-1] if waits else None,
            # Messages beyond those that were waited for: with any of them, a step was taken too early.
            "unasked": self._unasked,
            "stuck": self._stuck[:5],
        }

    def _go_on(self, place: int) -> None:
        person = self._people[place]
        pause = float(person.steps[person.at].get("pause", 0.0))
        if pause:
            asyncio.get_running_loop().call_later(pause, self._step, place)
        else:
            self._step(place)

    def _step(self, place: int) -> None:
        person = self._people[place]
        step = person.steps[person.at]
        person.at += 1
        person.owed = int(step.get("answers", 1))
        person.since = time.monotonic()
        try:
            self._phones.does(place, step)
        except Stuck as problem:
            self._stuck.append(f"{problem} (step {person.at})")

    def _shown(self, place: int, text: str) -> None:
        if self._aside and self._aside in text:
            return
        person = self._people[place]
        if not person.owed:
            self._unasked += 1
            return
        person.owed -= 1
        if person.owed:
            return
        self._waits.append(time.monotonic() - person.since)
        if person.at < len(person.steps):
            self._go_on(place)
        else:
            self._left -= 1
            if not self._left:
                self._ended = time.monotonic()
