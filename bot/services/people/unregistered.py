"""People who never talked to the bot: on an enterprise's list, or written down by others.

They have the same rights as anybody (Law 91/2025/QH15): here it is found out who they turn out to be when they
come, and here an administrator erases them when they ask for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation.text import fold, same_key
from bot.services.act import Act
from bot.services.people import merging
from bot.services.people.erased import ERASED_NAME
from bot.services.people.privacy import Found, Privacy
from bot.services.refusal import Forbidden, Refusal
from storage.people import members
from storage.people import privacy as stored
from storage.people.tables import Person
from storage.units.tables import Unit

#: How often somebody may guess at a number of the enterprise's before only an administrator can help.
GUESSES = 5


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


async def take_place(act: Act, privacy: Sequence[Privacy], staff_code: str) -> None:
    """The actor is who the list means, and shows it by the enterprise's own number for them.

    What the list says of them is theirs from then on, where they have not said otherwise, and so is all that others
    entered for them. Raises :class:`WrongNumber` when the number is not that of a namesake, and :class:`Refusal` after
    :data:`GUESSES` wrong ones for good.
    """
    person = await _registered(act)
    guesses = await stored.wrong_numbers(act.session, person.id)
    if guesses >= GUESSES:
        raise Refusal("listing.too_often")
    typed = same_key(staff_code)
    listed = await members.listed_as(act.session, person)
    place = next((one for one in listed if same_key(one.staff_code or "") == typed), None)
    if place is None:
        act.record("place_not_taken", person_id=person.id)
        raise WrongNumber(GUESSES - 1 - guesses)
    await merging.become(act, privacy, place, person)
    number = place.staff_code
    await act.session.flush()
    await act.session.delete(place)
    await act.session.flush()
    person.staff_code = number
    act.record("place_taken", person_id=person.id, unit_id=person.unit_id)
    await act.session.flush()


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
    await act.session.flush()
