"""The desk: takes updates from all channels, keeps each person's in order, and works on many people's at once.

Updates that wait share a transaction: one look-up of who they are, one write of what they said, one commit. An
update is confirmed to its channel (:meth:`Desk.accept` returns) only once that is committed.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.conversation.forms import FormState
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind, Recipient, Reply, Screen
from bot.delivery.channel import Channel, FileProblem, NotSent
from bot.handlers.features import Features
from bot.handlers.turn import CrowdedError, Turn, failed
from bot.media.store import MediaStore
from bot.reception.pace import Pace
from bot.reception.reader import SpoiledError, read
from bot.reception.replies import Replies
from bot.reception.typed import lay_out, read_typed
from bot.services.act import Act
from bot.services.people import kiosks, tries
from bot.services.shared import Services
from storage.conversation import conversations, menus
from storage.conversation.conversations import Who
from storage.conversation.tables import InboxState
from storage.delivery import handouts, outbox
from storage.engine import Database
from storage.mailings import mailings
from storage.trouble import is_trouble

log = logging.getLogger(__name__)

#: How many people's updates share a transaction at most.
BATCH = 64

#: How many of one person's updates may wait; those beyond are told to slow down.
_PATIENCE = 60

#: How long to wait before a file is fetched again, at first; doubled each time. In seconds.
FETCH_AGAIN = 1.0

#: A stored update or an unsent answer older than this was left by a process that died.
ORPHANED_AFTER = timedelta(minutes=2)

Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class _Item:
    incoming: Incoming
    done: asyncio.Future[None]
    #: Already in the inbox, to be worked on.
    stored: bool = False
    #: On its way there.
    storing: bool = False
    too_fast: bool = False
    #: What was said about that; a transaction may be done twice, and a warning is given once.
    warning: tuple[Screen, ...] | None = None

    @property
    def needs_fetching(self) -> bool:
        return any(file.media_id is None and file.problem is None for file in self.incoming.files)

    @property
    def lane_key(self) -> Key:
        return (self.incoming.channel, self.incoming.account)

    @property
    def inbox_key(self) -> Key:
        return (self.incoming.channel, self.incoming.key)


@dataclass(slots=True)
class _Lane:
    """The updates of one account, in order."""

    items: deque[_Item] = field(default_factory=deque)
    #: Being stored, fetched or worked on: nothing else of this account may start.
    current: _Item | None = None


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
        *,
        workers: int | None = None,
    ) -> None:
        """``workers`` transactions run side by side: one on SQLite, which has one writer anyway."""
        self._database = database
        self._clock = clock
        self._services = services
        self.features = features
        self._channels = channels
        self._media = media
        self._workers = workers or (1 if database.is_sqlite else 4)
        self._lanes: dict[Key, _Lane] = {}
        self._ready: deque[Key] = deque()
        self._to_store: list[_Item] = []
        self._wake = asyncio.Event()
        self._answered: list[Key] = []
        self._replies = Replies(channels, self._after_reply)
        self._pace = Pace(clock)
        self._fetches: set[asyncio.Task[None]] = set()
        self._in_hand = 0
        self._stopped = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    # ------------------------------------------------------------ coming in

    async def accept(self, incoming: Incoming) -> None:
        """Take an update; returns once its change (or, while its files are fetched, the update) is committed."""
        await self.enqueue(incoming)

    def enqueue(self, incoming: Incoming, *, stored: bool = False) -> "asyncio.Future[None]":
        """Like :meth:`accept`, giving a future instead."""
        incoming = _storable(incoming)
        item = _Item(incoming, asyncio.get_running_loop().create_future(), stored=stored)
        key = item.lane_key
        lane = self._lanes.setdefault(key, _Lane())
        if not stored and (len(lane.items) >= _PATIENCE or not self._pace.allows(key)):
            item.too_fast = True
        # Webhooks come in over many connections: what waits is put in the messenger's own order.
        at = len(lane.items)
        while at > 0 and not stored and lane.items[at - 1].incoming.order > incoming.order:
            at -= 1
        lane.items.insert(at, item)
        if lane.current is not None and not stored:
            self._store_later(item)
        elif len(lane.items) == 1:
            self._ready.append(key)
        self._idle.clear()
        self._wake.set()
        return item.done

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
        self._wake.set()
        self._replies.stop()

    async def settled(self) -> None:
        """Wait until everything that came in is worked on and answered; for tests and for a clean stop."""
        while True:
            await self._idle.wait()
            await self._replies.settled()
            if self._idle.is_set() and self._replies.is_settled:
                return

    async def recover(self, *, orphans_only: bool) -> None:
        """Take up what a dead process left: stored updates are worked on, lost answers are given again."""
        before = self._clock.now() - ORPHANED_AFTER if orphans_only else self._clock.now() + timedelta(days=1)
        async with self._database.read() as session:
            stored = await conversations.waiting(session, InboxState.ACCEPTED, self._channels)
            owed = await conversations.waiting(session, InboxState.DONE, self._channels)
        mine = {item.inbox_key for lane in self._lanes.values() for item in lane.items}
        for row in stored:
            if (
                row.received_at <= before
                and row.body is not None
                and (row.channel, row.update_key) not in mine
            ):
                self.enqueue(Incoming.from_json(row.body), stored=True)
        waiting = set(self._answered) | self._replies.pending()
        owed = [
            row for row in owed if row.received_at <= before and (row.channel, row.update_key) not in waiting
        ]
        if owed:
            await self._show_again(
                [(row.channel, row.account_external_id, row.update_key, row.chat_id) for row in owed]
            )

    # ------------------------------------------------------------ working

    async def _work(self) -> None:
        while not self._stopped.is_set():
            while not self._ready and not self._to_store:
                self._wake.clear()
                await self._wake.wait()
                if self._stopped.is_set():
                    return
            await self._round()

    async def _round(self) -> None:
        items = []
        for key in [self._ready.popleft() for _ in range(min(BATCH, len(self._ready)))]:
            lane = self._lanes[key]
            item = lane.current = lane.items[0]
            if not item.needs_fetching or item.too_fast:
                items.append(item)
            elif item.stored:
                self._fetch_later(item)
            else:
                self._store_later(item)
        store, self._to_store = self._to_store, []
        if not items and not store:
            return
        self._in_hand += 1
        try:
            await self._commit(items, store)
        finally:
            self._in_hand -= 1
        for item in store:
            item.storing = False
            if self._lanes[item.lane_key].current is item:
                self._start(item.lane_key)
        for item in items:
            self._advance(item)

    def _store_later(self, item: _Item) -> None:
        """Its turn may come before it is in the inbox; it then waits for that."""
        item.storing = True
        self._to_store.append(item)

    def _advance(self, item: _Item) -> None:
        """An update is done: the next one of its lane may start."""
        # Something earlier by the messenger's count may have slipped in before it meanwhile.
        self._lanes[item.lane_key].items.remove(item)
        self._start(item.lane_key)

    def _start(self, key: Key) -> None:
        """Nothing of a lane is in hand: its first one may start."""
        lane = self._lanes[key]
        lane.current = None
        if not lane.items:
            del self._lanes[key]
            if not self._lanes:
                self._idle.set()
        elif lane.items[0].storing:
            lane.current = lane.items[0]
        else:
            self._ready.append(key)
            self._wake.set()

    async def _commit(self, items: Sequence[_Item], store: Sequence[_Item]) -> None:
        """Work on items in one transaction; when one of them spoils it, each in its own."""
        replies = await self._persist(items, store)
        for item in (*items, *store):
            if not item.done.done():
                item.done.set_result(None)
        for reply in replies:
            self._replies.add(reply)

    async def _persist(self, items: Sequence[_Item], store: Sequence[_Item]) -> list[Reply]:
        wait, careful = 0.1, False
        while True:
            try:
                return await self._transact(items, store, careful=careful)
            except SpoiledError:
                careful = True
                continue
            except CrowdedError:
                return await self._each(items, store)
            except Exception as problem:  # noqa: BLE001 - drivers have errors of their own while they connect
                if not is_trouble(problem):
                    if len(items) + len(store) > 1:
                        log.warning(
                            "a shared transaction failed (%s); trying each update by itself", _brief(problem)
                        )
                        return await self._each(items, store)
                    return await self._give_up(items, store, problem)
                log.error(
                    "the database cannot be written (%s); nothing is confirmed, trying again in %.1f s",
                    _brief(problem),
                    wait,
                )
            await asyncio.sleep(wait)
            wait = min(wait * 2, 5.0)

    async def _each(self, items: Sequence[_Item], store: Sequence[_Item]) -> list[Reply]:
        """Each in a transaction of its own."""
        replies = [reply for one in items for reply in await self._persist([one], [])]
        return replies + [reply for one in store for reply in await self._persist([], [one])]

    async def _give_up(
        self, items: Sequence[_Item], store: Sequence[_Item], problem: Exception
    ) -> list[Reply]:
        """An update that cannot even be stored: say so, and let the others go on."""
        for item in (*items, *store):
            log.error(
                "update %s of %s cannot be worked on",
                item.incoming.key,
                item.incoming.channel,
                exc_info=problem,
            )
        for item in store:
            # It is said when its turn comes, for which no file is needed any more.
            files = [replace(file, problem="files.unreachable") for file in item.incoming.files]
            item.incoming = item.incoming.with_files(files)
        say = self._services.texts.say(items[0].incoming.language if items else None)
        return [
            Reply(
                item.incoming,
                Recipient(item.incoming.channel, item.incoming.chat),
                (Screen(say("refusal.failed")),),
            )
            for item in items
            if not self._channels[item.incoming.channel].keeps_transcript
        ]

    async def _transact(
        self, items: Sequence[_Item], store: Sequence[_Item], *, careful: bool = True
    ) -> list[Reply]:
        now = self._clock.now()
        answered, self._answered = self._answered, []
        try:
            async with self._database.write() as session:
                if self._services.programmes.is_stale:
                    await self._services.programmes.refresh(session)
                await conversations.set_states(session, answered, InboxState.ANSWERED)
                fresh = await self._note(session, items, store)
                whos = await self._load(session, items)
                replies: list[Reply] = []
                changed: dict[int, Who] = {}
                shown: dict[int, Who] = {}
                seen_now: list[int] = []
                back: set[int] = set()
                for item in items:
                    who = await self._who(session, whos, item)
                    if item.inbox_key not in fresh:
                        continue
                    quiet = self._album_goes_on(item)
                    reply, turn = await self._read(
                        session, who, item, quiet=quiet, careful=careful, alone=len(items) == 1
                    )
                    replies.append(reply)
                    if turn.form_changed:
                        who.form = turn.form_json()
                        if not quiet:
                            who.form_account = who.account_id
                        changed[who.person_id] = who
                        _share_form(whos, who)
                    if turn.menu_changed:
                        shown[who.account_id] = who
                    if item.incoming.kind is IncomingKind.GONE:
                        continue
                    if not who.reachable or now - who.last_seen_at > timedelta(minutes=5):
                        seen_now.append(who.account_id)
                        if not who.reachable or self._was_closed(who, now):
                            back.add(who.person_id)
                await conversations.save_forms(
                    session,
                    [_form_row(one) for one in changed.values()],
                    now,
                )
                await menus.save(session, [(one.account_id, one.menu) for one in shown.values()])
                await conversations.touch(session, sorted(set(seen_now)), now)
                if back:
                    await outbox.wake(session, sorted(back), now)
                    await mailings.wake(session, sorted(back), now)
        except BaseException:
            self._answered = answered + self._answered
            raise
        for item in store:
            item.stored = True
        return replies

    def _was_closed(self, who: Who, now: datetime) -> bool:
        """Whether their messenger's time for writing to them had run out."""
        hours = self._channels[who.channel].capabilities.window_hours
        return hours is not None and now - who.last_seen_at >= timedelta(hours=hours)

    async def _note(self, session: AsyncSession, items: Sequence[_Item], store: Sequence[_Item]) -> set[Key]:
        """Put updates in the inbox; gives those that are to be worked on now."""
        now = self._clock.now()
        rows = [self._inbox_row(item, InboxState.DONE) for item in items if not item.stored]
        rows += [self._inbox_row(item, InboxState.ACCEPTED) for item in store]
        for row in rows:
            row["received_at"] = now
        fresh = await conversations.mark_seen(session, rows) if rows else set()
        # What was delivered twice, or taken up by two processes, is worked on by the first that comes so far.
        stored = [item.inbox_key for item in items if item.stored]
        return fresh | await conversations.move_on(session, stored, InboxState.ACCEPTED, InboxState.DONE)

    def _inbox_row(self, item: _Item, state: InboxState) -> dict[str, object]:
        incoming = item.incoming
        return {
            "channel": incoming.channel,
            "update_key": incoming.key,
            "account_external_id": incoming.account,
            "chat_id": incoming.chat,
            "state": state,
            "body": incoming.to_json() if state is InboxState.ACCEPTED else None,
        }

    async def _load(self, session: AsyncSession, items: Sequence[_Item]) -> dict[Key, Who]:
        by_channel: dict[str, list[str]] = {}
        for item in items:
            by_channel.setdefault(item.incoming.channel, []).append(item.incoming.account)
        whos: dict[Key, Who] = {}
        for channel, accounts in by_channel.items():
            for account, who in (await conversations.load(session, channel, accounts)).items():
                whos[channel, account] = who
        return whos

    async def _who(self, session: AsyncSession, whos: dict[Key, Who], item: _Item) -> Who:
        incoming = item.incoming
        key = (incoming.channel, incoming.account)
        if key not in whos:
            whos[key] = await conversations.meet(
                session,
                channel=incoming.channel,
                external_id=incoming.account,
                chat_id=incoming.account if incoming.is_group else incoming.chat,
                language="en" if incoming.language.startswith("en") else "vi",
                now=self._clock.now(),
            )
        return whos[key]

    def _album_goes_on(self, item: _Item) -> bool:
        """Whether more pictures of the same album wait: they are answered together, with the last one."""
        album = item.incoming.album
        lane = self._lanes.get((item.incoming.channel, item.incoming.account))
        if not album or lane is None or any(file.problem for file in item.incoming.files):
            return False
        return item.incoming.album_goes_on or any(
            other is not item and other.incoming.album == album for other in lane.items
        )

    async def _read(
        self, session: AsyncSession, who: Who, item: _Item, *, quiet: bool, careful: bool, alone: bool
    ) -> tuple[Reply, Turn]:
        incoming = item.incoming
        turn = Turn(
            self._services,
            incoming,
            who,
            session,
            self._clock.now(),
            self._services.texts.say(who.language),
            self.features,
            careful=careful,
            alone=alone,
        )
        before = turn.form
        channel = self._channels[incoming.channel]
        is_typed = not channel.capabilities.buttons and not incoming.is_group
        screens: tuple[Screen, ...]
        if item.too_fast:
            if item.warning is None:
                item.warning = self._pace.warning(turn.say, (incoming.channel, incoming.account))
            screens = item.warning
        else:
            try:
                screens = await (read_typed(turn) if is_typed else read(turn))
            except (SpoiledError, CrowdedError):
                raise
            except SQLAlchemyError as problem:
                if is_trouble(problem):
                    raise
                screens = await self._failed(turn, before, problem, is_typed=is_typed)
            except Exception as problem:  # noqa: BLE001 - one person's trouble must not be everyone's
                screens = await self._failed(turn, before, problem, is_typed=is_typed)
        if quiet and not item.too_fast:
            screens = ()
        if channel.keeps_transcript:
            await channel.write(session, turn.to, incoming, screens, turn.now)
        return Reply(incoming, turn.to, screens), turn

    async def _failed(
        self, turn: Turn, before: FormState | None, problem: Exception, *, is_typed: bool
    ) -> tuple[Screen, ...]:
        log.error("update %s of %s failed", turn.incoming.key, turn.incoming.channel, exc_info=problem)
        turn.restore_form(before, changed=False)
        screens = (failed(turn),)
        # No form counts as open here: asking its question again could fail in the same way.
        return await lay_out(turn, None, screens) if is_typed else screens

    # ------------------------------------------------------------ files

    def _fetch_later(self, item: _Item) -> None:
        task = asyncio.create_task(self._fetch(item))
        self._fetches.add(task)
        task.add_done_callback(self._fetches.discard)

    async def _fetch(self, item: _Item) -> None:
        files = [await self._take_file(item.incoming, file) for file in item.incoming.files]
        item.incoming = item.incoming.with_files(files)
        self._start(item.lane_key)

    async def _take_file(self, incoming: Incoming, file: IncomingFile) -> IncomingFile:
        if file.media_id is not None or file.problem is not None:
            return file
        wait = FETCH_AGAIN
        for _ in range(6):
            try:
                content = await self._channels[incoming.channel].fetch(file, self._media.limit)
                return await self._media.take(file, content)
            except FileProblem as problem:
                return replace(file, problem=problem.key)
            except NotSent as problem:
                log.warning("a file could not be fetched from %s yet: %s", incoming.channel, problem)
            except Exception as problem:  # noqa: BLE001 - a full disk or a lost database may be there again
                log.error("a file from %s could not be kept yet: %s", incoming.channel, _brief(problem))
            await asyncio.sleep(wait)
            wait *= 2
        return replace(file, problem="files.unreachable")

    # ------------------------------------------------------------ afterwards

    def _after_reply(self, keys: Iterable[Key]) -> None:
        self._answered.extend(keys)

    async def _tidy(self) -> None:
        """What needs no hurry: note sent answers while nothing comes in, forget old updates, take up orphans."""
        rounds = 0
        while not self._stopped.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._stopped.wait()
            rounds += 1
            if self._answered and not self._in_hand:
                try:
                    await self._transact((), ())
                except Exception as problem:  # noqa: BLE001
                    log.error("sent answers could not be noted (%s); trying again", _brief(problem))
            if rounds % 60 == 0:
                await self._every_minute()

    async def _every_minute(self) -> None:
        try:
            async with self._database.write() as session:
                await conversations.prune_inbox(session, self._clock.now() - timedelta(hours=48))
                await handouts.prune(session, self._clock.now())
                await tries.forget(session, self._clock.now())
                await kiosks.tidy(Act(session, self._clock.now(), None))
            await self.recover(orphans_only=True)
        except Exception as problem:  # noqa: BLE001
            log.error("tidying up has to wait: %s", _brief(problem))

    async def flush(self) -> None:
        """Note the answers that left; at a clean stop."""
        await self._transact((), ())

    async def _show_again(self, owed: Sequence[tuple[str, str, str, str]]) -> None:
        """Answers that may not have left: show people where they are. Where nothing is open, the menu."""
        keys = [(channel, key) for channel, _, key, _ in owed]
        latest: dict[Key, tuple[str, str]] = {}
        async with self._database.write() as session:
            mine = await conversations.move_on(session, keys, InboxState.DONE, InboxState.ANSWERED)
            for channel, account, key, chat in owed:
                if (channel, key) in mine and (account == chat or self._channels[channel].keeps_transcript):
                    latest[channel, account] = (key, chat)
            for (channel, account), (key, chat) in latest.items():
                if self._channels[channel].keeps_transcript:
                    continue
                who = (await conversations.load(session, channel, [account])).get(account)
                if who is None:
                    continue
                incoming = Incoming(channel, key, 0, IncomingKind.TEXT, account, chat, text="/menu")
                say = self._services.texts.say(who.language)
                turn = Turn(self._services, incoming, who, session, self._clock.now(), say, self.features)
                screens = (
                    (turn.show_form(),)
                    if turn.form is not None and turn.form.form in self.features.routes.forms
                    else await read(turn)
                )
                if turn.form_changed:
                    who.form = turn.form_json()
                    who.form_account = who.account_id
                    await conversations.save_forms(session, [_form_row(who)], turn.now)
                if not self._channels[channel].capabilities.buttons:
                    screens = await lay_out(turn, None, screens)
                    await menus.save(session, [(who.account_id, who.menu)])
                self._replies.add(Reply(incoming, turn.to, screens))


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


def _share_form(whos: Mapping[Key, Who], changed: Who) -> None:
    """A person who writes on two channels at the same moment has one conversation."""
    for other in whos.values():
        if other.person_id == changed.person_id:
            other.form, other.form_account = changed.form, changed.form_account


def _form_row(who: Who) -> tuple[int, dict[str, Any] | None, int | None]:
    """The form that is open before somebody, as it is saved, and where its question was shown."""
    return who.person_id, who.form, who.form_account if who.form else None


def _brief(problem: BaseException) -> str:
    """What went wrong in one line, without the statement and its parameters (they are people's words)."""
    origin = getattr(problem, "orig", None) or problem
    return f"{type(origin).__name__}: {origin}".splitlines()[0][:200]
