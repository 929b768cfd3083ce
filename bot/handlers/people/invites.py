"""The invites of a unit that nobody has used yet: seen, and cancelled."""

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.turn import Turn
from bot.screens.people.actions import MEMBER, CancelInvite, ShowInvites, ShowTeam
from bot.screens.rows import menu_row, pager
from bot.services.people import passes
from storage.people.tables import Pass

routes: Routes[Turn] = Routes()

PAGE = 6


@routes.on(ShowInvites)
async def show_invites(turn: Turn, action: ShowInvites) -> Screens:
    """A page of them. Which code it was nobody can see any more: only its digest is kept."""
    return await _list(turn, action.unit, action.page)


async def _list(turn: Turn, unit_id: int, page: int) -> Screen:
    say = turn.say
    found = await passes.open_invites(turn.act, unit_id, offset=page * PAGE, limit=PAGE + 1)
    lines = [say("invites.title" if found else "invites.none")]
    rows: list[Row] = []
    for number, (made, by) in enumerate(found[:PAGE], page * PAGE + 1):
        lines.append(_line(turn, number, made, by))
        rows.append(
            (Choice.of(say("invites.cancel", n=number, role=_role(turn, made)), CancelInvite(made.id)),)
        )
    rows += pager(say, page, lambda to: ShowInvites(unit_id, to), more=len(found) > PAGE)
    rows.append((Choice.of(say("team.back"), ShowTeam(unit_id)), *menu_row(say)))
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


def _role(turn: Turn, made: Pass) -> str:
    return str(turn.say(f"role.{made.role.value if made.role else MEMBER}").striptags())


def _line(turn: Turn, number: int, made: Pass, by: str) -> Markup:
    say = turn.say
    return say(
        "invites.line",
        n=number,
        role=_role(turn, made),
        who=one_line(by, 40) or say("invites.administrator"),
        at=say.moment(made.created_at),
        until=say.moment(made.expires_at),
        left=made.uses_left,
    )


@routes.on(CancelInvite)
async def cancel(turn: Turn, action: CancelInvite) -> Screens:
    """One opens nothing any more."""
    unit_id = await passes.cancel_invite(turn.act, action.invite)
    return await _list(turn, unit_id, 0)
