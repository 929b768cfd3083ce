"""People who never talked to the bot: on an enterprise's list, or written down by others.

They have the same rights as anybody (Law 91/2025/QH15): here it is found out who they turn out to be when they
come, and here an administrator erases them when they ask for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.conversation.text import fold, same_key
from bot.services.act import Act
from bot.services.people import claims, merging
from bot.services.people.claims import ClaimKind
from bot.services.people.erased import ERASED_NAME
from bot.services.people.privacy import Found, Privacy
from bot.services.people.rights import reach_of
from bot.services.refusal import Forbidden, Refusal
from storage.people import claims as claimed
from storage.people import members
from storage.people import privacy as stored
from storage.people.claim_tables import PersonClaim
from storage.people.tables import Person
from storage.units.tables import Unit

#: How often somebody may guess at a number of the enterprise's before only their team can help.
GUESSES = 5
#: Wrong numbers for the places of one name on a unit's list, from whomever they come, and ...
_AT_A_PLACE, _FOR_A_PLACE = 10, timedelta(days=7)
#: ... from one address or account, which may be that of a whole workshop.
_FROM_ONE, _FROM_ONE_IN = 20, timedelta(days=1)
#: What a list may say of somebody, and what their row is given back when it was not they.
_SAID = ("name", "name_folded", "staff_code", "born", "workplace", "title", "qualification", "unit_id")


class WrongNumber(Exception):
    """Not a namesake's number. ``left``: how many guesses remain. It is no refusal: the guess itself is kept."""

    def __init__(self, left: int) -> None:
        """``left``: how many guesses remain."""
        super().__init__("wrong number")
        self.left = left


async def _registered(act: Act) -> Person:
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or person.registered_at is None or person.unit_id is None:
        raise Forbidden
    return person


# ---------------------------------------------------------------- taking one's place on a list


async def is_listed(act: Act) -> bool:
    """Whether the list of the actor's unit has somebody of the actor's name who has not come yet."""
    return bool(await members.listed_as(act.session, await _registered(act)))


async def claim_place(act: Act, staff_code: str, origin: str) -> None:
    """The actor says who the list means, and shows the enterprise's own number for them; the team says whether it is so.

    ``origin``: where they give it from, an address or an account, to count wrong ones by. Raises :class:`WrongNumber`
    when the number is not that of a namesake, and :class:`Refusal` after too many wrong ones: of theirs, for that place,
    or from there.
    """
    person = await _registered(act)
    guesses = await stored.wrong_numbers(act.session, person.id)
    folded, unit_id = person.name_folded, person.unit_id or 0
    at_place = await claimed.wrong_at_place(act.session, unit_id, folded, act.now - _FOR_A_PLACE)
    from_there = await claimed.wrong_from(act.session, origin, act.now - _FROM_ONE_IN)
    if guesses >= GUESSES or at_place >= _AT_A_PLACE or from_there >= _FROM_ONE:
        raise Refusal("listing.too_often")
    typed = same_key(staff_code)
    listed = await members.listed_as(act.session, person)
    place = next((one for one in listed if same_key(one.staff_code or "") == typed), None)
    if place is None:
        act.record("place_not_taken", person_id=person.id)
        await claimed.note_wrong(act.session, unit_id, folded, origin, act.now)
        raise WrongNumber(min(GUESSES - guesses, _AT_A_PLACE - at_place, _FROM_ONE - from_there) - 1)
    await claims.make(act, PLACE, unit_id, place.id)


async def _take_place(act: Act, privacy: Sequence[Privacy], claim: PersonClaim) -> None:
    """What the list says of them is theirs, where they have not said otherwise, and so is all that was entered for them."""
    person = await act.session.get_one(Person, claim.person_id)
    place = await act.session.get(Person, claim.subject)
    if place is None or place.registered_at is not None or place.staff_code is None:
        raise Refusal("claim.place_gone")
    if await reach_of(act.session, place.id):
        raise Refusal("claim.has_role")
    said = {name: _json(getattr(place, name)) for name in _SAID}
    lacked = [
        name for name in ("born", "workplace", "title", "qualification") if getattr(person, name) is None
    ]
    kept = [
        await domain.before_merge(act, place.id, person.id) if domain.before_merge is not None else None
        for domain in privacy
    ]
    number, member = person.staff_code, person.member_since
    claim.details = {
        **claim.details, "said": said, "lacked": lacked, "kept": kept, "number": number, "was_member": bool(member),
    }  # fmt: skip
    # What they are told from now on may be confidential: a browser from before has to come in again.
    await merging.become(act, privacy, place, person)
    code = place.staff_code
    stored.blank(place, ERASED_NAME, act.now)
    await act.session.flush()
    person.staff_code = code
    person.member_since = person.member_since or act.now
    act.record("place_taken", person_id=person.id, unit_id=person.unit_id)
    await act.session.flush()


async def _give_place_back(act: Act, privacy: Sequence[Privacy], claim: PersonClaim) -> None:
    """It was not they: the row of the list says again what it said, and theirs no longer does."""
    person = await act.session.get_one(Person, claim.person_id)
    place = await act.session.get_one(Person, claim.subject)
    details = claim.details
    for name, value in details["said"].items():
        setattr(place, name, date.fromisoformat(value) if name == "born" and value else value)
    place.erased_at = None
    for name in details["lacked"]:
        setattr(person, name, None)
    person.staff_code = details["number"]
    person.member_since = person.member_since if details["was_member"] else None
    for domain, kept in zip(privacy, details["kept"], strict=True):
        if domain.part is not None:
            await domain.part(act, place.id, person.id, kept)
    # What undoing needed is personal, and not needed any more.
    claim.details = {}
    act.record("place_given_back", person_id=person.id, unit_id=place.unit_id)
    await act.session.flush()


def _json(value: Any) -> Any:  # noqa: ANN401 - of a column
    return value.isoformat() if isinstance(value, date) else value


async def _about_place(act: Act, claim: PersonClaim) -> Mapping[str, str]:
    place = await act.session.get(Person, claim.subject)
    said = claim.details.get("said") or {}
    name = said.get("name") or (place.name if place is not None else "")
    return {
        "name": name,
        "number": said.get("staff_code") or (place.staff_code or "" if place is not None else ""),
    }


#: Somebody says that the list means them.
PLACE = ClaimKind("place", _take_place, _give_place_back, _about_place)


# ---------------------------------------------------------------- erasing


@dataclass(frozen=True, slots=True)
class Nameless:
    """Who never registered and bears a name; and who bears one that differs in its marks, which is somebody else."""

    found: Sequence[Found]
    alike: Sequence[Found]


async def find(act: Act, privacy: Sequence[Privacy], unit: Unit, name: str) -> Nameless:
    """Who never registered and bears this name, in a unit and all below it. For the administrator alone.

    Raises :class:`Forbidden`.
    """
    if act.actor_id is not None:
        raise Forbidden
    found = [
        Found(person.name, person.staff_code, None, code)
        for person, code in await members.listed_below(act.session, unit.path, fold(name))
    ]
    for domain in privacy:
        if domain.find_unregistered is not None:
            found += await domain.find_unregistered(act, unit.path, name)
    key = same_key(name)
    return Nameless(
        [one for one in found if same_key(one.name) == key],
        [one for one in found if same_key(one.name) != key],
    )


async def erase(act: Act, privacy: Sequence[Privacy], unit: Unit, name: str) -> None:
    """Erase those whom :func:`find` finds: what names them goes, shares and counts stay. Raises :class:`Forbidden`."""
    if act.actor_id is not None:
        raise Forbidden
    rows = await members.listed_below(act.session, unit.path, fold(name))
    listed = [person for person, _ in rows if same_key(person.name) == same_key(name)]
    for domain in reversed(privacy):
        if domain.erase_unregistered is not None:
            await domain.erase_unregistered(act, unit.path, name, [person.id for person in listed])
    for person in listed:
        stored.blank(person, ERASED_NAME, act.now)
        act.record("erased", person_id=person.id)
    act.record("unregistered_erased", unit_id=unit.id)
    act.session.info["erased"] = True
    await act.session.flush()
