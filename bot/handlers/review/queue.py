"""The queue, and a card opened from it: reading it, holding it, giving it back."""

from dataclasses import replace

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.initiatives.actions import OpenInitiative, ShowHistory
from bot.screens.initiatives.cards import list_rows
from bot.screens.review.actions import Claim, MoreOfCard, OpenCard, Release, ShowQueue, WriteNote
from bot.screens.review.cards import team_card
from bot.screens.rows import menu_row, pager
from bot.services import retelling
from bot.services.initiatives import reading, told
from bot.services.review import queue as waiting
from bot.services.review import review
from storage.initiatives.cards import Card
from storage.initiatives.tables import InitiativeState

routes: Routes[Turn] = Routes()

PAGE = 8


def place_of(turn: Turn) -> told.Place | None:
    """Where the message stands whose button was pressed; None where the messenger does not say."""
    one = turn.incoming
    return told.Place(one.channel, one.chat, one.message_ref) if one.message_ref else None


def card_screen(turn: Turn, card: Card, *, with_files: bool = False) -> Screen:
    """A card with what can be done with it."""
    # In a group everybody reads the same bubble: it names who holds a card, and offers nobody's own buttons.
    viewer = None if turn.incoming.is_group else turn.who.person_id
    return team_card(turn.services, turn.say, card, turn.now, viewer, with_files=with_files)


def card_in_place(turn: Turn, card: Card, toast: str) -> Screen:
    """The card in the place of the one whose button was pressed; ``toast``: the sentence that says what was done."""
    return replace(card_screen(turn, card), in_place=True, toast=str(turn.say(toast).striptags()))


@routes.command("hangcho", "queue", "duyet", listed="queue")
async def queue_command(turn: Turn) -> Screens:
    """The queue, earliest deadline first."""
    return await show_queue(turn, ShowQueue())


@routes.on(ShowQueue)
async def show_queue(turn: Turn, action: ShowQueue) -> Screens:
    """A page of the queue."""
    page = action.page
    await told.covered(turn.act, place_of(turn))
    lines, count = await waiting.queue(turn.act, offset=page * PAGE, limit=PAGE + 1)
    if not lines and page == 0:
        return Screen(turn.say("review.queue_empty"), (menu_row(turn.say),), in_place=True)
    rows = list_rows(lines[:PAGE], turn.now, OpenCard)
    return Screen(
        turn.say("review.queue", n=waiting.counted(turn.say, count)),
        (*rows, *pager(turn.say, page, ShowQueue, more=len(lines) > PAGE), menu_row(turn.say)),
        in_place=True,
    )


@routes.on(OpenCard)
async def open_card(turn: Turn, action: OpenCard) -> Screens:
    """A card with everything; whoever does not check it sees it as an author or officer does."""
    card, as_team = await reading.card_for(turn.act, action.initiative)
    if not as_team or await reading.is_hidden(turn.act, card):
        return await turn.perform(OpenInitiative(action.initiative))
    await retelling.seen(turn.act, card.initiative.id)
    screen = card_screen(turn, card, with_files=True)
    place = place_of(turn)
    if place is None or card.initiative.state is not InitiativeState.SUBMITTED:
        return screen
    # It takes the place of the list, and is remembered there, so that it closes when somebody else decides it.
    await told.shown_card(turn.act, card.initiative.id, place)
    return replace(screen, in_place=True)


@routes.on(MoreOfCard)
async def more_of_card(turn: Turn, action: MoreOfCard) -> Screens:
    """The less frequent things."""
    card, _ = await reading.card_for(turn.act, action.initiative)
    number = card.initiative.id
    return Screen(
        Markup("<b>{}</b> {}").format(card.initiative.code, card.initiative.name),
        (
            (
                Choice.of(turn.say("review.note"), WriteNote(number)),
                Choice.of(turn.say("mine.history"), ShowHistory(number)),
            ),
            (Choice.of(turn.say("review.show"), OpenCard(number)), *menu_row(turn.say)),
        ),
    )


@routes.on(Claim)
async def claim(turn: Turn, action: Claim) -> Screens:
    """Hold a card for a while."""
    claimed = await review.claim(turn.act, turn.services.programmes, action.initiative)
    return card_in_place(turn, claimed.card, "review.claimed")


@routes.on(Release)
async def release(turn: Turn, action: Release) -> Screens:
    """Give a held card back."""
    return card_in_place(turn, await review.release(turn.act, action.initiative), "review.released")
