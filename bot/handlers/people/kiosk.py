"""Shared phones and tablets of a unit: adding one, seeing them, ending one."""

from datetime import datetime

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.turn import Turn
from bot.screens.people.actions import AddKiosk, AskToEndKiosk, EndKiosk, ShowKiosks, ShowTeam
from bot.screens.rows import menu_row, pager
from bot.services.act import Act
from bot.services.people import kiosks, teams
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden
from storage.engine import Session
from storage.people.tables import Kiosk

routes: Routes[Turn] = Routes()

PAGE = 6


@routes.command("maychung", "kiosk")
async def kiosks_command(turn: Turn) -> Screens:
    """The kiosks of the highest unit that one looks after."""
    if turn.incoming.is_group:
        raise Forbidden
    return await show_kiosks(turn, ShowKiosks((await reach(turn.act)).top(Power.LOOK_AFTER).unit_id))


@routes.on(ShowKiosks)
async def show_kiosks(turn: Turn, action: ShowKiosks) -> Screens:
    """A page of the kiosks of a unit and all below it."""
    page = action.page
    unit = await teams.unit_looked_after(turn.act, action.unit)
    listed = await kiosks.listed(turn.act, unit.id, offset=page * PAGE, limit=PAGE + 1)
    say = turn.say
    lines = [say("kiosk.list", unit=unit.name)]
    rows: list[Row] = [(Choice.of(say("kiosk.add"), AddKiosk(unit.id)),)]
    for number, (kiosk, unit_name, maker) in enumerate(listed[:PAGE], page * PAGE + 1):
        lines.append(
            say(
                "kiosk.one",
                number=number,
                unit=unit_name,
                label=browser_words(kiosk.label) or say("kiosk.unknown_browser"),
                since=say.moment(kiosk.made_at),
                who=maker or say("kiosk.by_administrator"),
                used=_used(turn, kiosk),
            )
        )
        rows.append((Choice.of(say("kiosk.revoke", number=number), AskToEndKiosk(kiosk.id)),))
    if not listed:
        lines.append(say("kiosk.none"))
    rows += pager(say, page, lambda to: ShowKiosks(unit.id, to), more=len(listed) > PAGE)
    rows.append((Choice.of(say("team.back"), ShowTeam(unit.id)), *menu_row(say)))
    return Screen(Markup("\n\n").join(lines), tuple(rows), in_place=True)


def _used(turn: Turn, kiosk: Kiosk) -> Markup:
    if kiosk.last_used_at is None:
        return turn.say("kiosk.not_used")
    return turn.say("kiosk.used", at=turn.say.moment(kiosk.last_used_at))


#: What a browser calls itself names the system it runs on, in the order in which the names exclude one another.
_SYSTEMS = (
    ("iPad", "iPad"), ("iPhone", "iPhone"), ("Android", "Android"), ("CrOS", "Chromebook"), ("Windows", "Windows"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def browser_words(label: str) -> str:
    """A browser's name for itself, in words that an officer knows; empty when it says nothing useful."""
    return next((words for mark, words in _SYSTEMS if mark in label), one_line(label, 30))


@routes.on(AddKiosk)
async def add(turn: Turn, action: AddKiosk) -> Screens:
    """Show a code for one more."""
    code, until = await kiosks.make_pass(turn.act, action.unit)
    unit = await teams.unit_looked_after(turn.act, action.unit)
    return Screen(
        turn.say(
            "kiosk.made",
            unit=unit.name,
            code=code,
            url=turn.services.links.invite(code),
            until=turn.say.moment(until),
        ),
        (_back(turn, unit.id),),
    )


@routes.on(AskToEndKiosk)
async def ask_to_end(turn: Turn, action: AskToEndKiosk) -> Screens:
    """Ask for confirmation before ending one."""
    kiosk, unit_name = await kiosks.one(turn.act, action.kiosk)
    label = browser_words(kiosk.label) or str(turn.say("kiosk.unknown_browser"))
    return Screen(
        turn.say("kiosk.revoke_sure", label=label, unit=unit_name),
        (
            (
                Choice.of(turn.say("form.yes"), EndKiosk(kiosk.id)),
                Choice.of(turn.say("form.no"), ShowKiosks(kiosk.unit_id)),
            ),
        ),
    )


@routes.on(EndKiosk)
async def end(turn: Turn, action: EndKiosk) -> Screens:
    """End it."""
    kiosk = await kiosks.revoke(turn.act, action.kiosk)
    return Screen(turn.say("kiosk.revoked"), (_back(turn, kiosk.unit_id),))


def _back(turn: Turn, unit_id: int) -> Row:
    return (Choice.of(turn.say("kiosk.back"), ShowKiosks(unit_id)), *menu_row(turn.say))


async def tidy(session: Session, now: datetime) -> None:
    """End the sessions that nobody uses any more."""
    await kiosks.tidy(Act(session, now, None))
