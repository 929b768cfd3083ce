"""What a reminder leads back to: a draft of an initiative, or one that was returned."""

from bot.services.act import Act
from storage.conversation import conversations
from storage.initiatives import returned

#: The name of the draft of a new initiative.
_DRAFT = "submit"


async def has_draft(act: Act) -> bool:
    """Whether the actor has begun an initiative and not sent it."""
    if act.actor_id is None:
        return False
    return await conversations.draft(act.session, act.actor_id, _DRAFT) is not None


async def oldest_returned(act: Act) -> int | None:
    """The oldest initiative that was returned to the actor."""
    return await returned.oldest_of(act.session, act.actor_id) if act.actor_id is not None else None
