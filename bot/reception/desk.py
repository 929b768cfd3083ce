"""The desk: takes updates from all channels, keeps each person's in order, and works on many people's at once.

Updates that wait share a transaction: one look-up of who they are, one write of what they said, one commit. An
update is confirmed to its channel (:meth:`Desk.accept` returns) only once that is committed.
"""

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.conversation.vocabulary import Incoming
from bot.delivery.channel import Channel
from bot.handlers.feature import Every
from bot.handlers.features import Features
from bot.media.store import MediaStore
from bot.reception.attachments import Attachments
from bot.reception.lanes import Item, Lanes
from bot.reception.patience import Patience
from bot.reception.recovery import Recovery
from bot.reception.replies import Replies
from bot.reception.transaction import Transactions
from bot.reception.understood import Watch
from bot.services.people.quota import Quota
from bot.services.shared import Services
from storage.engine import Database
from storage.trouble import brief

log = logging.getLogger(__name__)

#: How many people's updates share a transaction at most.
BATCH = 64

#: How many of one person's updates may wait; those beyond are told to slow down.
_WAITING = 60

#: How long it is known which updates have been seen; no messenger delivers one again after so long.
_INBOX_KEPT = timedelta(hours=48)


class Desk:
    """The one place where updates come in. Start it with :meth:`run`; channels call :meth:`accept`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        services: Services,
        features: Features,
        channels: Mapping[str, Channel],
        media: MediaStore,
        quota: Quota,
        *,
        workers: int | None = None,
        guest_messages_a_day: int = 300,
    ) -> None:
        """``workers`` transactions run side by side: one on SQLite, which has one writer anyway.

        ``guest_messages_a_day``: how many are read of somebody who has not registered.
        """
        self.features = features
        self._database = database
        self._clock = clock
        self._workers = workers or (1 if database.is_sqlite else 4)
        self._patience = Patience(clock, guests_a_day=guest_messages_a_day)
        self._lanes = Lanes()
        self._transactions = Transactions(
            database,
            clock,
            services,
            features,
            channels,
            patience=self._patience,
            album_goes_on=self._lanes.album_goes_on,
        )
        self._replies = Replies(channels, self._transactions.answered)
        self._attachments = Attachments(channels, media, quota, lambda item: self._lanes.start(item.lane_key))
        self._recovery = Recovery(database, clock, services, features, channels)
        self._in_hand = 0
        self._stopped = asyncio.Event()

    # ------------------------------------------------------------ coming in

    async def accept(self, incoming: Incoming) -> None:
        """Take an update; returns once its change (or, while its files are fetched, the update) is committed."""
        await self.enqueue(incoming)

    def enqueue(self, incoming: Incoming, *, stored: bool = False) -> "asyncio.Future[None]":
        """Like :meth:`accept`, giving a future instead."""
        item = Item(_storable(incoming), asyncio.get_running_loop().create_future(), stored=stored)
        is_paced = not stored and incoming.channel not in self._transactions.watches
        is_patient = self._lanes.waiting(item.lane_key) < _WAITING
        if is_paced and not (is_patient and self._patience.allows(item.lane_key)):
            item.too_fast = True
        self._lanes.add(item)
        return item.done

    def has_patience(self, channel: str, account: str) -> bool:
        """Whether something that comes from an account now would be read; what is too fast should not even be kept."""
        key = (channel, account)
        if channel in self._transactions.watches:
            return True
        return self._lanes.waiting(key) < _WAITING and self._patience.would_allow(key)

    def watch(self, channel: str, watch: Watch) -> None:
        """Tell ``watch`` what each update of a channel is understood as; nobody there is asked to slow down."""
        self._transactions.watches[channel] = watch

    # ------------------------------------------------------------ working

    async def run(self) -> None:
        """Work until stopped."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())
            group.create_task(self._replies.run())
            group.create_task(self._tidy())

    def stop(self) -> None:
        """Finish what is in hand, and no more; :meth:`run` then returns."""
        self._stopped.set()
        self._lanes.wake.set()
        self._replies.stop()

    @property
    def under_way(self) -> int:
        """How many transactions, and updates that could start or whose files are being fetched, there are."""
        return self._in_hand + self._lanes.to_start + self._attachments.fetching

    async def settled(self) -> None:
        """Wait until everything that came in is worked on and answered; for tests and for a clean stop."""
        while True:
            await self._lanes.idle.wait()
            await self._replies.settled()
            if self._lanes.idle.is_set() and self._replies.is_settled:
                return

    async def _work(self) -> None:
        while not self._stopped.is_set():
            while not self._lanes.to_start:
                self._lanes.wake.clear()
                await self._lanes.wake.wait()
                if self._stopped.is_set():
                    return
            await self._round()

    async def _round(self) -> None:
        items = []
        for item in self._lanes.take(BATCH):
            if not item.needs_fetching or item.too_fast:
                items.append(item)
            elif item.stored:
                self._attachments.fetch(item)
            else:
                self._lanes.store_later(item)
        store = self._lanes.take_to_store()
        if not items and not store:
            return
        self._in_hand += 1
        try:
            await self._commit(items, store)
        finally:
            self._in_hand -= 1
        for item in store:
            self._lanes.stored(item)
        for item in items:
            self._lanes.advance(item)

    async def _commit(self, items: Sequence[Item], store: Sequence[Item]) -> None:
        """Work on items, confirm them to their channels, and only then answer."""
        replies = await self._transactions.work(items, store)
        for item in (*items, *store):
            if not item.done.done():
                item.done.set_result(None)
        for reply in replies:
            self._replies.add(reply)

    # ------------------------------------------------------------ afterwards

    async def recover(self, *, orphans_only: bool) -> None:
        """Take up what a dead process left: stored updates are worked on, lost answers are given again."""
        before = self._recovery.before(orphans_only=orphans_only)
        for incoming in await self._recovery.left(before, {item.inbox_key for item in self._lanes}):
            self.enqueue(incoming, stored=True)
        on_their_way = self._transactions.to_note | self._replies.pending()
        for reply in await self._recovery.shown_again(before, on_their_way):
            self._replies.add(reply)

    async def flush(self) -> None:
        """Note the answers that left; at a clean stop."""
        await self._transactions.attempt()

    async def _tidy(self) -> None:
        """What needs no hurry: note sent answers while nothing comes in, forget old updates, take up orphans."""
        rounds = 0
        while not self._stopped.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._stopped.wait()
            rounds += 1
            if self._transactions.to_note and not self._in_hand:
                try:
                    await self._transactions.attempt()
                except Exception as problem:  # noqa: BLE001 - it is tried again in a second
                    log.error("sent answers could not be noted (%s); trying again", brief(problem))
            if rounds % 60 == 0:
                await self._every_minute(is_hour=rounds % 3600 == 60)

    async def _every_minute(self, *, is_hour: bool) -> None:
        try:
            now = self._clock.now()
            async with self._database.write() as session:
                for chore in self.features.chores[Every.MINUTE]:
                    await chore.do(session, now)
                for chore in self.features.chores[Every.HOUR] if is_hour else ():
                    await chore.do(session, now)
            await self._database.empty_log()
            await self.recover(orphans_only=True)
        except Exception as problem:  # noqa: BLE001 - it is tried again in a minute
            log.error("tidying up has to wait: %s", brief(problem))


#: No database text holds these: NUL, which PostgreSQL refuses, and halves of characters.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def _storable(incoming: Incoming) -> Incoming:
    """The update with what no database can keep taken out, so that one message cannot spoil a shared transaction."""
    tidied: dict[str, Any] = {
        name: _UNSTORABLE.sub("", value)
        for name in ("text", "action", "payload", "display_name")
        if _UNSTORABLE.search(value := getattr(incoming, name))
    }
    return replace(incoming, **tidied) if tidied else incoming
