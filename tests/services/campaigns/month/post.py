"""A messenger that notes what arrives in a simulated month, has people who block the bot, and fails now and then."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import FixedClock
from bot.conversation.vocabulary import Capabilities, Incoming, IncomingFile, Recipient, Reply, Screen
from bot.delivery.channel import NotSent, Rejected, Sent, TryLater, Uncertain, Unreachable
from bot.delivery.verdicts import Send, Verdict
from bot.screens.composing import Composer
from storage.delivery.tables import Lane
from storage.mailings.recipients import Reader
from storage.mailings.tables import Mailing
from tests.services.campaigns.month.history import Attempt, History, at

POST = "post"


class MonthPost:
    """A messenger that notes what arrives, has people who block the bot, and fails now and then."""

    name = POST
    capabilities = Capabilities(
        buttons=True,
        edit=True,
        files_in=True,
        files_out=True,
        max_text=4_000,
        groups=False,
        may_write_first=True,
    )
    keeps_transcript = False
    bulk_at_once = 256

    def __init__(self, history: History, clock: FixedClock, seed: int) -> None:
        self._history = history
        self._clock = clock
        self._dice = random.Random(seed)  # noqa: S311 - it keeps no secret
        #: Which mailing each screen belongs to, by the screen's identity; the screens are held so that it stays theirs.
        self.screens: dict[int, tuple[Screen, int]] = {}

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        assert lane is Lane.REMINDER
        now, person = self._clock.now(), int(to.chat)
        if at(self._history.blocked[person], now, before=False):
            outcome = "blocked"
        else:
            outcome = self._dice.choices(
                ("arrived", "later", "not_sent", "uncertain", "rejected"), (970, 12, 10, 5, 3)
            )[0]
        seconds = self._dice.choice((60, 1200, 7200, 40_000))
        until = now + timedelta(seconds=seconds) if outcome == "later" else None
        mark = str(screen.text)[:1]
        self._history.attempts.append(Attempt(now, person, self.screens[id(screen)][1], outcome, until, mark))
        match outcome:
            case "blocked":
                raise Unreachable("blocked")
            case "later":
                raise TryLater(seconds)
            case "not_sent":
                raise NotSent("no route")
            case "uncertain":
                raise Uncertain("no answer")
            case "rejected":
                raise Rejected("bad request")
            case _:
                return Sent("1")

    async def write(
        self,
        session: AsyncSession,
        to: Recipient,
        incoming: Incoming | None,
        screens: Sequence[Screen],
        now: datetime,
        *,
        replaces: str = "",
    ) -> str:
        raise AssertionError("nothing is written here")

    def written(self, to: Recipient) -> None:
        raise AssertionError("nothing is written here")

    async def answer(self, reply: Reply) -> None:
        raise AssertionError("nobody is answered here")

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        raise AssertionError("nobody sends files here")


class Noting:
    """The real composer; it only notes which mailing each screen is of, as a screen does not say it."""

    def __init__(self, compose: Composer, post: MonthPost) -> None:
        self._compose = compose
        self._post = post

    async def __call__(
        self, session: AsyncSession, mailing: Mailing, readers: Sequence[Reader], now: datetime
    ) -> Mapping[int, Verdict]:
        verdicts = await self._compose(session, mailing, readers, now)
        for verdict in verdicts.values():
            if isinstance(verdict, Send):
                self._post.screens[id(verdict.screen)] = (verdict.screen, mailing.id)
        return verdicts
