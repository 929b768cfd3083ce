"""People who talk by a script, for benches: each takes the next step once the bot has answered the last.

A step is ``{"text": "..."}``, ``{"tap": "label"}`` (a button of the newest message, by its label or part of
it), ``{"tap": "label", "data": "..."}`` (the data as it is) or ``{"photo": true}``; with ``"answers": n`` the
person waits for n messages (or edits) before they go on, and with ``"pause": s`` they do nothing for so many seconds
before it. Messages in which the words ``aside`` stand answer nobody.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.telegram_methods import file_json
from tests.fakes.telegram_people import command_entities
from tests.fakes.telegram_state import Json, SentMessage

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram

_FIRST_ID = 500_001


@dataclass(slots=True)
class _Scripted:
    profile: Json
    steps: Sequence[Json]
    at: int = 0
    owed: int = 0
    since: float = 0.0
    last: SentMessage | None = field(default=None, repr=False)


class Scripts:
    """All the scripted people, and how long the bot let them wait."""

    def __init__(self, telegram: "FakeTelegram", people: Sequence[Sequence[Json]], aside: str = "") -> None:
        """``people``: the steps of each."""
        self._telegram = telegram
        self._aside = aside
        self._people = {
            _FIRST_ID + place: _Scripted(
                {
                    "id": _FIRST_ID + place,
                    "is_bot": False,
                    "first_name": f"Lan {place}",
                    "language_code": "vi",
                },
                steps,
            )
            for place, steps in enumerate(people)
        }
        self._waits: list[float] = []
        self._stuck: list[str] = []
        self._left = len(self._people)
        self._began = self._ended = 0.0
        self._photo = telegram.state.keep("photo", b"\xff\xd8\xff\xe0 a small picture")

    def start(self) -> None:
        """Everybody does their first step at once."""
        self._telegram.methods.on_shown.append(self._shown)
        self._began = time.monotonic()
        for person in self._people.values():
            self._go_on(person)

    def _go_on(self, person: _Scripted) -> None:
        pause = float(person.steps[person.at].get("pause", 0.0))
        if pause:
            asyncio.get_running_loop().call_later(pause, self._step, person)
        else:
            self._step(person)

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
            "stuck": self._stuck[:5],
        }

    def _shown(self, message: SentMessage) -> None:
        person = self._people.get(message.chat_id)
        if person is None or not person.owed or (self._aside and self._aside in message.text):
            return
        person.last = message
        person.owed -= 1
        if person.owed:
            return
        self._waits.append(time.monotonic() - person.since)
        if person.at < len(person.steps):
            self._go_on(person)
        else:
            self._left -= 1
            if not self._left:
                self._ended = time.monotonic()

    def _step(self, person: _Scripted) -> None:
        step = person.steps[person.at]
        person.at += 1
        person.owed = int(step.get("answers", 1))
        person.since = time.monotonic()
        chat = {"id": person.profile["id"], "type": "private", "first_name": person.profile["first_name"]}
        update: Json
        if "tap" in step:
            data = step.get("data") or self._data(person, step["tap"])
            if data is None:
                return
            message = {
                "message_id": person.last.message_id if person.last else 1,
                "date": int(time.time()),
                "chat": chat,
                "from": {"id": 42, "is_bot": True, "first_name": "Sáng kiến"},
                "text": "…",
            }
            update = {
                "callback_query": {
                    "id": str(self._telegram.state.number()),
                    "from": person.profile,
                    "chat_instance": "1",
                    "data": data,
                    "message": message,
                }
            }
        else:
            said = (
                {"photo": file_json(self._photo)}
                if "photo" in step
                else {
                    "text": step["text"],
                    **command_entities(step["text"]),
                }
            )
            update = {
                "message": {
                    "message_id": self._telegram.state.next_message(),
                    "date": int(time.time()),
                    "chat": chat,
                    "from": person.profile,
                    **said,
                }
            }
        self._telegram.push(update)

    def _data(self, person: _Scripted, label: str) -> str | None:
        rows = person.last.rows if person.last else []
        buttons = [button for row in rows for button in row if button.data]
        for button in buttons:
            if button.label == label:
                return button.data
        for button in buttons:
            if label in button.label:
                return button.data
        shown = person.last.text if person.last else ""
        labels = [button.label for button in buttons]
        self._stuck.append(f"no button {label!r} at step {person.at}: {labels} under {shown!r}")
        return None
