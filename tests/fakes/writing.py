"""The phones of people who talk by a script where there is nothing to press: all they do is write."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from tests.fakes.script import FIRST_ID, Json, Stuck


class Writer(Protocol):
    """Somebody with a phone."""

    def sends(self, text: str) -> Coroutine[Any, Any, object]:
        """Write; returns when it has left, with the bot's answer to the messenger where there is one."""


class WritingPhones:
    """So many of them. Each message is posted on its own, as many at once as there are people who write."""

    def __init__(
        self, meet: Callable[[str], Writer], on_shown: list[Callable[[str, str], None]], number: int
    ) -> None:
        """``meet``: makes somebody of an id at the messenger, which calls ``on_shown`` with the id and the text."""
        ids = [str(FIRST_ID + place) for place in range(number)]
        self._people = [meet(one) for one in ids]
        self._places = {one: place for place, one in enumerate(ids)}
        self._on_shown = on_shown
        self._under_way: set[asyncio.Task[object]] = set()

    def show_to(self, shown: Callable[[int, str], None]) -> None:
        """From now on tell of each message."""

        def show(user_id: str, text: str) -> None:
            place = self._places.get(user_id)
            if place is not None:
                shown(place, text)

        self._on_shown.append(show)

    def does(self, place: int, step: Json) -> None:
        """Write."""
        if "text" not in step:
            raise Stuck(f"nobody can do {step} here")
        task = asyncio.create_task(self._people[place].sends(step["text"]))
        # What goes wrong with it is written to the log when the task is forgotten.
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
