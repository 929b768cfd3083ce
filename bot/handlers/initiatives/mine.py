"""My initiatives: the list, one of them with its history, and taking it back."""

from markupsafe import Markup

from bot.conversation import fresh
from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.turn import Turn, menu_row
from bot.screens.initiatives import cards
from bot.services import retelling
from bot.services.initiatives import initiatives
from storage.initiatives import cards as stored
from storage.initiatives.tables import InitiativeState

routes: Routes[Turn] = Routes()

PAGE = 8


@routes.command("cuatoi", "mine", "cuaminh")
async def mine_command(turn: Turn) -> Screens:
    """The first page."""
    return await _page(turn, 0)


@routes.action("mine")
async def mine_button(turn: Turn) -> Screens:
    """``mine`` or ``mine.<page>``."""
    return await _page(turn, max(turn.int_arg(0), 0))


def pager(turn: Turn, prefix: str, page: int, *, more: bool) -> tuple[Row, ...]:
    """The way to the page before and after."""
    turns = []
    if page > 0:
        turns.append(Choice(turn.say("form.page_before"), f"{prefix}.{page - 1}"))
    if more:
        turns.append(Choice(turn.say("form.page_after"), f"{prefix}.{page + 1}"))
    return (tuple(turns),) if turns else ()


async def _page(turn: Turn, page: int) -> Screen:
    lines = await stored.of_person(turn.session, turn.who.person_id, offset=page * PAGE, limit=PAGE + 1)
    if not lines and page == 0:
        return Screen(turn.say("mine.empty"), ((Choice(turn.say("menu.submit"), "new"),), menu_row(turn.say)))
    rows = cards.list_rows(turn, lines[:PAGE], "mine.open")
    return Screen(
        turn.say("mine.list"),
        (*rows, *pager(turn, "mine", page, more=len(lines) > PAGE), menu_row(turn.say)),
        in_place=True,
    )


@routes.action("mine.open")
async def open_one(turn: Turn) -> Screens:
    """One of them, with everything, and what can be done with it."""
    card, as_team = await initiatives.card_for(turn.act, turn.int_arg(1))
    one, say = card.initiative, turn.say
    await retelling.seen(turn.act, one.id)
    programme = turn.world.programmes.by_id(one.programme_id)
    own = initiatives.is_own(card, turn.who.person_id)
    hide = await initiatives.is_hidden(turn.act, card)
    if as_team and not own and not hide:
        return cards.team_card(turn.world, say, card, turn.now, turn.who.person_id, with_files=True)
    parts = [cards.full_text(say, programme, card, hide_content=hide)]
    reasons = cards.reason_words(say, programme, card)
    if reasons:
        parts.append(say("mine.reasons") + Markup("\n") + reasons)
    rows: list[Row] = []
    if own and one.state is InitiativeState.RETURNED:
        rows.append((Choice(say("mine.mend"), f"mend.{one.id}"),))
    last = [Choice(say("mine.history"), f"mine.history.{one.id}")]
    mine = initiatives.is_main(card, turn.who.person_id)
    if mine and one.state in (InitiativeState.SUBMITTED, InitiativeState.RETURNED):
        last.append(Choice(say("mine.withdraw"), f"mine.withdraw.{one.id}"))
    rows.append(tuple(last))
    rows.append((Choice(say("mine.back"), "mine"), *menu_row(say)))
    pictures, documents = cards.attachments(card) if not hide else ((), ())
    return Screen(Markup("\n\n").join(parts), tuple(rows), pictures, documents)


@routes.action("mine.history")
async def history(turn: Turn) -> Screens:
    """What happened to it, and when."""
    card, as_team = await initiatives.card_for(turn.act, turn.int_arg(1))
    hidden = await initiatives.is_hidden(turn.act, card)
    kinds = initiatives.TEAM_EVENTS if as_team and not hidden else initiatives.PUBLIC_EVENTS
    lines = [Markup("<b>{}</b> {}").format(card.initiative.code, card.initiative.name)]
    for event, who in await stored.history(turn.session, card.initiative.id, kinds=kinds):
        words = "" if hidden else event.details.get("words", "")
        line = turn.say(f"history.{event.kind}", at=turn.say.moment(event.at), who=who)
        lines.append(line + (Markup("\n   “{}”").format(words) if words else Markup()))
    return Screen(
        Markup("\n").join(lines),
        ((Choice(turn.say("mine.open_again"), f"mine.open.{card.initiative.id}"), *menu_row(turn.say)),),
        in_place=True,
    )


@routes.action("mine.withdraw")
async def ask_withdraw(turn: Turn) -> Screens:
    """Sure?"""
    card = await initiatives.to_withdraw(turn.act, turn.int_arg(1))
    number = card.initiative.id
    return Screen(
        turn.say("mine.withdraw_sure", code=card.initiative.code),
        (
            (
                Choice(turn.say("mine.withdraw_yes"), f"mine.gone.{number}.{fresh.stamp(turn.now)}"),
                Choice(turn.say("mine.withdraw_no"), f"mine.open.{number}"),
            ),
        ),
    )


@routes.action("mine.gone")
async def withdraw(turn: Turn) -> Screens:
    """Taken back."""
    if not fresh.is_fresh(turn.args[-1], turn.now):
        return await ask_withdraw(turn)
    one = await initiatives.withdraw(turn.act, turn.int_arg(1))
    return Screen(turn.say("mine.withdrawn", code=one.code), (menu_row(turn.say),))
