"""What people are told of a check: cards for the team, decisions and questions for authors, answers for who asked."""

from markupsafe import Markup

from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Screen
from bot.screens.initiatives.actions import Mend, OpenInitiative
from bot.screens.initiatives.cards import reason_words
from bot.screens.quoting import quoted
from bot.screens.review import cards
from bot.screens.review.actions import AnswerQuestion, LookedOver, OpenCard
from bot.screens.rows import menu_row
from bot.screens.telling import Notice, Telling, preceded
from bot.services.initiatives.told import CARD, CARD_CLOSED, DECISION
from bot.services.people.rights import reach_of
from bot.services.people.roles import Power
from bot.services.review.kinds import ALONE, ANSWER, QUESTION
from storage.initiatives import cards as stored
from storage.initiatives.cards import Card
from storage.initiatives.tables import InitiativeState


async def _card_of(telling: Telling) -> Card | None:
    return await stored.card(telling.session, int(telling.details["initiative"]))


async def _card(telling: Telling) -> Screen | None:
    card = await _card_of(telling)
    if card is None or card.initiative.state is not InitiativeState.SUBMITTED:
        return None
    if telling.reader_id is not None:
        held = await reach_of(telling.session, telling.reader_id)
        if not held.may(Power.CHECK, card.unit.path):
            return None  # they are of the team no more
    screen = cards.team_card(
        telling.services, telling.say, card, telling.now, telling.reader_id, with_files=True
    )
    # A card that was mended says so itself.
    return screen if card.initiative.revision > 1 else preceded(screen, telling.say("notice.card"))


async def _closed(telling: Telling) -> Screen | None:
    card = await _card_of(telling)
    if card is None:
        return None
    if telling.details.get("role_taken"):
        one = card.initiative
        return Screen(telling.say("card.not_yours_any_more", code=one.code), (menu_row(telling.say),))
    shown = cards.team_card if card.initiative.state is InitiativeState.SUBMITTED else cards.closed_card
    return shown(telling.services, telling.say, card, telling.now, telling.reader_id, with_files=False)


async def _question(telling: Telling) -> Screen | None:
    card, say, details = await _card_of(telling), telling.say, telling.details
    if card is None:
        return None
    one = card.initiative
    return Screen(
        say("notice.question", code=one.code, name=one_line(one.name, 120), words=quoted(details["words"])),
        (
            (
                Choice.of(say("notice.answer"), AnswerQuestion(int(details["event"]))),
                Choice.of(say("submit.see"), OpenInitiative(one.id)),
            ),
        ),
    )


async def _answer(telling: Telling) -> Screen | None:
    card, say = await _card_of(telling), telling.say
    if card is None:
        return None
    one = card.initiative
    return Screen(
        say(
            "notice.answered",
            code=one.code,
            name=one_line(one.name, 120),
            words=quoted(telling.details["words"]),
        ),
        ((Choice.of(say("review.show"), OpenCard(one.id)),),),
    )


async def _decision(telling: Telling) -> Screen | None:
    card, say = await _card_of(telling), telling.say
    if card is None:
        return None
    one, state = card.initiative, str(telling.details["state"])
    if telling.is_again and state in set(InitiativeState) and one.state.value != state:
        return None  # it was so once; what is so now they were told, or did themselves
    programme = telling.services.programmes.by_id(one.programme_id)
    parts = [
        say(f"notice.{state}", code=one.code, name=one_line(one.name, 200), number=one.recognised_no or "")
    ]
    rows = [(Choice.of(say("submit.see"), OpenInitiative(one.id)), *menu_row(say))]
    if state in ("returned", "rejected") and one.state.value == state:
        parts.append(reason_words(say, programme, card))
        if state == "returned":
            parts.append(say("notice.returned_how"))
            rows.insert(0, (Choice.of(say("mine.mend"), Mend(one.id)),))
    return Screen(Markup("\n\n").join(part for part in parts if part), tuple(rows))


async def _alone(telling: Telling) -> Screen | None:
    card, say = await _card_of(telling), telling.say
    if card is None or card.initiative.state is not InitiativeState.APPROVED:
        return None
    one = card.initiative
    return Screen(
        say("notice.alone", code=one.code, name=one_line(one.name, 120), unit=card.unit.name),
        (
            (
                Choice.of(say("submit.see"), OpenInitiative(one.id)),
                Choice.of(say("alone.looked_over", code=one.code), LookedOver(one.id)),
            ),
        ),
    )


#: A team's cards are not told again: they wait in the queue.
NOTICES = (
    Notice(ALONE, _alone, told_again=True),
    Notice(CARD, _card),
    Notice(CARD_CLOSED, _closed),
    Notice(DECISION, _decision, told_again=True, unless=DECISION),
    Notice(QUESTION, _question, told_again=True, unless=DECISION),
    Notice(ANSWER, _answer, told_again=True),
)
