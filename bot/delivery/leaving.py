"""One screen on its way in several requests, of which none that has left is repeated for the sake of the rest."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from bot.delivery.channel import Held, NotSent, OutsideWindow, Rejected, TryLater, Uncertain
from bot.delivery.pace import Pace
from storage.delivery.tables import Lane

T = TypeVar("T")

#: How often a further part of a screen is tried, whose first part has arrived, and how long it waits at most.
_TRIES = 4
_LONGEST_WAIT_S = 60.0


class Named(Protocol):
    """Does a request, in which what a library raises becomes one of our own errors."""

    async def __call__(self, request: Callable[[], Awaitable[T]], /) -> T:
        """The request's result. Raises :class:`SendError`."""


class Leaving:
    """The requests of one screen: each waits for its turn."""

    def __init__(
        self, pace: Pace, chat: str, lane: Lane, *, named: Named | None = None, is_group: bool = False
    ) -> None:
        """``named`` does a request and makes a :class:`SendError` of whatever else it raises."""
        self.chat = chat
        self._named = named
        self._pace = pace
        self._lane = lane
        self._is_group = is_group
        self._begun = False

    async def send(self, request: Callable[[], Awaitable[T]], *, messages: int = 1) -> T:
        """Do a request that makes so many messages.

        Before anything has left, its :class:`SendError` is raised as it is. What may be tried again afterwards is
        tried here, and ends as :class:`Uncertain` when it does not come through.
        """
        for attempt in range(_TRIES):
            try:
                leave = self._pace.leave(self.chat, self._lane, is_group=self._is_group, messages=messages)
                async with leave:
                    sent = await self._told(request)
            except TryLater as problem:
                if not self._begun:
                    raise
                await asyncio.sleep(min(problem.seconds, _LONGEST_WAIT_S))
            except NotSent:
                if not self._begun:
                    raise
                await asyncio.sleep(2.0**attempt)
            except (Rejected, OutsideWindow):
                if not self._begun:
                    raise
                break
            else:
                self._begun = True
                self._pace.passed()
                return sent
        raise Uncertain("only a part of it arrived")

    async def _told(self, request: Callable[[], Awaitable[T]]) -> T:
        """Do a request; the pace hears when the messenger asks to wait."""
        try:
            return await (request() if self._named is None else self._named(request))
        except Held:
            raise
        except TryLater as problem:
            await self._pace.refused(self.chat, problem.seconds)
            raise
