"""The menu, which every feature adds to; leaving whatever is going on; and what to say when nothing else fits."""

from collections.abc import Sequence
from itertools import groupby

from bot.conversation.routing import Occasion, Routes, Screens
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.turn import Turn
from bot.screens.rows import OpenMenu, menu_row
from bot.screens.telling import Teller, preceded
from bot.services import retelling
from bot.services.people import accounts
from bot.services.people.rights import reach

routes: Routes[Turn] = Routes()


async def menu_screen(turn: Turn) -> Screen:
    """What this person can do, row by row."""
    held = await reach(turn.act)
    rows: list[Row] = []
    for _, entries in groupby(turn.features.menu, key=lambda entry: entry.row):
        row = []
        for entry in entries:
            if entry.power is not None and not held.has(entry.power):
                continue
            filled = await entry.shown(turn, held)
            if filled is not None:
                row.append(Choice.of(turn.say(entry.key, **filled), entry.action(held)))
        if row:
            rows.append(tuple(row))
    name = turn.who.name
    hello = turn.say("menu.hello", name=name) if name else turn.say("menu.hello_guest")
    return Screen(hello, tuple(rows))


@routes.command("menu", "m", listed="menu")
async def menu_command(turn: Turn) -> Screens:
    """The menu; an open form is put aside."""
    if turn.incoming.is_group:
        return Screen(turn.say("team.group_hello"))
    await turn.put_aside()
    return (*await _maybe_missed(turn), await menu_screen(turn))


async def _maybe_missed(turn: Turn) -> Sequence[Screen]:
    """Decisions that may not have arrived: nobody can ask a messenger, so they are told again here, once, as such."""
    screens = []
    tell = Teller(turn.services, turn.features.notices, turn.features.notice_rows)
    for row in await retelling.may_be_missed(turn.act):
        details = {**row.details, "again": False}
        screen = await tell(turn.session, row.kind, details, turn.who.language, turn.who.person_id, turn.now)
        if screen is not None:
            screens.append(preceded(screen, turn.say("notice.maybe_missed")))
        await retelling.told(turn.act, row)
    return screens


@routes.on(OpenMenu)
async def open_menu(turn: Turn, _action: OpenMenu) -> Screens:
    """The menu, from anywhere."""
    return await menu_command(turn)


@routes.command("huy", "thoat", "cancel", guests=True)
async def cancel(turn: Turn) -> Screens:
    """Out of whatever is going on."""
    if turn.incoming.is_group:
        return ()
    form = turn.form
    if form is not None:
        handler = turn.routes.forms.get(form.form)
        if handler is not None and handler.left is not None:
            return await handler.left(turn, form)
        await turn.put_aside()
    if not turn.who.registered:
        return Screen(turn.say("register.left"))
    return await menu_screen(turn)


@routes.when(Occasion.LEFT)
async def left(turn: Turn) -> Screens:
    """A form that has nothing of its own to say was left."""
    return (Screen(turn.say("form.left")), await menu_screen(turn))


@routes.when(Occasion.CLOSED, guests=True)
async def closed(turn: Turn) -> Screens:
    """A button of a form that is not open any more."""
    if turn.form is not None:
        return turn.show_form()
    if not turn.who.registered:
        return Screen(turn.say("form.closed_guest"))
    return (Screen(turn.say("form.closed")), await menu_screen(turn))


@routes.when(Occasion.STRAY_TEXT)
async def stray_text(turn: Turn) -> Screens:
    """Words that no form waits for: a feature may know them, such as a code; else the menu."""
    text = turn.incoming.text.strip()
    for read in turn.features.stray:
        screens = await read(turn, text)
        if screens is not None:
            return screens
    return (Screen(turn.say("menu.not_understood")), await menu_screen(turn))


@routes.when(Occasion.STRAY_FILE)
async def stray_file(turn: Turn) -> Screens:
    """A picture or document outside of any form."""
    if turn.incoming.is_group:
        return ()
    return Screen(turn.say("files.no_form"), (*turn.features.file_rows(turn.say), menu_row(turn.say)))


@routes.when(Occasion.GONE, guests=True)
async def gone(turn: Turn) -> Screens:
    """They blocked the bot, or took it out of a group: nothing more is sent there."""
    await accounts.lost(turn.act, turn.incoming.channel, turn.incoming.chat)
    return ()
