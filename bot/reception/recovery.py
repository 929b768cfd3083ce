"""Taking up what a dead process left: updates that are stored and not worked on, answers that may not have left."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.conversation.vocabulary import Incoming, IncomingKind, Reply, Screen
from bot.delivery.channel import Channel
from bot.handlers.features import Features
from bot.handlers.turn import Turn
from bot.reception.lanes import Key
from bot.reception.reader import respond
from bot.reception.typed import lay_out
from bot.services.shared import Services
from storage.conversation import conversations, menus
from storage.conversation.tables import InboxState
from storage.engine import Database, Session

if TYPE_CHECKING:
    from storage.conversation.conversations import Who

#: A stored update or an unsent answer older than this was left by a process that died.
ORPHANED_AFTER = timedelta(minutes=2)


class Recovery:
    """Looks in the inbox for what nobody has in hand."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        services: Services,
        features: Features,
        channels: Mapping[str, Channel],
    ) -> None:
        """``channels`` as they are at the start: one that comes later has another process for this."""
        self._database = database
        self._clock = clock
        self._services = services
        self._features = features
        self._channels = channels
        self._taken = tuple(channels)

    def before(self, *, orphans_only: bool) -> datetime:
        """What came before this moment is taken up: at the start all there is, later what has waited for long."""
        return self._clock.now() - ORPHANED_AFTER if orphans_only else self._clock.now() + timedelta(days=1)

    async def left(self, before: datetime, in_hand: Collection[Key]) -> list[Incoming]:
        """The stored updates that nobody works on."""
        async with self._database.read() as session:
            rows = await conversations.waiting(session, InboxState.ACCEPTED, self._taken)
        return [
            Incoming.from_json(row.body)
            for row in rows
            if row.received_at <= before
            and row.body is not None
            and (row.channel, row.update_key) not in in_hand
        ]

    async def shown_again(self, before: datetime, on_their_way: Collection[Key]) -> list[Reply]:
        """For those whose answer may not have left: where they are. Where nothing is open, the menu."""
        async with self._database.read() as session:
            rows = await conversations.waiting(session, InboxState.DONE, self._taken)
        owed = [
            row
            for row in rows
            if row.received_at <= before and (row.channel, row.update_key) not in on_their_way
        ]
        if not owed:
            return []
        keys = [(row.channel, row.update_key) for row in owed]
        latest: dict[Key, Key] = {}
        now = self._clock.now()
        async with self._database.write() as session:
            mine = await conversations.claim_unanswered(session, keys, before, now)
            for row in owed:
                is_theirs = row.account_external_id == row.chat_id
                # A conversation of ours has its answers in it, and a group has no place of its own.
                if (
                    is_theirs
                    and (row.channel, row.update_key) in mine
                    and not self._channels[row.channel].is_transcribed
                ):
                    latest[row.channel, row.account_external_id] = (row.update_key, row.chat_id)
            found = [await self._where_they_are(session, account, *last) for account, last in latest.items()]
            replies = [reply for reply in found if reply is not None]
            # One answer stands for all that somebody is owed; it is owed until it has left.
            left = {(reply.incoming.channel, reply.incoming.key) for reply in replies}
            await conversations.set_states(session, sorted(mine - left), InboxState.ANSWERED)
        return replies

    async def _where_they_are(self, session: Session, account: Key, key: str, chat: str) -> Reply | None:
        channel, external_id = account
        who = (await conversations.load(session, channel, [external_id])).get(external_id)
        if who is None:
            return None
        incoming = Incoming(channel, key, 0, IncomingKind.TEXT, external_id, chat, text="/menu")
        turn = Turn(
            self._services,
            incoming,
            who,
            session,
            self._clock.now(),
            self._services.texts.say(who.language),
            self._features,
        )
        screens = await self._screens(turn, who)
        return Reply(incoming, turn.to, screens)

    async def _screens(self, turn: Turn, who: "Who") -> tuple[Screen, ...]:
        is_open = turn.form is not None and turn.form.form in turn.routes.forms
        screens = (turn.show_form(),) if is_open else await respond(turn)
        if turn.form_changed:
            who.form = turn.form_json()
            who.form_account = who.account_id
            await conversations.save_forms(turn.session, [who.form_row()], turn.now)
        if not self._channels[who.channel].capabilities.buttons:
            screens = await lay_out(turn, None, screens)
            await menus.save(turn.session, [(who.account_id, who.menu)])
        return screens
