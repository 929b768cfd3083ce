"""The team of a unit: who holds a role, giving roles by invites, and taking them back."""

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.people.groups import group_channels
from bot.handlers.turn import Turn
from bot.screens.people.actions import (
    MEMBER,
    AskToTakeRole,
    Invite,
    ShowGroupCode,
    ShowInvites,
    ShowKiosks,
    ShowTeam,
    ShowTrail,
    TakeRole,
)
from bot.screens.rows import OpenMenu, menu_row, pager
from bot.services.people import appointing, passes, teams
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.people.teams import Team
from bot.services.refusal import Forbidden
from storage.people.tables import Role

routes: Routes[Turn] = Routes()

PAGE = 8


@routes.command("to", "team")
async def team_command(turn: Turn) -> Screens:
    """The team of the highest unit that one looks after."""
    return await show_team(turn, ShowTeam((await reach(turn.act)).top(Power.LOOK_AFTER).unit_id))


@routes.on(ShowTeam)
async def show_team(turn: Turn, action: ShowTeam) -> Screens:
    """The team of a unit, and a page of the units below it."""
    return await _team(turn, action.unit, action.page)


async def _team(turn: Turn, unit_id: int, page: int = 0) -> Screen:
    team = await teams.team(turn.act, unit_id, offset=page * PAGE, limit=PAGE)
    say = turn.say
    lines = [say("team.title", unit=team.unit.name, code=team.unit.join_code)]
    lines += [
        Markup("• {} — {}").format(person.name, say(f"role.{grant.role.value}"))
        for grant, person in team.holders
    ]
    if not team.holders:
        lines.append(say("team.empty"))
    rows = _removals(turn, team) + _invites(turn, team)
    rows.append((Choice.of(say("invites.button"), ShowInvites(unit_id)),))
    rows.append((Choice.of(say("kiosk.button"), ShowKiosks(unit_id)),))
    if team.may_appoint:
        rows.append((Choice.of(say("trail.button"), ShowTrail()),))
    where = group_channels(turn)
    if where:
        rows.append((Choice.of(say("team.bind_group", where=where), ShowGroupCode(unit_id)),))
    rows += [(Choice.of(one_line(f"▸ {child.name}", 60), ShowTeam(child.id)),) for child in team.below]
    rows += pager(say, page, lambda to: ShowTeam(unit_id, to), more=team.more)
    rows.append(menu_row(say))
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


def _removals(turn: Turn, team: Team) -> list[Row]:
    if not team.may_appoint:
        return []
    rows: list[Row] = []
    for grant, person in team.holders:
        if person.id != turn.who.person_id:
            role = turn.say(f"role.{grant.role.value}")
            label = turn.say("team.remove", who=one_line(person.name, 30), role=role)
            rows.append((Choice.of(str(label), AskToTakeRole(grant.id)),))
    return rows


def _invites(turn: Turn, team: Team) -> list[Row]:
    words = [*(role.value for role in Role), MEMBER] if team.may_appoint else [MEMBER]
    return [(Choice.of(turn.say(f"team.invite_{word}"), Invite(team.unit.id, word)),) for word in words]


@routes.on(Invite)
async def invite(turn: Turn, action: Invite) -> Screens:
    """A one-time invite to pass on."""
    try:
        role = None if action.role == MEMBER else Role(action.role)
    except ValueError:
        raise Forbidden from None
    code, until = await passes.invite(turn.act, action.unit, role)
    unit = await teams.unit_looked_after(turn.act, action.unit)
    return Screen(
        turn.say(
            "team.invite",
            unit=unit.name,
            role=turn.say(f"role.{action.role}"),
            code=code,
            url=turn.services.links.invite(code),
            until=turn.say.moment(until),
        ),
        ((Choice.of(turn.say("team.back"), ShowTeam(unit.id)), *menu_row(turn.say)),),
    )


@routes.on(AskToTakeRole)
async def ask_to_take_role(turn: Turn, action: AskToTakeRole) -> Screens:
    """Ask for confirmation before taking a role back."""
    return Screen(
        turn.say("team.remove_sure"),
        (
            (
                Choice.of(turn.say("form.yes"), TakeRole(action.grant)),
                Choice.of(turn.say("form.no"), OpenMenu()),
            ),
        ),
    )


@routes.on(TakeRole)
async def take_role(turn: Turn, action: TakeRole) -> Screens:
    """Take it back."""
    grant = await appointing.take_back(turn.act, action.grant, turn.features.role_taken)
    return (Screen(turn.say("team.removed")), await _team(turn, grant.unit_id))
