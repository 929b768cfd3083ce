"""Thanks by name: who agreed to be named, and whom a campaign has to thank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.quiet_hours import at_local
from bot.services.act import Act
from bot.services.people import people
from bot.services.people.people import ConsentEvidence
from bot.services.refusal import Forbidden
from storage.campaigns.tables import Campaign
from storage.initiatives.tables import Author, Initiative, InitiativeState
from storage.people.tables import Consent, ConsentSubject, Person
from storage.units.tables import Unit
from storage.units.tree import below

#: Names in one message; more are no thanks but a list.
_MOST_NAMES = 30


async def agree(act: Act, evidence: ConsentEvidence, *, agreed: bool) -> None:
    """Whether the actor may be named when people are thanked; nobody else can say so for them.

    The evidence of what they were asked, and of their answer, is kept. Source: Law 91/2025/QH15.
    """
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or person.registered_at is None:
        raise Forbidden
    person.named_since = (person.named_since or act.now) if agreed else None
    people.consent(act, evidence, given=agreed, subject=ConsentSubject.NAMED)
    act.record("named", person_id=person.id, agreed=agreed)
    await act.session.flush()


async def was_asked(session: AsyncSession, person_id: int) -> bool:
    """Whether somebody has answered the question already, either way."""
    asked = select(Consent.id).where(Consent.person_id == person_id, Consent.subject == ConsentSubject.NAMED)
    return await session.scalar(asked.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Thanks:
    """Whom a campaign thanks: by name those who agreed to it, and how many others there are."""

    names: Sequence[str]
    others: int


async def of_campaign(session: AsyncSession, campaign: Campaign, path: str) -> Thanks:
    """The authors of what was sent during a campaign in the subtree of ``path``, who gave most first."""
    first = at_local(campaign.starts, time(0))
    after = at_local(campaign.ends + timedelta(days=1), time(0))
    gave = (
        select(Author.person_id, Author.name, func.count().label("number"))
        .join(Initiative, Initiative.id == Author.initiative_id)
        .join(Unit, Unit.id == Initiative.unit_id)
        .where(
            below(path),
            Initiative.phase_id == campaign.phase_id,
            Initiative.submitted_at >= first,
            Initiative.submitted_at < after,
            Initiative.state.not_in([InitiativeState.WITHDRAWN, InitiativeState.REJECTED]),
        )
        # Who never came here has no number of their own; two of the same name count as one.
        .group_by(Author.person_id, Author.name)
        .subquery()
    )
    total = int(await session.scalar(select(func.count()).select_from(gave)) or 0)
    names = (
        await session.scalars(
            select(Person.name)
            .join(gave, gave.c.person_id == Person.id)
            .where(Person.named_since.is_not(None), Person.registered_at.is_not(None))
            .group_by(Person.id, Person.name)
            .order_by(func.sum(gave.c.number).desc(), Person.name, Person.id)
            .limit(_MOST_NAMES)
        )
    ).all()
    return Thanks(names, max(total - len(names), 0))
