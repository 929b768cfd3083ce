"""The forms that the actor put aside, kept as drafts."""

from datetime import datetime
from typing import Any

from bot.services.act import Act
from storage.conversation import conversations


async def kept(act: Act, name: str) -> tuple[dict[str, Any], datetime] | None:
    """The form put aside under a name, if any, and when it was."""
    return (
        await conversations.draft_kept(act.session, act.actor_id, name) if act.actor_id is not None else None
    )


async def drop(act: Act, name: str) -> None:
    """Forget a form put aside."""
    if act.actor_id is not None:
        await conversations.drop_draft(act.session, act.actor_id, name)
