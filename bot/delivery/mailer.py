"""Sending mailings: rows are claimed in order, the claim committed, then sent, and the results written with the next claim.

A row is marked before its message may leave, and never marked twice: whoever may have got a message when a process
died is ``uncertain``, and gets it no second time. Many rows share a commit, so that the database keeps up with any
messenger; only as many are under way as the messengers' rates are worth.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from bot.clock import Clock
from bot.conversation.vocabulary import Recipient
from bot.delivery import codes
from bot.delivery.channel import (
    Channel,
)
from bot.delivery.liveness import DeclaredDead, Liveness, Told
from bot.delivery.outcomes import Harvest, Leaving, Outcomes
from bot.delivery.verdicts import Compose, Send, Skip, UntilTheyWrite, Verdict, Wait, once_they_write
from bot.delivery.windows import closed_before
from bot.texts import Texts
from storage.conversation import conversations
from storage.delivery.reach import WAITS
from storage.delivery.tables import Lane
from storage.engine import Database, Session
from storage.mailings import ledger, mailings, recipients
from storage.mailings.ledger import Counts, Result
from storage.mailings.tables import DeliveryState, Mailing

log = logging.getLogger(__name__)

#: Results of one commit are collected for so long at most, once the first is there.
_GATHER_S = 0.2
#: How often those who wait for a mailing's end are told how far it is.
_TELL_EVERY_S = 3.0
#: A mailing whose end was reached is walked through from its beginning again after so long, for rows that came back.
_WALK_AGAIN_S = 20.0
#: Rows of one claim, where none of them is to be sent over a messenger that limits the rate.
_MOST_A_CLAIM = 256
#: A channel that takes nothing now counts as if nobody could be written to there.
_NOBODY = datetime.max.replace(tzinfo=UTC)


class Mailer:
    """Delivers mailings until stopped. Several processes may each run one on PostgreSQL."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        liveness: Liveness,
        compose: Compose,
        texts: Texts,
        told: Told,
        wake: asyncio.Event,
        *,
        look_every: float = 1.0,
    ) -> None:
        """``wake`` is set when a mailing was set going here; other processes' are seen by looking."""
        self._database = database
        self._clock = clock
        self._channels = channels
        self._liveness = liveness
        self._compose = compose
        self._texts = texts
        self._told = told
        self._wake = wake
        self._look_every = look_every
        self._stopping = False
        #: The process in whose name all under way was claimed.
        self._me = 0
        #: A turn failed: what it meant to claim may be claimed all the same, and nobody is sending it.
        self._in_doubt = False
        self._one_turn = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()
        self._outcomes = Outcomes(clock.now)
        #: Where the walk through each mailing is, and when it may begin again.
        self._after: dict[int, int] = {}
        self._again_at: dict[int, float] = {}
        self._told_at: dict[int, float] = {}

    @property
    def _slots(self) -> int:
        limited = [one.bulk_at_once for one in self._channels.values() if not one.keeps_transcript]
        return max(limited, default=_MOST_A_CLAIM)

    async def run(self) -> None:
        """Work until stopped."""
        while not self._stopping:
            self._wake.clear()
            try:
                claimed = await self._turn()
            except Exception as problem:  # noqa: BLE001 - drivers have errors of their own while they connect
                log.error("mailings cannot be read or written (%s); trying again", type(problem).__name__)
                await self._rest()
                continue
            await self._until_there_is_more(claimed)
        await self._wind_up()

    def stop(self) -> None:
        """Finish what is being sent, write its results, and send no more; :meth:`run` then returns."""
        self._stopping = True
        self._wake.set()
        self._outcomes.wake()

    async def settled(self) -> None:
        """Send all that is due now, and return when its results are written. For tests and command lines."""
        while await self._turn() or self._under_way or self._outcomes:
            if self._under_way:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        self._after.clear()
        self._again_at.clear()

    async def _until_there_is_more(self, claimed: int) -> None:
        if self._under_way and (len(self._under_way) >= self._slots or not claimed):
            await self._results_come(1)
            # Others end in the same moment: one commit for all of them, while half of the slots are still at work.
            with suppress(TimeoutError):
                async with asyncio.timeout(_GATHER_S):
                    await self._results_come(max(self._slots // 2, 1))
        elif not claimed and not self._outcomes:
            await self._rest()

    async def _results_come(self, number: int) -> None:
        """Wait until there are so many results, or as many as can come."""
        self._outcomes.expect(min(number, len(self._outcomes) + len(self._under_way)))
        while not self._outcomes.are_enough and not self._stopping:
            await self._outcomes.come()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._look_every):
                await self._wake.wait()

    async def _wind_up(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=35)
        try:
            async with self._database.write() as session:
                await self._liveness.confirm(session, self._me)
                await self._write_results(session)
        except Exception as problem:  # noqa: BLE001 - as in run()
            log.error("the last results of mailings could not be written (%s)", type(problem).__name__)

    async def _let_go(self) -> None:
        """Others have written what became of all that is under way here, and have counted it."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._outcomes.forget()
        self._me, self._in_doubt = 0, False

    async def _turn(self) -> int:
        """One transaction: what became of those under way, and the next ones claimed. Gives how many were."""
        async with self._one_turn:
            try:
                return await self._turn_alone()
            except DeclaredDead as dead:
                await self._let_go()
                await self._liveness.anew(dead.me)
                return await self._turn_alone()

    async def _turn_alone(self) -> int:
        now = self._clock.now()
        leaving: list[Leaving] = []
        written: list[Recipient] = []
        harvest = self._outcomes.take()
        # Every claimed row without a result is then orphaned.
        nothing_else = self._in_doubt and not self._under_way
        walks: dict[int, int] = {}
        counts: Counts = {}
        through: set[int] = set()
        claimed = 0
        try:
            async with self._database.write() as session:
                self._me = await self._liveness.confirm(session, self._me)
                await self._note_gone(session, harvest, now)
                await ledger.write_results(session, harvest.results, now, counts)
                # What has ended since the results were taken is written with the next commit only.
                free = self._slots - len(self._under_way) - len(self._outcomes)
                if self._in_doubt:
                    free = 0
                for mailing in await mailings.going(session, now):
                    if free <= 0 or self._stopping:
                        break
                    rests = time.monotonic() < self._again_at.get(mailing.id, 0.0)
                    number, some, at_once = await self._claim(session, mailing, now, free, walks, counts)
                    if not number and not rests:
                        through.add(mailing.id)
                    claimed += number
                    free -= len(some)
                    leaving += some
                    written += at_once
                if nothing_else:
                    await ledger.let_go(session, self._me, now)
                # All at once and in order, for two processes that count the same mailings.
                await self._count(session, counts, now, through)
        except BaseException:
            self._outcomes.put_back(harvest)
            self._in_doubt = True
            raise
        self._in_doubt = self._in_doubt and not nothing_else
        self._after.update(walks)
        for to in written:
            self._channels[to.channel].written(to)
        for one in leaving:
            task = asyncio.create_task(self._over(one))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return claimed

    async def _write_results(self, session: Session) -> None:
        harvest, now = self._outcomes.take(), self._clock.now()
        await self._note_gone(session, harvest, now)
        counts: Counts = {}
        await ledger.write_results(session, harvest.results, now, counts)
        await self._count(session, counts, now, ())

    async def _note_gone(self, session: Session, harvest: Harvest, now: datetime) -> None:
        # In an order that all processes share.
        for channel, chat, at in sorted(harvest.gone):
            await conversations.unreachable(session, channel, chat, now, sent_at=at)
        for channel, chat, at in sorted(harvest.shut):
            await conversations.shut(session, channel, chat, now, sent_at=at)

    async def _count(self, session: Session, counts: Counts, now: datetime, through: Collection[int]) -> None:
        """Count what became of messages, and end the mailings that are over; ``through``: more that may be."""
        left = await ledger.count_results(session, counts)
        for mailing_id in sorted({*through, *left}):
            await self._moved_on(
                session, mailing_id, now, left.get(mailing_id, 0), is_news=mailing_id in left
            )

    async def _moved_on(
        self, session: Session, mailing_id: int, now: datetime, left: int, *, is_news: bool
    ) -> None:
        """End a mailing that is through; tell how far it is, now and then, when something has become of a message."""
        ended = left <= 0 and await ledger.finish(session, mailing_id, now)
        moment = time.monotonic()
        if ended:
            self._told_at.pop(mailing_id, None)
            self._after.pop(mailing_id, None)
            self._again_at.pop(mailing_id, None)
        elif not is_news or moment - self._told_at.get(mailing_id, 0.0) < _TELL_EVERY_S:
            return
        else:
            self._told_at[mailing_id] = moment
        mailing = await session.get(Mailing, mailing_id, populate_existing=True)
        if mailing is not None:
            await self._told(session, mailing, now)

    async def _claim(
        self,
        session: Session,
        mailing: Mailing,
        now: datetime,
        free: int,
        walks: dict[int, int],
        counts: Counts,
    ) -> tuple[int, list[Leaving], list[Recipient]]:
        """Claim the next people of a mailing, and word its message for each; what needs no sending is written."""
        after = self._after.get(mailing.id, 0)
        rests = time.monotonic() < self._again_at.get(mailing.id, 0.0)
        again, fresh = await ledger.claim(
            session,
            mailing.id,
            now,
            process=self._me,
            after=after,
            limit=min(free, _MOST_A_CLAIM),
            fresh=not rests,
        )
        ids = [*again, *fresh]
        if fresh:
            walks[mailing.id] = fresh[-1]
        elif not rests and len(again) < free:
            # The end: rows that another process let go of lie behind, so there is another walk from the beginning.
            walks[mailing.id] = 0
            if not after:
                self._again_at[mailing.id] = time.monotonic() + _WALK_AGAIN_S
        if not ids:
            return 0, [], []
        only = mailing.audience.get("channels") or self._channels
        full = dict.fromkeys(self._outcomes.full(mailing.lane, now), _NOBODY)
        closed = {**closed_before(self._channels, now), **full}
        paid = [
            name
            for name, channel in self._channels.items()
            if channel.capabilities.paid_beyond and name not in full
        ]
        readers = await recipients.load(
            session, ids, [name for name in self._channels if name in only], closed, paid
        )
        verdicts = await self._compose(session, mailing, list(readers.values()), now)
        results: list[Result] = []
        leaving: list[Leaving] = []
        written: list[Recipient] = []
        for number in ids:
            reader = readers.get(number)
            verdict: Verdict | UntilTheyWrite | None = verdicts.get(number)
            if reader is not None and reader.account_id is None and isinstance(verdict, Send):
                verdict = Skip("nowhere")
            if reader is not None and reader.waits_on and isinstance(verdict, Skip):
                verdict = once_they_write(mailing, verdict, now, is_full=reader.waits_on in full)
            if isinstance(verdict, UntilTheyWrite):
                results.append(
                    Result(mailing.id, number, DeliveryState.PENDING, error=WAITS, not_before=verdict.until)
                )
            elif isinstance(verdict, Wait):
                results.append(Result(mailing.id, number, DeliveryState.PENDING, not_before=verdict.until))
            elif isinstance(verdict, Skip):
                state = DeliveryState.BLOCKED if verdict.reason == "nowhere" else DeliveryState.SKIPPED
                results.append(Result(mailing.id, number, state, error=verdict.reason))
            elif reader is None or verdict is None:
                results.append(Result(mailing.id, number, DeliveryState.SKIPPED, error="no_longer"))
            else:
                one = Leaving(mailing.id, Lane(mailing.lane), reader, verdict.screen, now)
                channel = self._channels[reader.channel]
                if channel.keeps_transcript:
                    # There the message and the mark that it was sent are one commit.
                    await channel.write(session, one.to, None, [verdict.screen], now)
                    results.append(Result(mailing.id, number, DeliveryState.SENT, channel=reader.channel))
                    written.append(one.to)
                else:
                    say = self._texts.say(reader.language)
                    screen = await codes.for_channel(session, channel, one.to, verdict.screen, say, now)
                    leaving.append(replace(one, screen=screen))
        # The next mailing of this turn reads it: who was reminded by this one is not by that.
        await ledger.write_results(session, results, now, counts)
        return len(ids), leaving, written

    async def _over(self, one: Leaving) -> None:
        """Send one message; what became of it is written with the next commit."""
        self._liveness.leaving_as(self._me)
        problem: Exception | None = None
        try:
            await self._channels[one.reader.channel].deliver(one.to, one.screen, lane=one.lane)
        except Exception as raised:  # noqa: BLE001 - whatever it was, it became of the message
            problem = raised
        self._outcomes.note(one, problem)
