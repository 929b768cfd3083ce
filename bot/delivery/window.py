"""What keeps a stall from turning an even row of messages into a crowd."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Window:
    """Keeps a stall, here or on the way, from turning an even row of messages into a crowd.

    Nobody knows when a messenger counts a message, only that it has by the time it answers. So whatever is under way
    counts, and what was answered within the last second (less the time that an answer usually takes); and two never
    leave closer together than the ceiling allows, however many were woken late.
    """

    def __init__(
        self, per_second: float, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """``per_second`` is the messenger's ceiling."""
        self._most = max(1, int(per_second))
        self._gap = 1.0 / per_second if per_second else 0.0
        self._clock = clock
        self._sleep = sleep
        self._door = asyncio.Lock()
        self._left = 0.0
        self._under_way = 0
        self._answered: deque[float] = deque()
        #: How long the last answers took; what is usual is the way alone, more is a stall.
        self._took: deque[float] = deque(maxlen=64)

    @asynccontextmanager
    async def under_way(self, messages: int) -> AsyncIterator[None]:
        """Leave when there is room, one after the other."""
        async with self._door:
            while (wait := max(self._left + self._gap - self._clock(), self._full_for(messages))) > 0:
                await self._sleep(wait)
            self._left = self._clock() + (messages - 1) * self._gap
        self._under_way += messages
        left = self._clock()
        try:
            yield
        finally:
            now = self._clock()
            self._under_way -= messages
            self._took.append(now - left)
            self._answered.extend([now - sorted(self._took)[len(self._took) // 2]] * messages)

    def _full_for(self, messages: int) -> float:
        """Seconds until there may be room for so many."""
        now = self._clock()
        while self._answered and self._answered[0] <= now - 1.0:
            self._answered.popleft()
        too_many = self._under_way + len(self._answered) + messages - self._most
        if too_many <= 0 or not (self._under_way or self._answered):
            return 0.0
        return self._answered[0] + 1.0 - now if self._answered else self._gap
