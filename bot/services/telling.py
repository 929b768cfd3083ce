"""What the bot has to tell people by itself: put into the outbox with the change that it is about."""

from collections.abc import Sequence
from typing import Any

from bot.services.act import Act
from storage.delivery import outbox
from storage.delivery.tables import Lane, OutboxState


class NoticeKind(str):
    """Which notice it is. Each kind is declared once, in the services of its domain; a feature brings its words."""

    __slots__ = ()


def about(initiative_id: int) -> str:
    """What messages on an initiative are marked with."""
    return f"initiative:{initiative_id}"


def row(act: Act, key: str, kind: NoticeKind, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - columns
    """A message for the outbox, due now."""
    return {
        "key": key,
        "kind": kind,
        "details": values.pop("details", {}),
        "about": values.pop("about", None),
        "person_id": values.pop("person_id", None),
        "team_chat_id": values.pop("team_chat_id", None),
        "lane": Lane.DECISION,
        "state": OutboxState.PENDING,
        "due_at": act.now,
        "created_at": act.now,
        "attempts": 0,
    }


async def tell_people(
    act: Act,
    people: Sequence[int],
    kind: NoticeKind,
    key: str,
    initiative_id: int | None = None,
    **details: Any,  # noqa: ANN401
) -> None:
    """Tell each of these people, except whoever does this."""
    await outbox.put(
        act.session,
        [
            row(
                act,
                f"{key}:person:{person_id}",
                kind,
                details={**details, **({"initiative": initiative_id} if initiative_id else {})},
                about=about(initiative_id) if initiative_id else None,
                person_id=person_id,
            )
            for person_id in sorted(set(people))
            if person_id != act.actor_id
        ],
    )
