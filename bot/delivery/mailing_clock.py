"""The clock of all mailings: at each look, what is due begins, and its rows are made in pieces.

Everything it knows is in the database: after an hour or three days of downtime it finds what is due by now. A mailing
whose moment has passed is marked as skipped, with the reason; nothing is sent because it was once planned.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.clock import Clock
from bot.delivery.liveness import Told
from storage.engine import Database, Session
from storage.mailings import making
from storage.mailings.tables import Mailing, MailingState
from storage.units import tree

log = logging.getLogger(__name__)

#: How many people's rows are made in one transaction. On SQLite whoever writes to the bot meanwhile waits for its end,
#: so they are few; on PostgreSQL nobody waits, and larger pieces take a third less time in all.
_PIECE_SQLITE = 2_000
_PIECE_POSTGRESQL = 10_000

#: (session, mailing, now) → why it is not to be sent after all; None when it is.
Objection = Callable[[Session, Mailing, datetime], Awaitable[str | None]]
#: (session, now): what else is done at each look, such as beginning and ending campaigns.
AtEachLook = Callable[[Session, datetime], Awaitable[None]]


class MailingClock:
    """Follows the plans until stopped. Several processes may each run one on PostgreSQL."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        objections: Sequence[Objection],
        told: Told,
        chores: Sequence[AtEachLook],
        wake: asyncio.Event,
        look_every: float = 1.0,
        piece: int | None = None,
    ) -> None:
        """``wake`` is set when a mailing begins to be sent."""
        self._database = database
        self._clock = clock
        self._objections = objections
        self._told = told
        self._chores = chores
        self._wake = wake
        self._look_every = look_every
        self._piece = piece or (_PIECE_SQLITE if database.is_sqlite else _PIECE_POSTGRESQL)
        self._stopping = asyncio.Event()
        self._one_look = asyncio.Lock()

    async def run(self) -> None:
        """Look again and again until stopped."""
        while not self._stopping.is_set():
            try:
                moved = await self.look()
            except Exception as problem:  # noqa: BLE001 - drivers have errors of their own while they connect
                log.error("what is due cannot be read (%s); trying again", type(problem).__name__)
                moved = False
            if not moved:
                try:
                    async with asyncio.timeout(self._look_every):
                        await self._stopping.wait()
                except TimeoutError:
                    pass

    def stop(self) -> None:
        """Make no more rows; :meth:`run` then returns."""
        self._stopping.set()

    async def settled(self) -> None:
        """Do all that is due now. For tests and command lines."""
        while await self.look():
            pass

    async def look(self) -> bool:
        """One look, after whichever is under way; whether there is more to do at once."""
        async with self._one_look:
            return await self._look()

    async def _look(self) -> bool:
        now = self._clock.now()
        async with self._database.write() as session:
            for chore in self._chores:
                await chore(session, now)
        moved = False
        while await self._advance(now):
            moved = True
            if self._stopping.is_set():
                break
        if moved:
            self._wake.set()
        return moved

    async def _advance(self, now: datetime) -> bool:
        """One step of one mailing, in a transaction of its own; False when none is due."""
        async with self._database.write() as session:
            found = await making.due(session, now, limit=1)
            if not found:
                return False
            mailing = found[0]
            if mailing.state is MailingState.PLANNED:
                reason = await self._reason_against(session, mailing, now)
                if reason is not None:
                    mailing.state, mailing.reason, mailing.ended_at = MailingState.SKIPPED, reason, now
                    await self._told(session, mailing, now)
                    return True
                mailing.state, mailing.started_at = MailingState.MAKING, now
            await self._make(session, mailing, now)
        return True

    async def _reason_against(self, session: Session, mailing: Mailing, now: datetime) -> str | None:
        """Why a mailing is not begun; None when it is."""
        for objection in self._objections:
            reason = await objection(session, mailing, now)
            if reason is not None:
                return reason
        return "late" if now >= mailing.until else None

    async def _make(self, session: Session, mailing: Mailing, now: datetime) -> None:
        path = await tree.path_of(session, mailing.audience["unit_id"])
        if path is None or not await making.make_rows(session, mailing, path, self._piece):
            await making.all_made(session, mailing)
            mailing.state = MailingState.GOING
            if not mailing.total:
                mailing.state, mailing.reason, mailing.ended_at = MailingState.DONE, "nobody", now
            await session.flush()
            await self._told(session, mailing, now)
