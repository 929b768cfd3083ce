"""Sending the outbox: what is due is claimed, the claim committed, then sent, and the result written.

A message that may have left when the process died, or when no answer came, is ``uncertain``: a messenger has no way
to say whether it arrived. Whether it is told again is decided some minutes later, by who knows what it says.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.conversation.vocabulary import Recipient, Screen
from bot.delivery import codes
from bot.delivery.channel import (
    Channel,
    Moved,
    NotSent,
    OutsideWindow,
    SendError,
    TryLater,
    Uncertain,
    Unreachable,
)
from bot.delivery.liveness import DeclaredDead, Liveness
from bot.delivery.windows import closed_before
from bot.texts import Texts
from storage.conversation import conversations
from storage.delivery import outbox
from storage.delivery.reach import WAITS
from storage.delivery.tables import Lane, Outbox, OutboxState
from storage.engine import Database, Session
from storage.people.tables import Person, TeamChat
from storage.trouble import is_trouble

log = logging.getLogger(__name__)

#: How many messages are under way at once.
_AT_ONCE = 16
#: How often what surely did not leave is tried, with waits that double from two seconds.
_TRIES = 10
#: How often it is looked whether something is to be told again.
_LOOK_AGAIN_EVERY = timedelta(minutes=1)
#: What waits for somebody to write is looked at again after so long, besides the moment in which they write.
_LOOK_FOR_WINDOW = timedelta(hours=2)

#: (session, kind, details, language, reader, now) → the screen, or None when there is nothing left to say.
Render = Callable[[Session, str, dict[str, Any], str, int | None, datetime], Awaitable[Screen | None]]
#: (session, now): let what may not have arrived, and ought to, wait to be sent once more.
TellAgain = Callable[[Session, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Leaving:
    """A claimed message with its recipient and its words."""

    row: Outbox
    to: Recipient
    screen: Screen
    replaces: str
    is_written: bool


def _let_wait(row: Outbox, until: datetime, why: str) -> None:
    """A claimed message that cannot go now waits, and has not been tried."""
    row.state, row.due_at, row.error = OutboxState.PENDING, until, why
    row.attempts -= 1


class Sender:
    """Delivers the outbox until cancelled. Several processes may each run one on PostgreSQL."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        liveness: Liveness,
        render: Render,
        tell_again: TellAgain,
        texts: Texts,
        wake: asyncio.Event,
        *,
        look_every: float = 1.0,
    ) -> None:
        """``wake`` is set when something was put into the outbox here; other processes' rows are seen by looking."""
        self._database = database
        self._clock = clock
        self._channels = channels
        self._liveness = liveness
        self._render = render
        self._tell_again = tell_again
        self._texts = texts
        self._wake = wake
        self._look_every = look_every
        #: The process in whose name it claims.
        self._me = 0
        #: A round failed: what it had claimed may be marked as being sent, and nobody is sending it.
        self._in_doubt = False
        #: Channels that asked to be left alone, until when.
        self._hold_until: dict[str, datetime] = {}
        self._look_again_at: datetime | None = None
        #: When what is being sent was claimed.
        self._round_at = clock.now()
        self._one_round = asyncio.Lock()
        self._stopping = False

    async def run(self) -> None:
        """Work until stopped."""
        while not self._stopping:
            self._wake.clear()
            try:
                sent = await self.round()
            except Exception as problem:  # noqa: BLE001 - drivers have errors of their own while they connect
                log.error("the outbox cannot be read (%s); trying again", type(problem).__name__)
                sent = 0
            if not sent:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_every):
                        await self._wake.wait()

    def stop(self) -> None:
        """Finish what is being sent, and no more; :meth:`run` then returns."""
        self._stopping = True
        self._wake.set()

    async def round(self) -> int:
        """Send what is due now, after whatever is being sent; gives how many were claimed."""
        async with self._one_round:
            try:
                return await self._round()
            except DeclaredDead as dead:
                # Nothing is under way between two rounds.
                self._me = 0
                await self._liveness.anew(dead.me)
                return await self._round()
            except BaseException:
                self._in_doubt = True
                raise

    async def _round(self) -> int:
        now = self._round_at = self._clock.now()
        if self._look_again_at is None or now >= self._look_again_at:
            self._look_again_at = now + _LOOK_AGAIN_EVERY
            async with self._database.write() as session:
                await self._tell_again(session, now)
        claimed, leaving = await self._claimed(now)
        for one in leaving:
            if one.is_written:
                self._channels[one.to.channel].written(one.to)
        over = [one for one in leaving if not one.is_written]
        if over:
            sending = (self._over(one.row, one.to, one.screen, one.replaces) for one in over)
            # One whose result cannot be written must not let the round end while others are still on their way.
            for problem in await asyncio.gather(*sending, return_exceptions=True):
                if problem is not None:
                    raise problem
        return claimed

    async def _claimed(self, now: datetime) -> "tuple[int, list[_Leaving]]":
        """Claim what is due, and say to whom it goes and what it says.

        A message that cannot be made must not hold up the others; a savepoint for each would cost as much as making it,
        so only a round in which one failed is done again with them.
        """
        for careful in (False, True):
            try:
                async with self._database.write() as session:
                    self._me = await self._liveness.confirm(session, self._me)
                    if self._in_doubt:
                        await outbox.give_up_on(session, [self._me], now)
                    rows = await outbox.claim(session, now, _AT_ONCE, self._me)
                    make = self._prepare if careful else self._address_and_word
                    prepared = [await make(session, row, now) for row in rows]
            except Exception as problem:
                if careful or is_trouble(problem):
                    raise
            else:
                self._in_doubt = False
                return len(rows), [one for one in prepared if one is not None]
        raise AssertionError("a careful round raises or returns")

    async def _prepare(self, session: Session, row: Outbox, now: datetime) -> "_Leaving | None":
        """Whom a claimed message goes to and what it says; None when it ends here.

        On a channel that keeps its own transcript it is written at once: there the message and the mark that it was
        sent are one commit, and nothing can be uncertain.
        """
        try:
            async with session.begin_nested():
                return await self._address_and_word(session, row, now)
        except Exception as problem:
            if is_trouble(problem):
                raise
            log.exception("message %d could not be made", row.id)
            row.state, row.error = OutboxState.FAILED, type(problem).__name__
            return None

    async def _address_and_word(self, session: Session, row: Outbox, now: datetime) -> "_Leaving | None":
        replaces = str(row.details.get("replaces", ""))
        if replaces and not self._can_edit(str(row.details["channel"])):
            if not row.details.get("say_again"):
                # What stands there stays as it is: either it was sent, or there is nothing that has to be said.
                row.state = OutboxState.SENT if row.message_ref else OutboxState.CANCELLED
                row.error = "cannot be changed there"
                return None
            replaces = ""
        to, reader, is_open = await self._address(session, row, replaces, now)
        if to is not None and not is_open and self._channels[to.channel].capabilities.paid_beyond:
            to = replace(to, is_closed=True)
        elif to is not None and not is_open:
            _let_wait(row, now + _LOOK_FOR_WINDOW, WAITS)
            return None
        if to is not None and now < (held := self._hold_until.get(to.channel, now)):
            _let_wait(row, held, "the messenger asks to wait")
            return None
        if to is None:
            # They may write again one day, from wherever; their own menu shows what is news for them then.
            row.state, row.error = OutboxState.BLOCKED, "nowhere to reach them"
            return None
        screen = await self._render(session, row.kind, row.details, to.language, reader, now)
        if screen is None:
            row.state, row.error = OutboxState.CANCELLED, "nothing left to say"
            return None
        channel = self._channels[to.channel]
        row.channel, row.chat_id = to.channel, to.chat
        if channel.is_transcribed:
            row.message_ref = await channel.write(session, to, None, [screen], now, replaces=replaces)
            row.state, row.sent_at, row.error = OutboxState.SENT, now, None
            return _Leaving(row, to, screen, replaces, is_written=True)
        say = self._texts.say(to.language)
        screen = await codes.for_channel(session, channel, to, screen, say, now)
        return _Leaving(row, to, screen, replaces, is_written=False)

    async def _over(self, row: Outbox, to: Recipient, screen: Screen, replaces: str) -> None:
        channel = self._channels[to.channel]
        self._liveness.leaving_as(self._me)
        try:
            sent = await channel.deliver(to, screen, replaces=replaces, lane=Lane(row.lane))
        except Unreachable as problem:
            await self._unreachable(row, to, str(problem))
        except OutsideWindow as problem:
            await self._outside_window(row, to, str(problem))
        except TryLater as problem:
            if problem.everywhere:
                self._hold_until[to.channel] = self._clock.now() + timedelta(seconds=problem.seconds)
            # It was not tried: the messenger, or something of ours, asks to wait.
            await self._again(row, problem.seconds, str(problem), attempts=row.attempts - 1)
        except NotSent as problem:
            if row.attempts >= _TRIES:
                await self._result(row, state=OutboxState.FAILED, error=str(problem))
            else:
                await self._again(row, min(2.0**row.attempts, 600.0), str(problem))
        except Moved as problem:
            await self._moved(row, to, problem.chat)
        except Uncertain as problem:
            await self._uncertain(row, str(problem))
        except SendError as problem:
            log.error("a message over %s was refused: %s", to.channel, problem)
            await self._result(row, state=OutboxState.FAILED, error=str(problem))
        except Exception as problem:
            log.exception("message %d could not be sent", row.id)
            await self._result(row, state=OutboxState.FAILED, error=type(problem).__name__)
        else:
            await self._result(row, state=OutboxState.SENT, to=to, ref=sent.ref)

    def _can_edit(self, name: str) -> bool:
        channel = self._channels.get(name)
        return channel is None or channel.capabilities.edit

    async def _address(
        self, session: Session, row: Outbox, replaces: str, now: datetime
    ) -> tuple[Recipient | None, int | None, bool]:
        """To whom a message goes, who reads it, and whether it may go there now."""
        nowhere = (None, None, False)
        if replaces:
            channel, chat = str(row.details["channel"]), str(row.details["chat"])
            account = await outbox.account_at(session, channel, chat)
            if channel not in self._channels or (row.person_id and account is None):
                return nowhere
            person = await session.get(Person, row.person_id) if row.person_id else None
            language = person.language if person else "vi"
            return Recipient(channel, chat, language, account.id if account else None), row.person_id, True
        if row.team_chat_id is not None:
            team = await session.get(TeamChat, row.team_chat_id)
            if team is None or team.unreachable_since is not None or team.channel not in self._channels:
                return nowhere
            return Recipient(team.channel, team.chat_id), None, True
        if not row.person_id:
            return nowhere
        closed = closed_before(self._channels, now)
        only_at = row.details.get("account")
        found = await outbox.address(
            session, row.person_id, list(self._channels), closed, account_id=int(only_at) if only_at else None
        )
        if found is None:
            return nowhere
        account, language, is_open = found
        return Recipient(account.channel, account.chat_id, language, account.id), row.person_id, is_open

    async def _result(
        self,
        row: Outbox,
        *,
        state: OutboxState,
        to: Recipient | None = None,
        ref: str | None = None,
        error: str | None = None,
        again_at: datetime | None = None,
    ) -> None:
        values = {
            "state": state,
            "error": error[:200] if error else None,
            "again_at": again_at,
            "sent_at": self._clock.now() if state is OutboxState.SENT else None,
            "channel": to.channel if to else None,
            "chat_id": to.chat if to else None,
            "message_ref": ref,
        }
        # What is known of a message must not become uncertain because the database was away for a moment.
        while True:
            try:
                async with self._database.write() as session:
                    await outbox.write_result(session, row, **values)
            except Exception as problem:
                if not is_trouble(problem) or self._stopping:
                    raise
                log.error(
                    "what became of message %d cannot be written yet (%s)", row.id, type(problem).__name__
                )
                await asyncio.sleep(self._look_every)
            else:
                return

    async def _uncertain(self, row: Outbox, why: str) -> None:
        values = outbox.uncertain(row, self._clock.now(), why)
        if values["state"] is OutboxState.UNCERTAIN:
            await self._result(row, **values)
        elif row.attempts >= _TRIES:
            await self._result(row, state=OutboxState.FAILED, error=why)
        else:
            await self._again(row, min(2.0**row.attempts, 600.0), why)

    async def _again(self, row: Outbox, seconds: float, why: str, *, attempts: int | None = None) -> None:
        async with self._database.write() as session:
            await outbox.write_result(
                session,
                row,
                state=OutboxState.PENDING,
                due_at=self._clock.now() + timedelta(seconds=seconds),
                error=why[:200],
                attempts=row.attempts if attempts is None else attempts,
            )

    async def _unreachable(self, row: Outbox, to: Recipient, why: str) -> None:
        async with self._database.write() as session:
            if row.team_chat_id is not None:
                team = await session.get_one(TeamChat, row.team_chat_id)
                team.unreachable_since = self._clock.now()
                await outbox.write_result(session, row, state=OutboxState.BLOCKED, error=why[:200])
            else:
                await conversations.unreachable(
                    session, to.channel, to.chat, self._clock.now(), sent_at=self._round_at
                )
                # Another of their channels may still reach them; without one, the next look says so.
                await outbox.write_result(session, row, state=OutboxState.PENDING, error=why[:200])

    async def _outside_window(self, row: Outbox, to: Recipient, why: str) -> None:
        async with self._database.write() as session:
            await conversations.shut(session, to.channel, to.chat, self._clock.now(), sent_at=self._round_at)
            # Another of their channels may take it; without one, the next look lets it wait for them to write.
            await outbox.write_result(
                session, row, state=OutboxState.PENDING, error=why[:200], attempts=row.attempts - 1
            )

    async def _moved(self, row: Outbox, to: Recipient, chat: str) -> None:
        async with self._database.write() as session:
            await outbox.team_chat_moved(session, to.channel, to.chat, chat)
            await outbox.write_result(session, row, state=OutboxState.PENDING, error="the chat has moved")
