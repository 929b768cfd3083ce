"""People who never talked to the bot: on an enterprise's list, or written down as an author.

They have the same rights as anybody (Law 91/2025/QH15): here it is found out who they turn out to be when they
come, and here an administrator erases them when they ask for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select, update

from bot.conversation.text import fold
from bot.services import telling
from bot.services.act import Act
from bot.services.initiatives import told
from bot.services.people.erased import ERASED_NAME, NOBODY, scrub
from bot.services.refusal import Forbidden, Refusal
from storage.conversation.tables import Conversation, Draft
from storage.delivery.tables import Outbox
from storage.initiatives.tables import Author, Initiative
from storage.people.tables import Pass, Person, RoleGrant
from storage.trail import Event
from storage.units.tables import Unit
from storage.units.tree import below

#: How often somebody may guess at a number of the enterprise's before only an administrator can help.
GUESSES = 5

#: A name as common as this asks nobody: most of those asked would be the wrong ones.
_NAMESAKES = 5

#: How many authorships are asked about when somebody registers.
_ASKED_AT_ONCE = 5


async def _registered(act: Act) -> Person:
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or person.registered_at is None or person.unit_id is None:
        raise Forbidden
    return person


# ---------------------------------------------------------------- on an enterprise's list


def _listed(person: Person) -> Sequence[ColumnElement[bool]]:
    return (
        Person.unit_id == person.unit_id,
        Person.name_folded == person.name_folded,
        Person.staff_code.is_not(None),
        Person.registered_at.is_(None),
        Person.erased_at.is_(None),
    )


async def is_listed(act: Act) -> bool:
    """Whether the list of the actor's unit has somebody of the actor's name who has not come yet."""
    person = await _registered(act)
    found = await act.session.scalar(select(Person.id).where(*_listed(person)).limit(1))
    return found is not None


async def take_place(act: Act, staff_code: str) -> None:
    """The actor is who the list means, and shows it by the enterprise's own number for them.

    What the list says of them is theirs from then on, where they have not said otherwise, and so are the initiatives
    that were entered for them. Raises :class:`Refusal` when the number is not that of a namesake, and after
    :data:`GUESSES` wrong ones for good.
    """
    person = await _registered(act)
    guesses = await act.session.scalar(
        select(func.count())
        .select_from(Event)
        .where(Event.person_id == person.id, Event.kind == "place_not_taken")
    )
    if (guesses or 0) >= GUESSES:
        raise Refusal("listing.too_often")
    typed = fold(staff_code)
    rows = await act.session.scalars(select(Person).where(*_listed(person)))
    place = next((one for one in rows if fold(one.staff_code or "") == typed), None)
    if place is None:
        act.record("place_not_taken", person_id=person.id)
        raise WrongNumber(GUESSES - 1 - (guesses or 0))
    for name in ("born", "workplace", "title", "qualification"):
        if getattr(person, name) is None:
            setattr(person, name, getattr(place, name))
    number = place.staff_code
    for table in (Author, RoleGrant, Event, Outbox, Pass):
        await act.session.execute(
            update(table).where(table.person_id == place.id).values(person_id=person.id)
        )
    for of_person in (Draft, Conversation):
        await act.session.execute(delete(of_person).where(of_person.person_id == place.id))
    await act.session.delete(place)
    await act.session.flush()
    person.staff_code = number
    act.record("place_taken", person_id=person.id, unit_id=person.unit_id)
    await act.session.flush()


class WrongNumber(Exception):
    """Not a namesake's number. ``left``: how many guesses remain. It is no refusal: the guess itself is kept."""

    def __init__(self, left: int) -> None:
        """So many are left."""
        super().__init__("wrong number")
        self.left = left


# ---------------------------------------------------------------- written down as an author


async def tell_namesakes(act: Act, initiative_id: int, unit_id: int) -> None:
    """Ask those of the unit who bear an author's name whether it is they; each is asked once for an initiative."""
    authors = await act.session.scalars(
        select(Author.name_folded).where(
            Author.initiative_id == initiative_id, Author.person_id.is_(None), Author.name_folded != ""
        )
    )
    names = set(authors)
    if not names:
        return
    rows = await act.session.execute(
        select(Person.id, Person.name_folded).where(
            Person.unit_id == unit_id,
            Person.name_folded.in_(names),
            Person.registered_at.is_not(None),
            Person.id.not_in(
                select(Author.person_id).where(
                    Author.initiative_id == initiative_id, Author.person_id.is_not(None)
                )
            ),
        )
    )
    bearers: dict[str, list[int]] = {}
    for person_id, name in rows:
        bearers.setdefault(name, []).append(person_id)
    asked = [one for found in bearers.values() if len(found) <= _NAMESAKES for one in found]
    await telling.tell_people(
        act, asked, told.COAUTHOR, f"initiative:{initiative_id}:coauthor", initiative_id
    )


async def ask_about_authorships(act: Act) -> None:
    """Ask somebody who has just come whether they are the author of that name in their unit's newest initiatives."""
    person = await _registered(act)
    found = await act.session.scalars(
        select(Initiative.id)
        .join(Author, Author.initiative_id == Initiative.id)
        .where(
            Initiative.unit_id == person.unit_id,
            Author.person_id.is_(None),
            Author.name_folded == person.name_folded,
        )
        .order_by(Initiative.id.desc())
        .limit(_ASKED_AT_ONCE)
    )
    for initiative_id in found.all():
        await telling.tell_people(
            # Nobody else did this: they are told although it is their own registration that asks.
            Act(act.session, act.now, None),
            [person.id],
            told.COAUTHOR,
            f"initiative:{initiative_id}:coauthor",
            initiative_id,
        )


async def is_me(act: Act, initiative_id: int) -> Initiative:
    """The actor is the author of that name whom nobody is yet. Raises :class:`Refusal` when there is none."""
    person = await _registered(act)
    initiative = await act.session.get(Initiative, initiative_id)
    if initiative is None or initiative.unit_id != person.unit_id:
        raise Forbidden
    authors = (await act.session.scalars(select(Author).where(Author.initiative_id == initiative_id))).all()
    if not any(author.person_id == person.id for author in authors):
        await _was_asked(act, initiative_id)
        mine = next(
            (one for one in authors if one.person_id is None and one.name_folded == person.name_folded), None
        )
        if mine is None:
            raise Refusal("coauthor.not_any_more")
        mine.person_id = person.id
        act.record("is_author", initiative_id=initiative_id, unit_id=initiative.unit_id, person_id=person.id)
        await act.session.flush()
        # Who wrote the name down knows whom they meant.
        others = [author.person_id for author in authors if author.person_id is not None]
        await telling.tell_people(
            act,
            [initiative.entered_by, *others],
            told.AUTHOR_FOUND,
            f"initiative:{initiative_id}:found:{person.id}",
            initiative_id,
            person=person.id,
        )
    return initiative


async def _was_asked(act: Act, initiative_id: int) -> None:
    """Only who was asked "is it you?" may say yes, whatever name they have taken on since."""
    asked = await act.session.scalar(
        select(Outbox.id).where(
            Outbox.about == telling.about(initiative_id),
            Outbox.kind == told.COAUTHOR,
            Outbox.person_id == act.actor_id,
        )
    )
    if asked is None:
        raise Refusal("coauthor.not_any_more")


# ---------------------------------------------------------------- erasing


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who never registered: as a row of a list, or as an author of an initiative."""

    name: str
    #: The enterprise's number, for a row of a list.
    staff_code: str | None
    #: The initiative's code, for an author.
    code: str | None
    unit: str


async def find(act: Act, unit: Unit, name: str) -> Sequence[Found]:
    """Who never registered and bears this name, in a unit and all below it. For the administrator alone."""
    if act.actor_id is not None:
        raise Forbidden
    listed = await act.session.execute(
        select(Person.name, Person.staff_code, Unit.code)
        .join(Unit, Unit.id == Person.unit_id)
        .where(
            below(unit.path),
            Person.name_folded == fold(name),
            Person.registered_at.is_(None),
            Person.staff_code.is_not(None),
        )
        .order_by(Person.id)
    )
    authors = await act.session.execute(
        select(Author.name, Initiative.code, Unit.code)
        .join(Initiative, Initiative.id == Author.initiative_id)
        .join(Unit, Unit.id == Initiative.unit_id)
        .where(below(unit.path), Author.name_folded == fold(name), Author.person_id.is_(None))
        .order_by(Initiative.id)
    )
    return [
        *(Found(person, staff_code, None, code) for person, staff_code, code in listed),
        *(Found(author, None, initiative, code) for author, initiative, code in authors),
    ]


async def erase(act: Act, unit: Unit, name: str) -> None:
    """Erase those whom :func:`find` finds: what names them goes, shares and counts stay."""
    if act.actor_id is not None:
        raise Forbidden
    session = act.session
    units = select(Unit.id).where(below(unit.path))
    people = (
        await session.scalars(
            select(Person).where(
                Person.unit_id.in_(units),
                Person.name_folded == fold(name),
                Person.registered_at.is_(None),
                Person.staff_code.is_not(None),
            )
        )
    ).all()
    for person in people:
        await session.execute(
            update(Author).where(Author.person_id == person.id).values(person_id=None, **NOBODY)
        )
        person.name, person.name_folded = ERASED_NAME, ""
        person.staff_code = person.born = person.workplace = person.title = person.qualification = None
        person.unit_id, person.erased_at = None, act.now
        act.record("erased", person_id=person.id)
    concerned = (
        await session.scalars(
            select(Author.initiative_id)
            .join(Initiative, Initiative.id == Author.initiative_id)
            .where(Author.name_folded == fold(name), Initiative.unit_id.in_(units))
        )
    ).all()
    written = await session.scalars(
        select(Author.name).where(Author.name_folded == fold(name), Author.person_id.is_(None)).distinct()
    )
    for one in written.all():
        await scrub(session, one, (), concerned)
    await session.execute(
        update(Author)
        .where(
            Author.person_id.is_(None),
            Author.name_folded == fold(name),
            Author.initiative_id.in_(select(Initiative.id).where(Initiative.unit_id.in_(units))),
        )
        .values(**NOBODY)
        .execution_options(synchronize_session=False)
    )
    act.record("unregistered_erased", unit_id=unit.id)
    await session.flush()
