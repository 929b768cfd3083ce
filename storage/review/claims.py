"""Holding a card: of two who claim it at the same time, one gets it."""

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.dialect import changed
from storage.initiatives.tables import Initiative, InitiativeState


async def claim(
    session: AsyncSession, initiative_id: int, person_id: int | None, until: datetime, now: datetime
) -> bool:
    """Let a person hold a waiting card until a moment. Gives False when it no longer waits or somebody else holds it.

    Rows of the initiative that the session has already read are stale afterwards.
    """
    return bool(
        changed(
            await session.execute(
                update(Initiative)
                .where(
                    Initiative.id == initiative_id,
                    Initiative.state == InitiativeState.SUBMITTED,
                    or_(
                        Initiative.claimed_by.is_(None),
                        Initiative.claimed_by == person_id,
                        Initiative.claimed_until <= now,
                    ),
                )
                .values(claimed_by=person_id, claimed_until=until)
                .execution_options(synchronize_session=False)
            )
        )
    )
