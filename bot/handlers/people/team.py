"""Steering: progress tap by tap and as a picture; the team of a unit, its invites, its group chat."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import select

from bot.conversation.routing import Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Picture, Row, Screen
from bot.documents.progress_picture import ProgressRow, ProgressView, draw_progress
from bot.documents.words import needed_a_day, picture_words
from bot.handlers.initiatives.mine import pager
from bot.handlers.turn import Turn, menu_row
from bot.services.act import Act
from bot.services.people import passes, people, tries
from bot.services.people.rights import grants_of, reaches
from bot.services.progress import progress
from bot.services.progress.progress import Progress, Standing
from bot.services.refusal import Forbidden
from bot.texts import Say
from storage.people.tables import PassKind, Role, TeamChat
from storage.units.tables import Unit

routes: Routes[Turn] = Routes()

PAGE = 8
_ORDERS = ("count", "part", "per_member")
_PICTURE_ROWS = 12


# ---------------------------------------------------------------- progress


@routes.command("tiendo", "progress")
async def progress_command(turn: Turn) -> Screens:
    """The progress of the highest unit that one steers."""
    roles = await people.roles(turn.act)
    if not roles:
        raise Forbidden
    turn.args = (str((roles.get(Role.OFFICER) or roles[Role.SUPPORT])[0]),)
    return await progress_button(turn)


async def _read(turn: Turn, unit_id: int, phase_id: int) -> Progress:
    unit = await turn.session.get(Unit, unit_id)
    if unit is None:
        raise Forbidden
    programme = turn.world.programmes.for_unit(unit.path, turn.today)
    return await progress.progress(turn.act, unit_id, programme, phase_id or None)


@routes.action("progress")
async def progress_button(turn: Turn) -> Screens:
    """``progress.<unit>.<phase>.<order>.<page>``."""
    unit_id, phase_id, page = turn.int_arg(0), turn.int_arg(1), max(turn.int_arg(3), 0)
    order = turn.args[2] if len(turn.args) > 2 and turn.args[2] in _ORDERS else "count"
    found = await _read(turn, unit_id, phase_id)
    say = turn.say
    lines = progress_lines(say, found)
    rows: list[Row] = []
    children = progress.ranked(found.children, order)
    shown = children[page * PAGE : (page + 1) * PAGE]
    if shown:
        lines.append(say(f"progress.ranked_{order}"))
        for at, child in enumerate(shown, page * PAGE + 1):
            lines.append(Markup("{}. {}").format(at, child_words(say, child)))
            rows.append(
                (Choice(one_line(f"{at}. {child.name}", 60), f"progress.{child.unit_id}.{phase_id}.{order}"),)
            )
    base = f"progress.{unit_id}.{phase_id}.{order}"
    rows += pager(turn, base, page, more=len(children) > (page + 1) * PAGE)
    if len(children) > 1:
        rows.append(
            tuple(
                Choice(str(say(f"progress.by_{other}")), f"progress.{unit_id}.{phase_id}.{other}")
                for other in _ORDERS
                if other != order
            )
        )
    phases = [
        Choice(one_line(one.name, 40), f"progress.{unit_id}.{one.id}.{order}")
        for one in found.programme.phases
        if found.phase is None or one.id != found.phase.id
    ]
    if found.phase is not None:
        phases.insert(0, Choice(str(say("progress.whole")), f"progress.{unit_id}.0.{order}"))
    rows += [tuple(phases[at : at + 2]) for at in range(0, len(phases), 2)]
    last = [Choice(say("progress.picture"), f"picture.{unit_id}.{phase_id}")]
    if found.parent_id is not None and await _may_see(turn.act, found.parent_id):
        last.append(Choice(say("progress.up"), f"progress.{found.parent_id}.{phase_id}.{order}"))
    rows += [tuple(last), menu_row(say)]
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


async def _may_see(act: Act, unit_id: int) -> bool:
    unit = await act.session.get(Unit, unit_id)
    return unit is not None and await progress.may_see(act, unit)


def progress_lines(say: Say, found: Progress) -> list[Markup]:
    """The headline figures in words."""
    mine = found.unit
    lines = [
        Markup("<b>{}</b>").format(mine.name),
        Markup("{} · {} – {}").format(
            found.phase.name if found.phase else found.programme.name,
            say.date(found.starts),
            say.date(found.ends),
        ),
        say("progress.count", count=mine.count, target=mine.target, percent=say.percent(mine.part))
        if mine.part is not None
        else say("progress.count_no_target", count=mine.count),
    ]
    if found.pace_needed is not None:
        if found.pace_needed == 0:
            lines.append(say("progress.reached"))
        elif found.days_left:
            pace = say.number(needed_a_day(found.pace_needed))
            lines.append(say("progress.pace", pace=pace, n=found.days_left))
    elif mine.target and not found.days_left:
        lines.append(say("progress.over"))
    if mine.per_member is not None:
        lines.append(say("progress.per_member", rate=say.number(round(mine.per_member * 100, 1))))
    lines.append(
        say(
            "progress.states",
            submitted=mine.submitted,
            approved=mine.approved,
            recognised=mine.recognised,
            recorded=mine.recorded,
        )
    )
    if mine.benefit:
        lines.append(say("progress.benefit", amount=say.money(mine.benefit)))
    return lines


def child_words(say: Say, child: Standing) -> Markup:
    """A unit right below in one line."""
    parts = [say("progress.child", name=child.name, count=child.count)]
    if child.part is not None:
        parts.append(Markup.escape(say.percent(child.part)))
    if child.per_member is not None:
        parts.append(say("progress.child_per_member", rate=say.number(round(child.per_member * 100, 1))))
    return Markup(" · ").join(parts)


def progress_view(found: Progress, now: datetime) -> ProgressView:
    """The same as what a picture shows."""
    return ProgressView(
        unit_name=found.unit.name,
        phase_name=found.phase.name if found.phase else found.programme.name,
        as_of=now,
        count=found.unit.count,
        target=found.unit.target,
        pace_needed=found.pace_needed,
        per_member=found.unit.per_member,
        benefit_vnd=found.unit.benefit,
        rows=tuple(ProgressRow(child.name, child.count, child.target) for child in found.children[:40]),
        starts=found.starts,
        ends=found.ends,
    )


@dataclass(frozen=True, slots=True)
class ProgressDrawing:
    """The picture of a progress, drawn when it is sent."""

    view: ProgressView
    say: Say
    dark: bool = False

    def draw(self) -> bytes:
        """PNG."""
        return draw_progress(self.view, words=picture_words(self.say), dark=self.dark)


#: The last word of a picture's action, where it is not to be light.
DARK = "dark"


def progress_picture(view: ProgressView, say: Say, alt: str, *, dark: bool = False) -> Picture:
    """A progress as a picture: light unless ``dark``, and with the phone where the channel can follow it."""
    return Picture(alt, drawing=ProgressDrawing(view, say, dark), dark=ProgressDrawing(view, say, dark=True))


def other_ground(say: Say, action: str, *, dark: bool = False) -> Row:
    """Below a picture: the same on the other ground. ``action`` shows it light."""
    if dark:
        return (Choice(say("progress.light"), action, for_fixed_ground=True),)
    return (Choice(say("progress.dark"), f"{action}.{DARK}", for_fixed_ground=True),)


@routes.action("picture")
async def picture(turn: Turn) -> Screens:
    """``picture.<unit>.<phase>[.dark]``: the same as a picture, with the figures in words beside it."""
    found = await _read(turn, turn.int_arg(0), turn.int_arg(1))
    view = progress_view(found, turn.now)
    text = Markup("\n").join(progress_lines(turn.say, found))
    is_dark = DARK in turn.args
    base = f"picture.{found.unit.unit_id}.{turn.int_arg(1)}"
    return Screen(
        text,
        (
            other_ground(turn.say, base, dark=is_dark),
            (
                Choice(turn.say("progress.back"), f"progress.{found.unit.unit_id}.{turn.int_arg(1)}"),
                *menu_row(turn.say),
            ),
        ),
        pictures=(progress_picture(view, turn.say, str(text.striptags()), dark=is_dark),),
    )


# ---------------------------------------------------------------- the team


@routes.command("to", "team")
async def team_command(turn: Turn) -> Screens:
    """Who is in the support team, and who are the officers, of the unit one steers."""
    roles = await people.roles(turn.act)
    if not roles:
        raise Forbidden
    turn.args = (str((roles.get(Role.OFFICER) or roles[Role.SUPPORT])[0]),)
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
    grants = await grants_of(act.session, act.actor_id)
    return reaches(grants, Role.OFFICER, unit.path)


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
            url=turn.world.links.invite(code),
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
    names = [name for name, way in turn.world.ways.items() if way.groups]
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
    opened = await tries.look(turn.act, turn.who.account_id, "".join(turn.args), PassKind.GROUP)
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
