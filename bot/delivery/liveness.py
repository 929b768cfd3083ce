"""Whether this process is alive, as the database sees it: what it has claimed is its own only as long as it is.

Each process has a row in which it says every few seconds that it is there. One that has been silent for too long is
taken for dead by any other: what it was sending is uncertain then, and its row is gone. It may only have been
stopped, and come back: nothing can be claimed without the row, and nothing leaves that was claimed in its name, so
that it has to begin anew, as another process.

On SQLite one process owns the file. Whatever is claimed when it begins was left by a dead one.
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.delivery.channel import NotSent
from storage.delivery import outbox, processes
from storage.delivery.tables import Process
from storage.engine import Database, Session
from storage.mailings import ledger
from storage.mailings.tables import Mailing

log = logging.getLogger(__name__)

#: How often a process says that it is there, and how long it is sure that nobody takes it for dead since it last did,
#: as parts of the time after which it is taken for dead.
_BEAT = 0.2
_SURE = 0.8

#: In whose name the message was claimed that the present task is sending.
_CLAIMED_BY: ContextVar[int | None] = ContextVar("claimed_by", default=None)

#: (session, mailing, now): a mailing moved on, or ended.
Told = Callable[[Session, Mailing, datetime], Awaitable[None]]


class DeclaredDead(Exception):
    """Others took this process for dead: what it has claimed is not its own any more."""

    def __init__(self, me: int) -> None:
        """The number under which it was."""
        super().__init__(f"process {me} was taken for dead")
        self.me = me


def _seconds() -> float:
    """Seconds that also pass while the machine sleeps, where it counts them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Liveness:
    """The process that we are, among those that send."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        told: Told,
        *,
        dead_after: timedelta,
        seconds: Callable[[], float] = _seconds,
    ) -> None:
        """``dead_after``: how long a silent process is waited for, the same for all. ``seconds`` only grow."""
        self._database = database
        self._clock = clock
        self._told = told
        self._dead_after = dead_after
        self._seconds = seconds
        self._me = 0
        self._sure_until = 0.0
        self._beginning = asyncio.Lock()
        self._stopping = asyncio.Event()

    async def begin(self) -> None:
        """Be there. On SQLite all that is claimed was left by a dead process."""
        if self._database.is_sqlite:
            async with self._database.write() as session:
                count = await self._bury(session, await processes.all_of_them(session))
            _say(count)
        await self._join()

    async def run(self) -> None:
        """Say that this process is there, and look for dead ones, until stopped."""
        every = None if self._database.is_sqlite else self._dead_after.total_seconds() * _BEAT
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await self._stopping.wait()
                    return
            try:
                await self.beat()
                await self.reap()
            except Exception as problem:  # noqa: BLE001 - drivers have errors of their own while they connect
                log.error("the database cannot be told that we are alive (%s)", type(problem).__name__)

    def stop(self) -> None:
        """Say nothing more; :meth:`run` then returns."""
        self._stopping.set()

    async def leave(self) -> None:
        """Be no more, at a clean end: what could not be finished is uncertain at once."""
        me, self._me = self._me, 0
        try:
            async with self._database.write() as session:
                mine = await session.get(Process, me)
                count = await self._bury(session, [mine] if mine is not None else [])
        except Exception as problem:  # noqa: BLE001 - as in run()
            log.error("the database cannot be told that we are leaving (%s)", type(problem).__name__)
        else:
            _say(count)

    # ------------------------------------------------------------ claiming and sending

    async def confirm(self, session: Session, me: int) -> int:
        """The number to claim under, sure to be this process's own until the transaction ends.

        ``me``: the number under which the caller has claimed until now, 0 at first. Raises :class:`DeclaredDead` when
        that is not this process's any more: whatever was claimed under it is to be let go, and :meth:`anew` asked.
        """
        if me not in (0, self._me):
            raise DeclaredDead(me)
        if not self._database.is_sqlite and not await processes.is_there(session, self._me):
            raise DeclaredDead(self._me)
        return self._me

    async def anew(self, dead: int) -> None:
        """Begin anew as another process, unless that was done already since ``dead`` was taken for dead."""
        async with self._beginning:
            if self._me == dead:
                log.warning(
                    "this process was taken for dead; it lets go of what it had claimed, and begins anew"
                )
                await self._join()

    def leaving_as(self, me: int) -> None:
        """What the present task sends was claimed under this number."""
        _CLAIMED_BY.set(me)

    def still(self) -> None:
        """Raise :class:`NotSent` unless what the present task sends is surely still this process's to send.

        Asked last before a message leaves, after all waiting. What nobody claimed, such as answers, may always.
        """
        me = _CLAIMED_BY.get()
        if me is not None and (me != self._me or self._seconds() > self._sure_until):
            raise NotSent("this process may have been taken for dead")

    # ------------------------------------------------------------ living and dying

    async def _join(self) -> None:
        before = self._seconds()
        async with self._database.write() as session:
            me = await processes.join(session, f"{socket.gethostname()}:{os.getpid()}")
        self._me = me
        self._is_sure(before)

    def _is_sure(self, since: float) -> None:
        if self._database.is_sqlite:
            self._sure_until = float("inf")
        else:
            self._sure_until = since + self._dead_after.total_seconds() * _SURE

    async def beat(self) -> None:
        """Say that this process is there. Whoever claims next finds out if it is not."""
        me, before = self._me, self._seconds()
        async with self._database.write() as session:
            there = await processes.beat(session, me)
        if there and me == self._me:
            self._is_sure(before)

    async def reap(self) -> None:
        """Take those for dead that have been silent for too long (on PostgreSQL)."""
        async with self._database.write() as session:
            dead = await processes.silent(session, self._dead_after, besides=self._me)
            count = await self._bury(session, dead)
            names = [process.name for process in dead]
        for name in names:
            log.warning("process %s has said nothing for %s, and is taken for dead", name, self._dead_after)
        _say(count)

    async def _bury(self, session: Session, dead: Sequence[Process]) -> int:
        """Write what became of all that these processes were sending. Gives how many messages are uncertain by it."""
        if not dead:
            return 0
        ids = [process.id for process in dead]
        now = self._clock.now()
        counts = await ledger.give_up_on(session, ids)
        count = await outbox.give_up_on(session, ids, now)
        for mailing_id in sorted(counts):
            await ledger.finish(session, mailing_id, now)
            mailing = await session.get(Mailing, mailing_id, populate_existing=True)
            if mailing is not None:
                await self._told(session, mailing, now)
        await processes.remove(session, ids)
        return count + sum(counts.values())


def _say(count: int) -> None:
    if count:
        log.warning(
            "%d messages were being sent when a process ended; whether they arrived is not known", count
        )
