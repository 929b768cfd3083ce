"""The access token that every request needs, and the single-use refresh token that brings the next one.

A refresh kills the token it was made with. So one process at a time may do it, and it writes down that it is going to
before it asks; what comes back is stored before anything uses it. The only moment at which a token can be lost for good
is when the process dies between Zalo's answer and the commit that follows at once: then Zalo says no to the next
attempt, and somebody has to get a new one by hand, which is told where they will see it.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.channels.zalo_oa.client import RenewalFailed, Renewed
from bot.clock import Clock
from bot.services.act import Act
from bot.services.mailings import kinds
from bot.services.people import teams
from storage.delivery import credentials
from storage.delivery.credentials import Access, Lost, RenewalTurn
from storage.engine import Database, Session
from storage.trouble import is_trouble

log = logging.getLogger(__name__)

#: Under this name the tokens are kept.
NAME = "zalo_oa"
#: What part of an access token's life it is used for: 24 of its 25 hours.
_USED_PART = 0.96
#: A turn older than this was left by a process that died: a refresh takes 15 s at most.
_PATIENCE = timedelta(minutes=1)
#: How often one looks whether another process has done it, in seconds.
_LOOK_S = 0.25
#: After a failure it is not tried again for so long, so that a wrong setting is no storm of requests.
_REST = timedelta(seconds=30)
#: How often it is looked whether the token has to be renewed: an account that is silent for months keeps its access.
_KEEP_S = 1800.0

WHAT_TO_DO = (
    "get a new refresh token at developers.zalo.me (API Explorer, OA Access Token) and put it in with "
    "`python -m bot zalo-oa token`, or as zalo_oa.refresh_token"
)


class NoToken(Exception):
    """There is no access now. ``is_lost``: nor will there be any before somebody acts."""

    def __init__(self, why: str, *, is_lost: bool = False) -> None:
        """``why``: in words, without any token."""
        super().__init__(why)
        self.is_lost = is_lost


class Tokens:
    """Gives the access token, renewed when needed. One for each process; the database keeps them apart."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        renew: Callable[[str], Awaitable[Renewed]],
        given: str,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``given``: the refresh token of the settings, taken when it is one that they never gave before."""
        self._database = database
        self._clock = clock
        self._renew = renew
        self._given = given
        self._sleep = sleep
        self._known: Access | None = None
        self._one = asyncio.Lock()
        self._offered = False
        self._rest_until: datetime | None = None
        self._rest_why = ""
        self._is_told = False
        self._renewing: set[asyncio.Task[str]] = set()

    async def access(self, *, stale: str = "") -> str:
        """A token that may be used, other than the ``stale`` one that Zalo refused. Raises :class:`NoToken`."""
        if (known := self._fresh(stale)) is not None:
            return known
        async with self._one:
            if (known := self._fresh(stale)) is not None:
                return known
            return await self._obtain(stale)

    def _fresh(self, stale: str) -> str | None:
        known = self._known
        if known is None or known.token == stale or self._clock.now() >= known.until:
            return None
        return known.token

    async def _obtain(self, stale: str) -> str:
        while True:
            now = self._clock.now()
            async with self._database.write() as session:
                if not self._offered and self._given:
                    await credentials.offer(session, NAME, self._given, now)
                found = await self._turn(session, now, stale)
            self._offered = True
            if isinstance(found, Access):
                self._known, self._is_told, self._rest_until = found, False, None
                return found.token
            if isinstance(found, Lost):
                self._tell(f"it was lost on {found.since:%Y-%m-%d %H:%M} UTC ({found.why})")
                raise NoToken(found.why, is_lost=True)
            if isinstance(found, RenewalTurn):
                # In a task of its own: whoever asked may be cancelled, and what Zalo gives must be stored all the same.
                task = asyncio.create_task(self._refresh(found))
                self._renewing.add(task)
                task.add_done_callback(self._forget)
                return await asyncio.shield(task)
            await self._sleep(_LOOK_S)

    def _forget(self, task: asyncio.Task[str]) -> None:
        self._renewing.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited for it has seen it, and may be gone

    async def _turn(self, session: Session, now: datetime, stale: str) -> Access | RenewalTurn | Lost | None:
        try:
            if self._rest_until is not None and now < self._rest_until:
                row = await credentials.get(session, NAME)
                # Another process may have had more luck, or somebody put in a new one.
                if row is None or not row.access or row.access == stale:
                    raise NoToken(self._rest_why)
            return await credentials.take_turn(
                session, NAME, now, stale=stale, mark=secrets.token_hex(8), patience=_PATIENCE
            )
        except KeyError:
            self._tell("none was given yet")
            raise NoToken("no refresh token was given", is_lost=True) from None

    async def _refresh(self, turn: RenewalTurn) -> str:
        if turn.after_a_crash:
            log.warning("Zalo: a refresh was begun and its end is not known; trying once more")
        try:
            renewed = await self._renew(turn.renewal)
        except RenewalFailed as problem:
            await self._failed(turn, problem)
            raise NoToken(str(problem), is_lost=problem.is_dead) from None
        now = self._clock.now()
        access = Access(renewed.access, now + renewed.lasts * _USED_PART)
        await self._store(turn, renewed, access, now)
        self._known, self._is_told, self._rest_until = access, False, None
        log.info("Zalo: the access token was renewed, good until %s", f"{access.until:%Y-%m-%d %H:%M} UTC")
        return access.token

    async def _store(self, turn: RenewalTurn, renewed: Renewed, access: Access, now: datetime) -> None:
        """Until this is done the tokens are nowhere but here, so it is tried until it is."""
        wait = 0.05
        while True:
            try:
                async with self._database.write() as session:
                    Act(session, now, None).record("token_renewed", channel=NAME)
                    await credentials.renewed(
                        session, NAME, turn, renewal=renewed.renewal, access=access, now=now
                    )
            except Exception as problem:
                if not is_trouble(problem):
                    raise
                log.critical(
                    "Zalo's new tokens cannot be stored (%s): do not end this process, they would be lost",
                    type(problem).__name__,
                )
            else:
                return
            await self._sleep(wait)
            wait = min(wait * 2, 5.0)

    async def _failed(self, turn: RenewalTurn, problem: RenewalFailed) -> None:
        now = self._clock.now()
        async with self._database.write() as session:
            await credentials.not_renewed(
                session, NAME, turn, now, lost_why=str(problem) if problem.is_dead else ""
            )
            if problem.is_dead:
                # Over whatever else reaches them: over this messenger nothing does any more.
                await teams.tell_those_above_all(
                    Act(session, now, None), kinds.PLAN, f"plan:{NAME}:access_lost:{turn.mark}",
                    channel=NAME, what="access_lost", n=0, limit=0,
                )  # fmt: skip
        if problem.is_dead:
            self._tell(str(problem))
        else:
            self._rest_until, self._rest_why = now + _REST, str(problem)
            log.error("Zalo: no new access token (%s); trying again", problem)

    def _tell(self, why: str) -> None:
        if not self._is_told:
            self._is_told = True
            log.critical(
                "Zalo lets the bot in no more, since its refresh token is gone: %s. %s", why, WHAT_TO_DO
            )

    # ------------------------------------------------------------ keeping it

    async def keep(self) -> None:
        """Renew in time, also when nobody writes; until cancelled."""
        while True:
            try:
                await self.access()
            except NoToken as problem:
                log.debug("no access to Zalo now: %s", problem)
            except Exception as problem:  # noqa: BLE001 - drivers have errors of their own while they connect
                log.error("Zalo's tokens cannot be read (%s); trying again", type(problem).__name__)
            await self._sleep(_KEEP_S)

    async def settled(self) -> None:
        """Wait for a refresh under way: its end must be stored before the database is closed."""
        while self._renewing:
            await asyncio.gather(*self._renewing, return_exceptions=True)
