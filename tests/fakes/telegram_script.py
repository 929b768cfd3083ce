"""The phones of people who talk by a script on Telegram.

Beside ``{"text": "..."}`` a step is ``{"tap": "label"}`` (a button of the newest message, by its label or part of it),
``{"tap": "label", "data": "..."}`` (the data as it is) or ``{"photo": true}``.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.fakes.script import FIRST_ID, Stuck
from tests.fakes.telegram_json import file_json
from tests.fakes.telegram_people import command_entities
from tests.fakes.telegram_state import Json, SentMessage

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram


class TelegramPhones:
    """So many phones with Telegram."""

    def __init__(self, telegram: "FakeTelegram", number: int) -> None:
        """Nobody has written yet."""
        self._telegram = telegram
        self._profiles: list[Json] = [
            {
                "id": FIRST_ID + place,
                "is_bot": False,
                "first_name": f"Lan {place}",
                "language_code": "vi",
            }
            for place in range(number)
        ]
        #: The newest message of each.
        self._last: list[SentMessage | None] = [None] * number
        self._photo = telegram.state.keep("photo", b"\xff\xd8\xff\xe0 a small picture")

    def show_to(self, shown: Callable[[int, str], None]) -> None:
        """From now on tell of each message and edit."""

        def show(message: SentMessage) -> None:
            place = message.chat_id - FIRST_ID
            if 0 <= place < len(self._last):
                self._last[place] = message
                shown(place, message.text)

        self._telegram.methods.on_shown.append(show)

    def does(self, place: int, step: Json) -> None:
        """Write, send a photo, or press a button. Raises :class:`Stuck` when there is no such button."""
        profile, last = self._profiles[place], self._last[place]
        chat = {"id": profile["id"], "type": "private", "first_name": profile["first_name"]}
        update: Json
        if "tap" in step:
            message = {
                "message_id": last.message_id if last else 1,
                "date": int(time.time()),
                "chat": chat,
                "from": {"id": 42, "is_bot": True, "first_name": "Sáng kiến"},
                "text": "…",
            }
            update = {
                "callback_query": {
                    "id": str(self._telegram.state.number()),
                    "from": profile,
                    "chat_instance": "1",
                    "data": step.get("data") or _data(last, step["tap"]),
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
                    "from": profile,
                    **said,
                }
            }
        self._telegram.push(update)


def _data(last: SentMessage | None, label: str) -> str:
    """What the button of a message sends. Raises :class:`Stuck`."""
    rows = last.rows if last else []
    buttons = [button for row in rows for button in row if button.data]
    for fits in (str.__eq__, str.__contains__):
        for button in buttons:
            if button.data and fits(button.label, label):
                return button.data
    shown = last.text if last else ""
    raise Stuck(f"no button {label!r}: {[button.label for button in buttons]} under {shown!r}")
