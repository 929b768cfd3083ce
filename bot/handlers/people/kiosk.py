"""Shared phones and tablets of a unit: adding one, seeing them, ending one."""

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.paging import pager
from bot.handlers.turn import Turn
from bot.screens.rows import menu_row
from bot.services.people import kiosks
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden
from storage.people.tables import Kiosk
from storage.units.tables import Unit

routes: Routes[Turn] = Routes()

PAGE = 6


@routes.command("maychung", "kiosk")
async def kiosks_command(turn: Turn) -> Screens:
    """The kiosks of the highest unit that one steers."""
    if turn.incoming.is_group:
        raise Forbidden
    return await _list(turn, (await reach(turn.act)).top(Power.LOOK_AFTER).unit_id, 0)


@routes.action("kiosks")
async def kiosks_button(turn: Turn) -> Screens:
    """``kiosks.<unit>.<page>``."""
    return await _list(turn, turn.int_arg(0), turn.int_arg(1))


async def _list(turn: Turn, unit_id: int, page: int) -> Screen:
    found = await kiosks.listed(turn.act, unit_id, offset=page * PAGE, limit=PAGE + 1)
    unit = await turn.session.get_one(Unit, unit_id)
    say = turn.say
    lines = [say("kiosk.list", unit=unit.name)]
    rows: list[Row] = []
    for number, (kiosk, unit_name, maker) in enumerate(found[:PAGE], page * PAGE + 1):
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
        rows.append((Choice(say("kiosk.revoke", number=number), f"unkiosk.{kiosk.id}"),))
    if not found:
        lines.append(say("kiosk.none"))
    rows.insert(0, (Choice(say("kiosk.add"), f"newkiosk.{unit_id}"),))
    rows += pager(turn, f"kiosks.{unit_id}", page, more=len(found) > PAGE)
    rows.append((Choice(say("team.back"), f"team.{unit_id}"), *menu_row(say)))
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
    """What a browser calls itself, in a word that an officer knows; empty when it says nothing that one would."""
    return next((words for mark, words in _SYSTEMS if mark in label), one_line(label, 30))


@routes.action("newkiosk")
async def new_kiosk(turn: Turn) -> Screens:
    """``newkiosk.<unit>``: a code for one more."""
    unit_id = turn.int_arg(0)
    code, until = await kiosks.make_pass(turn.act, unit_id)
    unit = await turn.session.get_one(Unit, unit_id)
    return Screen(
        turn.say(
            "kiosk.made",
            unit=unit.name,
            code=code,
            url=turn.services.links.invite(code),
            until=turn.say.moment(until),
        ),
        (_back(turn, unit_id),),
    )


@routes.action("unkiosk")
async def ask_revoke(turn: Turn) -> Screens:
    """``unkiosk.<kiosk>``: sure?"""
    kiosk, unit_name = await kiosks.one(turn.act, turn.int_arg(0))
    label = browser_words(kiosk.label) or str(turn.say("kiosk.unknown_browser"))
    return Screen(
        turn.say("kiosk.revoke_sure", label=label, unit=unit_name),
        (
            (
                Choice(turn.say("form.yes"), f"unkiosked.{kiosk.id}"),
                Choice(turn.say("form.no"), f"kiosks.{kiosk.unit_id}"),
            ),
        ),
    )


@routes.action("unkiosked")
async def revoke(turn: Turn) -> Screens:
    """``unkiosked.<kiosk>``: it is a kiosk no more."""
    kiosk = await kiosks.revoke(turn.act, turn.int_arg(0))
    return Screen(turn.say("kiosk.revoked"), (_back(turn, kiosk.unit_id),))


def _back(turn: Turn, unit_id: int) -> Row:
    return (Choice(turn.say("kiosk.back"), f"kiosks.{unit_id}"), *menu_row(turn.say))
