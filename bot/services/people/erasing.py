"""Erasing one's own data: what names a person goes, wherever it stands; shares and counts stay."""

from collections.abc import Sequence

from bot.services.act import Act
from bot.services.people.erased import ERASED_NAME, replacing, spellings
from bot.services.people.helped import check_ones_own
from bot.services.people.privacy import LeavingPerson, Privacy
from bot.services.refusal import Forbidden
from storage import files
from storage.conversation import privacy as conversations
from storage.delivery import privacy as messages
from storage.people import privacy as stored
from storage.people.tables import Person
from storage.scrubbing import scrub


async def erase(act: Act, privacy: Sequence[Privacy]) -> None:
    """Erase the actor's personal data, now; every domain what it keeps. Source: Law 91/2025/QH15.

    Raises :class:`Forbidden` for the command line.
    """
    check_ones_own(act)
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None:
        raise Forbidden
    session = act.session
    said, names = await stored.take_words(session, person.id)
    leaving = LeavingPerson(person.id, frozenset(names | {person.name}), frozenset(said))
    for domain in reversed(privacy):
        if domain.erase is not None:
            await domain.erase(act, leaving)
    accounts = await stored.accounts(session, person.id)
    leaving.files.extend(await conversations.files_of(session, person.id, accounts))
    await messages.erase(session, person.id, accounts)
    await conversations.erase(session, person.id, accounts)
    await stored.erase(session, person.id, accounts, act.now)
    is_the_only_one = not await stored.namesakes(session, person)
    stored.blank(person, ERASED_NAME, act.now)
    await session.flush()
    if is_the_only_one:
        # Nobody else is meant by it, wherever it stands; of one with namesakes only what is about their own work is
        # known to mean them, and their domain has taken it out there.
        words = [each for name in leaving.names for each in spellings(name)]
        await scrub(session, words, replacing(words, ERASED_NAME))
    await files.let_go(session, leaving.files)
    # The evidence that consent was given and withdrawn stays, as the law wants; it names nobody now.
    act.record("erased", person_id=person.id)
    # What SQLite's log still holds goes as soon as this is committed.
    session.info["erased"] = True
    await session.flush()


async def forget_guest(act: Act) -> None:
    """Somebody said no: nothing is kept, not even that they wrote. Raises :class:`Forbidden` for who has registered."""
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or person.registered_at is not None:
        raise Forbidden
    accounts = await stored.accounts(act.session, person.id)
    theirs = await conversations.files_of(act.session, person.id, accounts)
    await conversations.erase(act.session, person.id, accounts)
    await messages.forget(act.session, person.id)
    await stored.forget(act.session, person, accounts)
    await files.let_go(act.session, theirs)
    act.session.info["erased"] = True
