"""Decisions that may not have arrived: told once more by themselves, unless there is no need for it any more.

Nobody can ask a messenger whether something arrived. Whoever has looked at the initiative since, or was told in the
menu, knows; what newer news has taken the place of is not told again, and nobody is woken for it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.quiet_hours import QuietHours
from bot.services import telling
from bot.services.act import Act
from bot.services.telling import NoticeKind
from storage.delivery import outbox
from storage.delivery.tables import Outbox, OutboxState
from storage.engine import Session
from storage.people.tables import Person

#: How many are decided on in one transaction; the next ones follow a minute later.
_PIECE = 100


async def decide(
    session: Session, quiet: QuietHours, now: datetime, again: Mapping[str, NoticeKind | None]
) -> None:
    """Let those messages wait to be sent that may not have arrived, and whose time it is to be told again.

    ``again``: the kinds that are told again, each with the kind of later news that takes its place.
    """
    for row in await outbox.uncertain_since(session, now, _PIECE):
        if row.kind not in again or row.person_id is None:
            row.again_at = None
            continue
        newer = again[row.kind]
        if newer is not None and await outbox.has_later(session, row, newer):
            row.state, row.error = OutboxState.CANCELLED, "newer news took its place"
            continue
        awake = quiet.awake((await session.get_one(Person, row.person_id)).shift, now)
        if awake > now:
            row.again_at = awake
            continue
        # Marked, so that its words say so and that it is never told a third time.
        row.details = {**row.details, "again": True}
        row.state, row.due_at, row.attempts, row.again_at = OutboxState.PENDING, now, 0, None


async def may_be_missed(act: Act) -> Sequence[Outbox]:
    """What the actor may not have got."""
    return await outbox.uncertain_for(act.session, act.actor_id) if act.actor_id is not None else ()


async def told(act: Act, one: Outbox) -> None:
    """The actor has just been told one of them in another way."""
    await outbox.told(act.session, one.id, act.now)


async def seen(act: Act, initiative_id: int) -> None:
    """The actor looks at an initiative: what they may not have been told about it, they see now."""
    if act.actor_id is not None:
        await outbox.seen(act.session, act.actor_id, telling.about(initiative_id), act.now)
