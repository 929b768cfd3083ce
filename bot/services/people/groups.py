"""Group chats of support teams: bound to a unit, whose new submissions they are then told of, and unbound."""

from bot.services.act import Act
from bot.services.people import passes
from bot.services.people.passes import Opened
from bot.services.people.rights import require
from bot.services.people.roles import Power
from bot.services.refusal import Refusal
from storage.people import groups as stored
from storage.people.tables import PassKind, TeamChat
from storage.units.tables import Unit


async def bind(act: Act, opened: Opened, channel: str, chat_id: str) -> Unit:
    """Bind a group chat to the unit of a group's code, which is used up; gives the unit.

    For the unit's officers and support team, who are shown such codes. A group that is bound to another unit changes
    over. Raises :class:`Refusal` for any other code, :class:`Forbidden`.
    """
    if opened.kind is not PassKind.GROUP or opened.unit is None:
        raise Refusal("passes.unknown")
    await require(act, opened.unit.id, Power.LOOK_AFTER)
    await passes.use(act, opened)
    chat = await stored.of_chat(act.session, channel, chat_id)
    if chat is None:
        chat = TeamChat(channel=channel, chat_id=chat_id)
        act.session.add(chat)
    chat.unit_id, chat.bound_by, chat.bound_at = opened.unit.id, act.actor_id, act.now
    chat.unreachable_since = None
    act.record("group_bound", unit_id=opened.unit.id)
    await act.session.flush()
    return opened.unit


async def unbind(act: Act, channel: str, chat_id: str) -> bool:
    """A group chat is told of nothing any more; for the officers and support team of its unit.

    False when it is not bound. Raises :class:`Forbidden`.
    """
    chat = await stored.of_chat(act.session, channel, chat_id)
    if chat is None or chat.unreachable_since is not None:
        return False
    await require(act, chat.unit_id, Power.LOOK_AFTER)
    chat.unreachable_since = act.now
    act.record("group_unbound", unit_id=chat.unit_id)
    await act.session.flush()
    return True
