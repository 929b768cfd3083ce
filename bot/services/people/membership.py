"""Who is of a unit: whom its own invite or list brought; anybody else when its team says so.

Whoever has read the code on a poster, or knows a unit's name, may say that they work there, and submit at once. What
is confidential there opens to its members alone.
"""

from collections.abc import Mapping, Sequence

from bot.services.act import Act
from bot.services.people import claims
from bot.services.people.claims import ClaimKind
from bot.services.people.privacy import Privacy
from bot.services.refusal import Refusal
from storage.engine import Session
from storage.people.claim_tables import PersonClaim
from storage.people.tables import Person
from storage.units.tables import Unit


async def comes(act: Act, person: Person, unit_id: int, *, is_invited: bool) -> None:
    """Somebody is of a unit from now on: as a member where the unit brought them, else as who says so."""
    person.unit_id = unit_id
    person.member_since = act.now if is_invited else None
    await act.session.flush()
    if not is_invited:
        mine = Act(act.session, act.now, person.id)
        await claims.make(mine, MEMBER, unit_id, unit_id)


def is_member(person: Person | None, unit_id: int) -> bool:
    """Whether somebody is of a unit, and the unit says so."""
    return person is not None and person.unit_id == unit_id and person.member_since is not None


async def _confirm(act: Act, _privacy: Sequence[Privacy], claim: PersonClaim) -> None:
    person = await act.session.get_one(Person, claim.person_id)
    if person.unit_id != claim.unit_id:
        raise Refusal("claim.moved_on")
    person.member_since = person.member_since or act.now


async def _unconfirm(act: Act, _privacy: Sequence[Privacy], claim: PersonClaim) -> None:
    person = await act.session.get_one(Person, claim.person_id)
    if person.unit_id == claim.unit_id:
        person.member_since = None


async def _about(act: Act, claim: PersonClaim) -> Mapping[str, str]:
    unit = await act.session.get_one(Unit, claim.unit_id)
    return {"unit_name": unit.name}


#: Somebody says that they are of a unit. Many come on the first day, so that nobody is told of each.
MEMBER = ClaimKind("member", _confirm, _unconfirm, _about, is_told=False)


async def member_of(session: Session, person_id: int | None, unit_id: int) -> bool:
    """The same of a person's id."""
    return is_member(await session.get(Person, person_id) if person_id else None, unit_id)
