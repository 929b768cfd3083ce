"""The team of a unit: who holds a role, invites, its group chat."""

from markupsafe import Markup
from sqlalchemy import select

from bot.conversation.routing import Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.paging import pager
from bot.handlers.turn import Turn
from bot.screens.rows import menu_row
from bot.services.act import Act
from bot.services.people import passes, people, tries
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden
from storage.people.tables import PassKind, Role, TeamChat
from storage.units.tables import Unit

routes: Routes[Turn] = Routes()

PAGE = 8


@routes.command("to", "team")
async def team_command(turn: Turn) -> Screens:
    """Who is in the support team, and who are the officers, of the unit one steers."""
    turn.args = (str((await reach(turn.act)).top(Power.LOOK_AFTER).unit_id),)
    return await team_button(turn)


@routes.action("team")
async def team_button(turn: Turn) -> Screens:
    """``team.<unit>.<page of units below>``."""
    return await _team(turn)


async def _team(turn: Turn) -> Screen:
    unit_id, page = turn.int_arg(0), max(turn.int_arg(1), 0)
    unit = await turn.session.get(Unit, unit_id)
    if unit is None:
        raise Forbidden
    members = await people.team(turn.act, unit_id)
    say = turn.say
    is_officer = await _is_officer(turn.act, unit)
    lines = [say("team.title", unit=unit.name, code=unit.join_code)]
    rows: list[Row] = []
    for grant, person in members:
        lines.append(Markup("• {} — {}").format(person.name, say(f"role.{grant.role.value}")))
        if is_officer and person.id != turn.who.person_id:
            label = str(
                say("team.remove", who=one_line(person.name, 30), role=say(f"role.{grant.role.value}"))
            )
            rows.append((Choice(label, f"unteam.{grant.id}"),))
    if not members:
        lines.append(say("team.empty"))
    invites = [Choice(say("team.invite_member"), f"invite.{unit_id}.member")]
    if is_officer:
        invites.insert(0, Choice(say("team.invite_support"), f"invite.{unit_id}.support"))
        invites.insert(1, Choice(say("team.invite_officer"), f"invite.{unit_id}.officer"))
    rows += [(one,) for one in invites]
    rows.append((Choice(say("kiosk.button"), f"kiosks.{unit_id}"),))
    where = group_channels(turn)
    if where:
        rows.append((Choice(say("team.bind_group", where=where), f"bind.{unit_id}"),))
    below = (
        await turn.session.scalars(
            select(Unit)
            .where(Unit.parent_id == unit_id)
            .order_by(Unit.name)
            .offset(page * PAGE)
            .limit(PAGE + 1)
        )
    ).all()
    rows += [(Choice(one_line(f"▸ {child.name}", 60), f"team.{child.id}"),) for child in below[:PAGE]]
    rows += pager(turn, f"team.{unit_id}", page, more=len(below) > PAGE)
    rows.append(menu_row(say))
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


async def _is_officer(act: Act, unit: Unit) -> bool:
    return (await reach(act)).may(Power.APPOINT, unit.path)


@routes.action("invite")
async def invite(turn: Turn) -> Screens:
    """``invite.<unit>.<role>``: a one-time invite to pass on."""
    unit_id, word = turn.int_arg(0), turn.args[1] if len(turn.args) > 1 else ""
    roles: dict[str, Role | None] = {"support": Role.SUPPORT, "officer": Role.OFFICER, "member": None}
    if word not in roles:
        raise Forbidden
    role = roles[word]
    code, until = await passes.invite(turn.act, unit_id, role)
    unit = await turn.session.get_one(Unit, unit_id)
    return Screen(
        turn.say(
            "team.invite",
            unit=unit.name,
            role=turn.say(f"role.{word}"),
            code=code,
            url=turn.services.links.invite(code),
            until=turn.say.moment(until),
        ),
        ((Choice(turn.say("team.back"), f"team.{unit_id}"), *menu_row(turn.say)),),
    )


@routes.action("unteam")
async def ask_remove(turn: Turn) -> Screens:
    """Sure?"""
    return Screen(
        turn.say("team.remove_sure"),
        ((Choice(turn.say("form.yes"), f"unteamed.{turn.int_arg(0)}"), Choice(turn.say("form.no"), "menu")),),
    )


@routes.action("unteamed")
async def remove(turn: Turn) -> Screens:
    """The role is taken back."""
    grant = await people.revoke(turn.act, turn.int_arg(0))
    turn.args = (str(grant.unit_id),)
    return (Screen(turn.say("team.removed")), await _team(turn))


# ---------------------------------------------------------------- a group chat of the team


def group_channels(turn: Turn) -> str:
    """The channels on which a team's group can be bound, in words; empty when there are none."""
    names = [name for name, way in turn.services.channels.items() if way.groups]
    return ", ".join(str(turn.say(f"channel.{name}")) for name in names)


@routes.action("bind")
async def bind_code(turn: Turn) -> Screens:
    """A code to type in the group that is to get the cards."""
    code, until = await passes.for_group(turn.act, turn.int_arg(0))
    return Screen(turn.say("team.bind", code=code, until=turn.say.moment(until)), (menu_row(turn.say),))


@routes.command("lienket", "bind")
async def bind_here(turn: Turn) -> Screens:
    """``/lienket CODE`` in a group."""
    if not turn.incoming.is_group:
        return Screen(turn.say("team.bind_in_group"), (menu_row(turn.say),))
    opened = await tries.look(turn.act, turn.who.account_id, turn.words, PassKind.GROUP)
    if opened is None or opened.unit is None:
        return Screen(turn.say("passes.unknown"))
    await passes.use(turn.act, opened)
    chat = await turn.session.scalar(
        select(TeamChat).where(
            TeamChat.channel == turn.incoming.channel, TeamChat.chat_id == turn.incoming.chat
        )
    )
    if chat is None:
        chat = TeamChat(channel=turn.incoming.channel, chat_id=turn.incoming.chat)
        turn.session.add(chat)
    chat.unit_id, chat.bound_by, chat.bound_at = opened.unit.id, turn.who.person_id, turn.now
    chat.unreachable_since = None
    turn.act.record("group_bound", unit_id=opened.unit.id)
    await turn.session.flush()
    return Screen(turn.say("team.bound", unit=opened.unit.name))


@routes.command("huylienket", "unbind")
async def unbind(turn: Turn) -> Screens:
    """No more cards in this group; for the team's own people."""
    chat = await turn.session.scalar(
        select(TeamChat).where(
            TeamChat.channel == turn.incoming.channel, TeamChat.chat_id == turn.incoming.chat
        )
    )
    if chat is None:
        return ()
    await people.team(turn.act, chat.unit_id)
    chat.unreachable_since = turn.now
    turn.act.record("group_unbound", unit_id=chat.unit_id)
    return Screen(turn.say("team.unbound"))
