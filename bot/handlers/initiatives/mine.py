"""My initiatives: the list, one of them with its history, and taking it back."""

from markupsafe import Markup

from bot.conversation import fresh
from bot.conversation.routing import Routes, Screens
from bot.conversation.text import fold
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.turn import Turn
from bot.screens.initiatives import cards
from bot.screens.initiatives.actions import (
    AskToWithdraw,
    Mend,
    OpenInitiative,
    ShowHistory,
    ShowMine,
    Submit,
    Withdraw,
)
from bot.screens.quoting import quoted
from bot.screens.review.actions import OpenCard
from bot.screens.rows import menu_row, pager
from bot.services import retelling
from bot.services.initiatives import confidential, reading, withdrawing
from bot.services.refusal import Forbidden
from storage.initiatives.tables import InitiativeState

routes: Routes[Turn] = Routes()

PAGE = 8
_CODE_LONGEST = 40


@routes.command("cuatoi", "mine", "cuaminh", listed="mine")
async def mine_command(turn: Turn) -> Screens:
    """The first page."""
    return await _page(turn, 0)


@routes.on(ShowMine)
async def show_mine(turn: Turn, action: ShowMine) -> Screens:
    """A page of them."""
    return await _page(turn, action.page)


async def read_code(turn: Turn, text: str) -> Screens | None:
    """Words that no form waits for may be the code of an initiative."""
    if len(text) > _CODE_LONGEST or fold(text).count(" ") != 2:
        return None
    found = await reading.find(turn.act, text)
    if found is None:
        return None
    try:
        return await open_one(turn, OpenInitiative(found.id))
    except Forbidden:
        return None


async def _page(turn: Turn, page: int) -> Screen:
    lines = await reading.mine(turn.act, offset=page * PAGE, limit=PAGE + 1)
    if not lines and page == 0:
        return Screen(
            turn.say("mine.empty"), ((Choice.of(turn.say("menu.submit"), Submit()),), menu_row(turn.say))
        )
    rows = cards.list_rows(lines[:PAGE], turn.now, OpenInitiative)
    return Screen(
        turn.say("mine.list"),
        (*rows, *pager(turn.say, page, ShowMine, more=len(lines) > PAGE), menu_row(turn.say)),
        in_place=True,
    )


@routes.on(OpenInitiative)
async def open_one(turn: Turn, action: OpenInitiative) -> Screens:
    """One of them, with everything, and what can be done with it."""
    card, as_team = await reading.card_for(turn.act, action.initiative)
    one, say = card.initiative, turn.say
    await retelling.seen(turn.act, one.id)
    programme = turn.services.programmes.by_id(one.programme_id)
    own = confidential.is_own(card, turn.who.person_id)
    sight = await confidential.sight_of(turn.act, card)
    hide = confidential.keeps_words(one, sight)
    if as_team and not own and not hide:
        return await turn.perform(OpenCard(one.id))
    parts = [cards.full_text(say, programme, card, sight)]
    reasons = cards.reason_words(say, programme, card)
    if reasons and not hide:
        parts.append(say("mine.reasons") + Markup("\n") + reasons)
    rows: list[Row] = []
    if own and one.state is InitiativeState.RETURNED:
        rows.append((Choice.of(say("mine.mend"), Mend(one.id)),))
    last = [Choice.of(say("mine.history"), ShowHistory(one.id))]
    mine = reading.is_main(card, turn.who.person_id)
    if mine and one.state in withdrawing.CAN_BE_WITHDRAWN:
        last.append(Choice.of(say("mine.withdraw"), AskToWithdraw(one.id)))
    rows.append(tuple(last))
    rows.append((Choice.of(say("mine.back"), ShowMine()), *menu_row(say)))
    pictures, documents = cards.attachments(card, sight)
    return Screen(Markup("\n\n").join(parts), tuple(rows), pictures, documents)


@routes.on(ShowHistory)
async def history(turn: Turn, action: ShowHistory) -> Screens:
    """What happened to it, and when."""
    card, as_team = await reading.card_for(turn.act, action.initiative)
    hidden = await reading.is_hidden(turn.act, card)
    lines = [Markup("<b>{}</b> {}").format(card.initiative.code, card.initiative.name)]
    for event, who, said in await reading.history(turn.act, card, whole=as_team and not hidden):
        words = "" if hidden else said
        line = turn.say(f"history.{event.kind}", at=turn.say.moment(event.at), who=who)
        lines.append(line + (Markup("\n   “{}”").format(quoted(words)) if words else Markup()))
    return Screen(
        Markup("\n").join(lines),
        ((Choice.of(turn.say("mine.open_again"), OpenInitiative(card.initiative.id)), *menu_row(turn.say)),),
        in_place=True,
    )


@routes.on(AskToWithdraw)
async def ask_withdraw(turn: Turn, action: AskToWithdraw) -> Screens:
    """Ask for confirmation before taking it back."""
    card = await withdrawing.to_withdraw(turn.act, action.initiative)
    number = card.initiative.id
    return Screen(
        turn.say("mine.withdraw_sure", code=card.initiative.code),
        (
            (
                Choice.of(turn.say("mine.withdraw_yes"), Withdraw(number, turn.now)),
                Choice.of(turn.say("mine.withdraw_no"), OpenInitiative(number)),
            ),
        ),
    )


@routes.on(Withdraw)
async def withdraw(turn: Turn, action: Withdraw) -> Screens:
    """Take it back."""
    if not fresh.is_fresh(action.asked_at, turn.now):
        return await ask_withdraw(turn, AskToWithdraw(action.initiative))
    one = await withdrawing.withdraw(turn.act, action.initiative)
    return Screen(turn.say("mine.withdrawn", code=one.code), (menu_row(turn.say),))
