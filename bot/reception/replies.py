"""Sending the answers: in order for each chat, side by side for all, held only where a messenger asks to wait."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from bot.conversation.vocabulary import Reply
from bot.delivery.channel import Channel, NotSent, SendError, TryLater, Uncertain, Unreachable

log = logging.getLogger(__name__)

#: When more answers than this wait for one chat, the older ones are passed over: the last shows where they are.
_WAITING = 5

#: How often an answer that surely did not leave is tried, with waits that double from a quarter of a second.
_TRIES = 12

Key = tuple[str, str]


class Replies:
    """The answers on their way. ``after`` is told which updates have been answered (or never will be)."""

    def __init__(self, channels: Mapping[str, Channel], after: Callable[[Iterable[Key]], None]) -> None:
        """Answers go out over ``channels``."""
        self._channels = channels
        self._after = after
        self._waiting: dict[Key, deque[Reply]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._settled = asyncio.Event()
        self._settled.set()
        self._stopped = asyncio.Event()

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits."""
        return self._settled.is_set()

    async def settled(self) -> None:
        """Wait until nothing waits."""
        await self._settled.wait()

    def pending(self) -> set[Key]:
        """The updates whose answers wait."""
        return {
            (reply.incoming.channel, reply.incoming.key)
            for waiting in self._waiting.values()
            for reply in waiting
        }

    def add(self, reply: Reply) -> None:
        """Send an answer when those before it in the same chat are sent."""
        key = (reply.to.channel, reply.to.chat)
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.append(reply)
            if len(waiting) > _WAITING:
                # The first one is being sent; drop the oldest of those that wait.
                dropped = waiting[1]
                del waiting[1]
                self._after([(dropped.incoming.channel, dropped.incoming.key)])
            return
        self._waiting[key] = deque((reply,))
        self._settled.clear()
        task = asyncio.create_task(self._drain(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Take back what has not left; it is shown again at the next start."""
        self._stopped.set()

    async def run(self) -> None:
        """Keep going until stopped; answers under way are then cut off, and shown again at the next start."""
        try:
            await self._stopped.wait()
        finally:
            for task in self._tasks:
                task.cancel()

    async def _drain(self, key: Key) -> None:
        waiting = self._waiting[key]
        while waiting:
            reply = waiting[0]
            try:
                await self._send(reply)
            except Exception:
                log.exception("an answer over %s failed", reply.to.channel)
            waiting.popleft()
            self._after([(reply.incoming.channel, reply.incoming.key)])
        del self._waiting[key]
        if not self._waiting:
            self._settled.set()

    async def _send(self, reply: Reply) -> None:
        channel = self._channels[reply.to.channel]
        wait = 0.25
        for _ in range(_TRIES):
            try:
                await channel.answer(reply)
            except TryLater as problem:
                await asyncio.sleep(problem.seconds)
            except NotSent as problem:
                log.warning(
                    "an answer over %s did not leave (%s); trying again in %.2f s",
                    channel.name,
                    problem,
                    wait,
                )
                await asyncio.sleep(wait)
                wait = min(wait * 2, 60.0)
            except Unreachable:
                return
            except Uncertain as problem:
                log.warning("an answer over %s may not have arrived: %s", channel.name, problem)
                return
            except SendError as problem:
                log.error("an answer over %s was refused: %s", channel.name, problem)
                return
            else:
                return
        log.error("an answer over %s was given up after %d tries", channel.name, _TRIES)
