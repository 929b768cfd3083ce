"""Where one is signed in, and ending what one does not know."""

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.people.actions import (
    AskOfficer,
    ConfirmAccount,
    EndAccount,
    EndDevice,
    EndOthers,
    ShowPlaces,
)
from bot.screens.rows import menu_row
from bot.services.people import helped, places
from bot.services.people.places import OwnPlace

routes: Routes[Turn] = Routes()

#: So many are shown; nobody has more that they know.
_SHOWN = 8


@routes.on(ShowPlaces)
async def show_places(turn: Turn, _action: ShowPlaces) -> Screens:
    """All of them, each with a way to end it; the one here has none."""
    return await _list(turn)


async def _list(turn: Turn) -> Screen:
    say = turn.say
    found = await places.mine(turn.act, turn.who.account_id, turn.incoming.device)
    shown = found[:_SHOWN]
    lines = [say("places.title"), *(_line(turn, one) for one in shown)]
    others = [one for one in shown if not one.is_here]
    rows = [(Choice.of(say("places.end", where=_where(turn, one)), _ending(one)),) for one in others]
    if len(others) > 1:
        rows.append((Choice.of(say("places.end_others"), EndOthers()),))
    if turn.who.by_code_of is not None:
        rows.append((Choice.of(say("places.ask_officer"), AskOfficer()),))
    return Screen(Markup("\n").join(lines), (*rows, menu_row(say)))


def _ending(place: OwnPlace) -> EndDevice | EndAccount:
    return EndDevice(place.device_id) if place.device_id is not None else EndAccount(place.account_id)


def _where(turn: Turn, place: OwnPlace) -> str:
    channel = str(turn.say(f"channel.{place.channel}"))
    return f"{channel} ({place.label})" if place.label else channel


def _line(turn: Turn, place: OwnPlace) -> Markup:
    say = turn.say
    if place.is_here:
        return say("places.here", where=_where(turn, place))
    if place.since is None:
        return say("places.there", where=_where(turn, place), used=say.moment(place.last_seen_at))
    return say(
        "places.there_since",
        where=_where(turn, place),
        since=say.moment(place.since),
        used=say.moment(place.last_seen_at),
    )


@routes.on(EndDevice)
async def end_device(turn: Turn, action: EndDevice) -> Screens:
    """One browser."""
    await places.end_device(turn.act, action.device)
    return (Screen(turn.say("places.ended")), await _list(turn))


@routes.on(EndAccount)
async def end_account(turn: Turn, action: EndAccount) -> Screens:
    """One messenger, or all browsers of a web chat; also from the notice that told of it."""
    await places.end_account(turn.act, action.account, turn.who.account_id)
    return (Screen(turn.say("places.ended")), await _list(turn))


@routes.on(ConfirmAccount)
async def confirm_account(turn: Turn, action: ConfirmAccount) -> Screens:
    """It was they."""
    await helped.confirm(turn.act, action.account)
    return Screen(turn.say("places.confirmed"), (menu_row(turn.say),))


@routes.on(EndOthers)
async def end_others(turn: Turn, _action: EndOthers) -> Screens:
    """All but here."""
    number = await places.end_others(turn.act, turn.who.account_id, turn.incoming.device)
    return (Screen(turn.say("places.ended_others", n=number)), await _list(turn))
