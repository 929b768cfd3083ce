"""What people are told about authorship: the question whether it is they, and that somebody said so."""

from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Screen
from bot.screens.initiatives.actions import DenyAuthorship, OpenInitiative, TakeAuthorship
from bot.screens.people.claims import asked_notice
from bot.screens.rows import menu_row
from bot.screens.telling import Notice, Telling
from bot.services.initiatives.authorship import AUTHOR
from bot.services.initiatives.told import AUTHOR_FOUND, COAUTHOR
from storage.initiatives import cards
from storage.initiatives.tables import InitiativeState
from storage.people.tables import Person


async def _is_it_you(telling: Telling) -> Screen | None:
    """The question to somebody who bears an author's name; None once the initiative is gone or they are one of it."""
    card, say = await cards.card(telling.session, int(telling.details["initiative"])), telling.say
    if card is None or card.initiative.state is InitiativeState.WITHDRAWN:
        return None
    if any(author.person_id == telling.reader_id for author in card.authors):
        return None
    one = card.initiative
    return Screen(
        say("notice.coauthor", code=one.code, name=one_line(one.name, 120), who=card.entered_by_name),
        (
            (
                Choice.of(say("notice.coauthor_yes"), TakeAuthorship(one.id)),
                Choice.of(say("notice.coauthor_no"), DenyAuthorship(one.id)),
            ),
        ),
    )


async def _author_found(telling: Telling) -> Screen | None:
    card, say = await cards.card(telling.session, int(telling.details["initiative"])), telling.say
    if card is None:
        return None
    one = card.initiative
    who = await telling.session.get_one(Person, int(telling.details["person"]))
    return Screen(
        say("notice.author_found", code=one.code, name=one_line(one.name, 120), who=who.name),
        ((Choice.of(say("submit.see"), OpenInitiative(one.id)), *menu_row(say)),),
    )


NOTICES = (
    asked_notice(AUTHOR),
    Notice(COAUTHOR, _is_it_you, told_again=True),
    Notice(AUTHOR_FOUND, _author_found, told_again=True),
)
