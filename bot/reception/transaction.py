"""Working on updates in one transaction: look up who they are from, read each, write what they said, commit."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.conversation.forms import FormState
from bot.conversation.vocabulary import IncomingKind, Recipient, Reply, Screen
from bot.delivery.channel import Channel
from bot.handlers.features import Features
from bot.handlers.turn import CrowdedError, Turn, failed
from bot.reception.lanes import Item, Key
from bot.reception.patience import Patience
from bot.reception.reader import SpoiledError, respond
from bot.reception.typed import lay_out, respond_typed
from bot.reception.understood import Watch, Watched
from bot.services.shared import Services
from storage.conversation import conversations, menus
from storage.conversation.conversations import Who
from storage.conversation.tables import InboxState
from storage.delivery import outbox
from storage.engine import Database, Session
from storage.mailings import ledger
from storage.trouble import DatabaseError, brief, is_trouble

log = logging.getLogger(__name__)

_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0
#: Whoever was seen less than so long ago is not noted as seen again.
_SEEN_LATELY = timedelta(minutes=5)


@dataclass(slots=True)
class _Round:
    """What one transaction gathers, to be written at its end."""

    whos: dict[Key, Who]
    replies: list[Reply] = field(default_factory=list)
    #: Whose form changed, by person.
    forms: dict[int, Who] = field(default_factory=dict)
    #: Whose list of choices changed, by account.
    menus: dict[int, Who] = field(default_factory=dict)
    #: The accounts that are to be noted as seen.
    seen: set[int] = field(default_factory=set)
    #: The people for whom messages may wait.
    back: set[int] = field(default_factory=set)


class Transactions:
    """Works on the desk's updates. What they change, and that they came, is committed together."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        services: Services,
        features: Features,
        channels: Mapping[str, Channel],
        *,
        patience: Patience,
        album_goes_on: Callable[[Item], bool],
    ) -> None:
        """``album_goes_on`` says which updates are answered together with a later one."""
        self._database = database
        self._clock = clock
        self._services = services
        self._features = features
        self._channels = channels
        self._patience = patience
        self._album_goes_on = album_goes_on
        #: By channel, who is told what its updates are understood as.
        self.watches: dict[str, Watch] = {}
        self._answered: list[Key] = []

    def answered(self, keys: Iterable[Key]) -> None:
        """Answers have left; it is noted with the next transaction."""
        self._answered.extend(keys)

    @property
    def to_note(self) -> frozenset[Key]:
        """The answers that have left and are not noted."""
        return frozenset(self._answered)

    async def work(self, items: Sequence[Item], store: Sequence[Item]) -> list[Reply]:
        """Work on ``items``, put ``store`` in the inbox; gives the answers once that is committed.

        It waits for a database that cannot be written. Updates that spoil a transaction get one of their own.
        """
        wait, careful = _WAIT_S, False
        while True:
            try:
                return await self.attempt(items, store, careful=careful)
            except SpoiledError:
                careful = True
                continue
            except CrowdedError:
                return await self._each(items, store)
            except Exception as problem:  # noqa: BLE001 - drivers have errors of their own while they connect
                if not is_trouble(problem):
                    if len(items) + len(store) > 1:
                        log.warning(
                            "a shared transaction failed (%s); trying each update by itself", brief(problem)
                        )
                        return await self._each(items, store)
                    return self._given_up(items, store, problem)
                log.error(
                    "the database cannot be written (%s); nothing is confirmed, trying again in %.1f s",
                    brief(problem),
                    wait,
                )
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)

    async def _each(self, items: Sequence[Item], store: Sequence[Item]) -> list[Reply]:
        """Each in a transaction of its own."""
        replies = [reply for one in items for reply in await self.work([one], [])]
        return replies + [reply for one in store for reply in await self.work([], [one])]

    def _given_up(self, items: Sequence[Item], store: Sequence[Item], problem: Exception) -> list[Reply]:
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
            if not self._channels[item.incoming.channel].is_transcribed
        ]

    async def attempt(
        self, items: Sequence[Item] = (), store: Sequence[Item] = (), *, careful: bool = True
    ) -> list[Reply]:
        """One transaction; when it fails, nothing has happened. With nothing to work on, notes what was answered."""
        now = self._clock.now()
        answered, self._answered = self._answered, []
        try:
            async with self._database.write() as session:
                if self._services.programmes.is_stale:
                    await self._services.programmes.refresh(session)
                await conversations.set_states(session, answered, InboxState.ANSWERED)
                new = await self._note(session, items, store, now)
                gathered = _Round(await _load(session, items))
                for item in items:
                    who = await self._who(session, gathered.whos, item)
                    if item.inbox_key in new:
                        await self._take(session, gathered, who, item, careful=careful, alone=len(items) == 1)
                await _write(session, gathered, now)
        except BaseException:
            self._answered = answered + self._answered
            raise
        for item in store:
            item.stored = True
        return gathered.replies

    async def _take(
        self, session: Session, gathered: _Round, who: Who, item: Item, *, careful: bool, alone: bool
    ) -> None:
        """Read an update, and gather what is to be written for it."""
        turn = Turn(
            self._services,
            item.incoming,
            who,
            session,
            self._clock.now(),
            self._services.texts.say(who.language),
            self._features,
            careful=careful,
            alone=alone,
        )
        quiet = self._album_goes_on(item)
        gathered.replies.append(await self._answer(turn, item, quiet=quiet))
        if turn.form_changed:
            who.form = turn.form_json()
            if not quiet:
                who.form_account = who.account_id
            gathered.forms[who.person_id] = who
            _share_form(gathered.whos, who)
        if turn.menu_changed:
            gathered.menus[who.account_id] = who
        if item.incoming.kind is IncomingKind.GONE:
            return
        if not who.reachable or turn.now - who.last_seen_at > _SEEN_LATELY:
            gathered.seen.add(who.account_id)
            if not who.reachable or self._was_closed(who, turn.now):
                gathered.back.add(who.person_id)

    async def _answer(self, turn: Turn, item: Item, *, quiet: bool) -> Reply:
        """What an update is answered with; on a channel that is ours, also written into the conversation."""
        incoming = item.incoming
        watch = self.watches.get(incoming.channel)
        watched = Watched(turn) if watch is not None else None
        channel = self._channels[incoming.channel]
        if not turn.who.registered and not item.too_fast and watch is None:
            item.too_fast = not self._patience.allows_guest(item.lane_key)
        if item.too_fast:
            if item.warning is None:
                item.warning = self._patience.warning(turn.say, item.lane_key)
            screens = item.warning
        else:
            is_typed = not channel.capabilities.buttons and not incoming.is_group
            screens = await self._screens(turn, is_typed=is_typed)
        if watch is not None and watched is not None:
            watch(await watched.ends())
        if quiet and not item.too_fast:
            screens = ()
        if channel.is_transcribed:
            # Of what comes too fast nothing is kept.
            kept = None if item.too_fast else incoming
            await channel.write(turn.session, turn.to, kept, screens, turn.now)
        return Reply(incoming, turn.to, screens)

    async def _screens(self, turn: Turn, *, is_typed: bool) -> tuple[Screen, ...]:
        before = turn.form
        try:
            return await (respond_typed(turn) if is_typed else respond(turn))
        except (SpoiledError, CrowdedError):
            raise
        except Exception as problem:
            # One person's trouble must not be everyone's; the database's is.
            if isinstance(problem, DatabaseError) and is_trouble(problem):
                raise
            return await _failed(turn, before, problem, is_typed=is_typed)

    async def _note(
        self, session: Session, items: Sequence[Item], store: Sequence[Item], now: datetime
    ) -> set[Key]:
        """Put updates in the inbox; gives those that are to be worked on now."""
        rows = [_inbox_row(item, InboxState.DONE, now) for item in items if not item.stored]
        rows += [_inbox_row(item, InboxState.ACCEPTED, now) for item in store]
        new = await conversations.mark_seen(session, rows) if rows else set()
        # What was delivered twice, or taken up by two processes, is worked on by the first that comes so far.
        stored = [item.inbox_key for item in items if item.stored]
        return new | await conversations.move_on(session, stored, InboxState.ACCEPTED, InboxState.DONE)

    async def _who(self, session: Session, whos: dict[Key, Who], item: Item) -> Who:
        """Who an update is from; they are made known when they come for the first time."""
        incoming = item.incoming
        if item.lane_key not in whos:
            whos[item.lane_key] = await conversations.meet(
                session,
                channel=incoming.channel,
                external_id=incoming.account,
                chat_id=incoming.account if incoming.is_group else incoming.chat,
                language="en" if incoming.language.startswith("en") else "vi",
                now=self._clock.now(),
            )
        return whos[item.lane_key]

    def _was_closed(self, who: Who, now: datetime) -> bool:
        """Whether their messenger's time for writing to them had run out."""
        hours = self._channels[who.channel].capabilities.window_hours
        return hours is not None and now - who.last_seen_at >= timedelta(hours=hours)


async def _load(session: Session, items: Sequence[Item]) -> dict[Key, Who]:
    """Those of the updates' senders who are known."""
    by_channel: dict[str, list[str]] = {}
    for item in items:
        by_channel.setdefault(item.incoming.channel, []).append(item.incoming.account)
    whos: dict[Key, Who] = {}
    for channel, accounts in by_channel.items():
        for account, who in (await conversations.load(session, channel, accounts)).items():
            whos[channel, account] = who
    return whos


async def _write(session: Session, gathered: _Round, now: datetime) -> None:
    await conversations.save_forms(session, [one.form_row() for one in gathered.forms.values()], now)
    await menus.save(session, [(one.account_id, one.menu) for one in gathered.menus.values()])
    await conversations.touch(session, sorted(gathered.seen), now)
    if gathered.back:
        back = sorted(gathered.back)
        await outbox.wake(session, back, now)
        await ledger.wake(session, back, now)


async def _failed(
    turn: Turn, before: FormState | None, problem: Exception, *, is_typed: bool
) -> tuple[Screen, ...]:
    log.error("update %s of %s failed", turn.incoming.key, turn.incoming.channel, exc_info=problem)
    turn.restore_form(before, changed=False)
    screens = (failed(turn),)
    # No form counts as open here: asking its question again could fail in the same way.
    return await lay_out(turn, None, screens) if is_typed else screens


def _inbox_row(item: Item, state: InboxState, now: datetime) -> dict[str, object]:
    incoming = item.incoming
    return {
        "channel": incoming.channel,
        "update_key": incoming.key,
        "account_external_id": incoming.account,
        "chat_id": incoming.chat,
        "state": state,
        "body": incoming.to_json() if state is InboxState.ACCEPTED else None,
        "received_at": now,
    }


def _share_form(whos: Mapping[Key, Who], changed: Who) -> None:
    """A person who writes on two channels at the same moment has one conversation."""
    for other in whos.values():
        if other.person_id == changed.person_id:
            other.form, other.form_account = changed.form, changed.form_account
