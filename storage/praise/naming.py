"""Whether people may be named when they are thanked, as they have answered."""

from sqlalchemy import select

from storage.engine import Session
from storage.people.tables import Consent, ConsentSubject


async def was_asked(session: Session, person_id: int) -> bool:
    """Whether somebody has answered the question already, either way."""
    asked = select(Consent.id).where(Consent.person_id == person_id, Consent.subject == ConsentSubject.NAMED)
    return await session.scalar(asked.limit(1)) is not None
