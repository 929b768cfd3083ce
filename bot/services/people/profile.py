"""What people tell of themselves: kept from what they submit."""

from collections.abc import Mapping
from datetime import date

from bot.services.act import Act
from bot.services.refusal import Forbidden
from storage.people.tables import Person

#: Nobody who works today was born before.
BORN_EARLIEST = date(1930, 1, 1)

#: What one tells when one submits, and need not tell again.
_KEPT = frozenset({"born", "workplace", "title", "qualification"})


async def _actor(act: Act) -> Person:
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None:
        raise Forbidden
    return person


async def keep(act: Act, values: Mapping[str, object]) -> None:
    """Keep what the actor told of themselves while submitting, so that it is not asked the next time.

    ``values``: birth date, workplace, title and qualification, each or some; what is empty changes nothing.
    Raises ValueError for any other.
    """
    unknown = values.keys() - _KEPT
    if unknown:
        raise ValueError(f"this is not kept of a person: {sorted(unknown)}")
    person = await _actor(act)
    for name, value in values.items():
        if value:
            setattr(person, name, value)
    await act.session.flush()
