"""Authors whom a colleague wrote down by name: who bears the name is asked whether it is they, and may say so."""

from bot.services import telling
from bot.services.act import Act
from bot.services.initiatives import told
from bot.services.refusal import Forbidden, Refusal
from storage.initiatives import authorship as stored
from storage.initiatives.tables import Initiative
from storage.people.tables import Person

#: A name that more people bear than this asks nobody: most of those asked would be the wrong ones.
_NAMESAKES = 5

#: How many authorships are asked about when somebody registers.
_ASKED_AT_ONCE = 5


async def _registered(act: Act) -> Person:
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or person.registered_at is None or person.unit_id is None:
        raise Forbidden
    return person


async def tell_namesakes(act: Act, initiative_id: int, unit_id: int) -> None:
    """Ask those of the unit who bear an author's name whether it is they; each is asked once for an initiative."""
    names = await stored.names_of_nobody(act.session, initiative_id)
    if not names:
        return
    bearers = await stored.bearers(act.session, unit_id, names, initiative_id)
    asked = [one for people in bearers.values() if len(people) <= _NAMESAKES for one in people]
    await telling.tell_people(
        act, asked, told.COAUTHOR, f"initiative:{initiative_id}:coauthor", initiative_id
    )


async def ask_about_authorships(act: Act) -> None:
    """Ask somebody who has just come whether they are the author of that name in their unit's newest initiatives.

    Raises :class:`Forbidden` for who has not registered.
    """
    person = await _registered(act)
    for initiative_id in await stored.perhaps_by(act.session, person, _ASKED_AT_ONCE):
        await telling.tell_people(
            # Nobody else did this: they are told although it is their own registration that asks.
            Act(act.session, act.now, None),
            [person.id],
            told.COAUTHOR,
            f"initiative:{initiative_id}:coauthor",
            initiative_id,
        )


async def take(act: Act, initiative_id: int) -> Initiative:
    """The actor is the author of that name whom nobody is yet; gives the initiative.

    Raises :class:`Refusal` when there is no such author, or the actor was not asked; :class:`Forbidden` for an
    initiative of another unit.
    """
    person = await _registered(act)
    initiative = await act.session.get(Initiative, initiative_id)
    if initiative is None or initiative.unit_id != person.unit_id:
        raise Forbidden
    authors = await stored.authors(act.session, initiative_id)
    if any(author.person_id == person.id for author in authors):
        return initiative
    # Only who was asked may say yes, whatever name they have taken on since.
    if not await stored.was_asked(act.session, person.id, telling.about(initiative_id), told.COAUTHOR):
        raise Refusal("coauthor.not_any_more")
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
