"""Reading the audit trail as people do: where, when, who, whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from storage.engine import Session
from storage.initiatives.tables import Initiative
from storage.people.tables import Person
from storage.trail import Event
from storage.units.tables import Unit
from storage.units.tree import below


@dataclass(frozen=True, slots=True)
class Told:
    """An event, with what its ids stand for."""

    event: Event
    #: Empty for the administrator and the bot itself.
    actor: str
    person: str
    unit: str
    #: The initiative's code.
    code: str
    #: By whose code the actor had come in.
    helper: str


async def page(session: Session, paths: Sequence[str] | None, *, offset: int, limit: int) -> Sequence[Told]:
    """Events in these subtrees, or all, the newest first."""
    actor, person, helper = aliased(Person), aliased(Person), aliased(Person)
    statement = (
        select(
            Event,
            func.coalesce(actor.name, ""),
            func.coalesce(person.name, ""),
            func.coalesce(Unit.name, ""),
            func.coalesce(Initiative.code, ""),
            func.coalesce(helper.name, ""),
        )
        .join(actor, actor.id == Event.actor_id, isouter=True)
        .join(person, person.id == Event.person_id, isouter=True)
        .join(helper, helper.id == Event.details["by_code_of"].as_integer(), isouter=True)
        .join(Unit, Unit.id == Event.unit_id, isouter=True)
        .join(Initiative, Initiative.id == Event.initiative_id, isouter=True)
        .order_by(Event.id.desc())
        .offset(offset)
        .limit(limit)
    )
    if paths is not None:
        units = select(Unit.id).where(or_(*(below(path) for path in paths)))
        statement = statement.where(or_(Event.unit_id.in_(units), person.unit_id.in_(units)))
    rows = await session.execute(statement)
    return [Told(*row) for row in rows]
