"""Initiatives that wait for who entered them, because the team has returned them."""

from sqlalchemy import select

from storage.engine import Session
from storage.initiatives.tables import Initiative, InitiativeState


async def oldest_of(session: Session, person_id: int) -> int | None:
    """The oldest initiative that was returned to somebody."""
    found: int | None = await session.scalar(
        select(Initiative.id)
        .where(Initiative.entered_by == person_id, Initiative.state == InitiativeState.RETURNED)
        .order_by(Initiative.id)
        .limit(1)
    )
    return found
