"""Authors whom a colleague wrote down by name: who bears the name is asked whether it is they, and may say so."""

from collections.abc import Mapping, Sequence

from bot.conversation.text import same_key
from bot.services import telling
from bot.services.act import Act
from bot.services.initiatives import told
from bot.services.people import claims
from bot.services.people.claims import ClaimKind
from bot.services.people.privacy import Privacy
from bot.services.refusal import Forbidden, Refusal
from storage.initiatives import authorship as stored
from storage.initiatives.tables import Author, Initiative
from storage.people.claim_tables import PersonClaim
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


async def claim(act: Act, initiative_id: int) -> Initiative:
    """The actor says that they are the author of that name whom nobody is yet; gives the initiative.

    Whoever wrote the name down knows whom they meant: they, or the unit's team, say whether it is so, and it opens nothing
    before. Raises :class:`Refusal` when there is no such author, or the actor was not asked; :class:`Forbidden` for an
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
    if _meant(authors, person) is None:
        raise Refusal("coauthor.not_any_more")
    await claims.make(act, AUTHOR, initiative.unit_id, initiative_id)
    return initiative


def _meant(authors: Sequence[Author], person: Person) -> Author | None:
    """The author whom nobody is and who bears a person's name; one without its marks, where none has them."""
    alike = [one for one in authors if one.person_id is None and one.name_folded == person.name_folded]
    return next(
        (one for one in alike if same_key(one.name) == same_key(person.name)), next(iter(alike), None)
    )


async def _grant(act: Act, _privacy: Sequence[Privacy], claim: PersonClaim) -> None:
    person = await act.session.get_one(Person, claim.person_id)
    initiative = await act.session.get(Initiative, claim.subject)
    authors = await stored.authors(act.session, claim.subject)
    mine = _meant(authors, person)
    if initiative is None or mine is None or any(one.person_id == person.id for one in authors):
        raise Refusal("claim.moved_on")
    mine.person_id = person.id
    # Nobody holds what is their own to judge.
    if initiative.claimed_by == person.id:
        initiative.claimed_by = initiative.claimed_until = None
    act.record("is_author", initiative_id=initiative.id, unit_id=initiative.unit_id, person_id=person.id)
    await act.session.flush()
    others = {author.person_id for author in authors if author.person_id is not None} - {person.id}
    await telling.tell_people(
        act,
        [initiative.entered_by, *others],
        told.AUTHOR_FOUND,
        f"initiative:{initiative.id}:found:{person.id}:{claim.id}",
        initiative.id,
        person=person.id,
    )


async def _undo(act: Act, _privacy: Sequence[Privacy], claim: PersonClaim) -> None:
    for author in await stored.authors(act.session, claim.subject):
        if author.person_id == claim.person_id:
            author.person_id = None
    act.record("is_no_author", initiative_id=claim.subject, unit_id=claim.unit_id, person_id=claim.person_id)
    await act.session.flush()


async def _about(act: Act, claim: PersonClaim) -> Mapping[str, str]:
    initiative = await act.session.get_one(Initiative, claim.subject)
    person = await act.session.get_one(Person, claim.person_id)
    authors = await stored.authors(act.session, claim.subject)
    meant = _meant(authors, person) or next((one for one in authors if one.person_id == person.id), None)
    return {
        "code": initiative.code,
        "initiative": initiative.name,
        "name": meant.name if meant is not None else "",
        "n": str(len(authors)),
    }


async def _who_named_them(act: Act, claim: PersonClaim) -> Sequence[int]:
    initiative = await act.session.get_one(Initiative, claim.subject)
    return [initiative.entered_by]


#: Somebody says that they are the author of their name.
AUTHOR = ClaimKind("author", _grant, _undo, _about, also=_who_named_them)
