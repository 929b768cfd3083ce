"""Somebody who seems to be there already comes in at a new place: a new browser, Zalo's own, another phone.

They are asked rather than made a second person. A code from a place of theirs brings them back at once; without one
their team says that it is they, and they come in as by a code that the team made (see :mod:`bot.services.people.helped`).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.conversation.text import fold, same_key
from bot.services.act import Act
from bot.services.people import accounts, claims
from bot.services.people.claims import ClaimKind
from bot.services.people.passes import Opened
from bot.services.people.privacy import Privacy
from bot.services.people.rights import reach_of
from bot.services.refusal import Forbidden, Refusal
from storage.people import claims as stored
from storage.people import members
from storage.people.claim_tables import ClaimState, PersonClaim
from storage.people.tables import PassKind, Person
from storage.units.tables import Unit

#: More namesakes than these nobody is asked about at once.
_MOST = 3
#: A yes that is not used lapses.
_LASTS = timedelta(days=7)


async def seem_to_be(act: Act, unit_id: int, name: str) -> Sequence[Person]:
    """Who of a unit is registered under exactly this name, but the actor."""
    unit = await act.session.get(Unit, unit_id)
    if unit is None:
        return ()
    found = await members.registered_as(act.session, unit_id, fold(name))
    return [one for one in found if same_key(one.name) == same_key(name) and one.id != act.actor_id]


async def ask(act: Act, unit_id: int, name: str, staff_code: str) -> bool:
    """The actor, a guest, says that they are somebody of that name: the unit's team is asked. False where nobody is.

    ``staff_code``: the enterprise's number, as they know it; empty for none. It is shown to the team, and picks one of
    several namesakes. Raises :class:`Forbidden` for who has registered.
    """
    guest = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if guest is None or guest.registered_at is not None:
        raise Forbidden
    found = await seem_to_be(act, unit_id, name)
    same = [one for one in found if staff_code and same_key(one.staff_code or "") == same_key(staff_code)]
    for one in (same or found)[:_MOST]:
        await claims.make(act, RETURN, unit_id, one.id, said=staff_code[:40], fits=bool(same), not_by=None)
    return bool(found)


async def is_waiting(act: Act) -> bool:
    """Whether the actor waits to be let in again."""
    return act.actor_id is not None and bool(await stored.waiting_of(act.session, act.actor_id, RETURN.name))


async def let_be(act: Act) -> None:
    """The actor does not wait any more: they are somebody else after all."""
    for claim in await stored.waiting_of(act.session, act.actor_id or 0, RETURN.name):
        await stored.move_on(
            act.session, claim, ClaimState.WAITING, ClaimState.REFUSED, act.actor_id, act.now
        )


async def come_back(act: Act, privacy: Sequence[Privacy], account_id: int, claim_id: int) -> Person:
    """The actor comes in as who the team said they are; gives that person.

    They do it themselves, so that the browser of just now is the one that changes. Raises :class:`Refusal` when there is
    no such yes any more, :class:`Forbidden` for another's.
    """
    claim = await act.session.get(PersonClaim, claim_id)
    if claim is None or claim.kind != RETURN.name or claim.person_id != act.actor_id:
        raise Forbidden
    if claim.state is not ClaimState.GRANTED or act.now - (claim.decided_at or act.now) > _LASTS:
        raise Refusal("claim.lapsed")
    await _check(act, claim)
    for other in await stored.waiting_of(act.session, claim.person_id, RETURN.name):
        await stored.move_on(act.session, other, ClaimState.WAITING, ClaimState.REFUSED, None, act.now)
    opened = Opened(PassKind.DEVICE, None, None, claim.subject, None, claim.decided_by)
    claim.details = {**claim.details, "account": account_id}
    return await accounts.join(act, privacy, account_id, opened)


async def _check(act: Act, claim: PersonClaim) -> None:
    person = await act.session.get(Person, claim.subject)
    if person is None or person.registered_at is None:
        raise Refusal("claim.moved_on")
    if await reach_of(act.session, person.id):
        # As with a code: whoever says yes would have the role as well.
        raise Refusal("claim.has_role")


async def _grant(act: Act, _privacy: Sequence[Privacy], claim: PersonClaim) -> None:
    await _check(act, claim)


async def _undo(act: Act, _privacy: Sequence[Privacy], claim: PersonClaim) -> None:
    if claim.details.get("account"):
        await accounts.let_go(act, [int(claim.details["account"])])


async def _about(act: Act, claim: PersonClaim) -> Mapping[str, str]:
    person = await act.session.get(Person, claim.subject)
    return {
        "name": person.name if person is not None else "",
        "workplace": person.workplace or "" if person is not None else "",
        "number": str(claim.details.get("said", "")),
        "fits": "yes" if claim.details.get("fits") else "no",
    }


#: Somebody says that they are who is registered already.
RETURN = ClaimKind("return", _grant, _undo, _about)
