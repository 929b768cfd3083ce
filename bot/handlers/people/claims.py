"""Saying yes or no to what people say that they are; and coming back in by it."""

from collections.abc import Mapping

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.people.codes import arrives
from bot.handlers.people.registration import REGISTER
from bot.handlers.turn import Turn
from bot.screens.people.actions import (
    AskOfficer,
    ComeBack,
    GrantClaim,
    GrantMembers,
    RefuseClaim,
    ShowClaim,
    ShowClaims,
    ShowGranted,
    StayNew,
    UndoClaim,
)
from bot.screens.people.claims import claim_screen
from bot.screens.rows import OpenMenu, menu_row, pager
from bot.services.people import claims, helped, returning
from bot.services.people.membership import MEMBER
from bot.services.people.rights import Reach

routes: Routes[Turn] = Routes()

PAGE = 8


async def waiting(turn: Turn, _reach: Reach) -> Mapping[str, object] | None:
    """Whether the menu has an entry for them."""
    number = await claims.number_waiting(turn.act)
    return {"n": number} if number else None


@routes.on(ShowClaims)
async def show_claims(turn: Turn, action: ShowClaims) -> Screens:
    """What waits, the newest first."""
    return await _list(turn, action.page)


async def _list(turn: Turn, page: int) -> Screen:
    say = turn.say
    found = await claims.listed(turn.act, waiting=True, offset=page * PAGE, limit=PAGE + 1)
    shown = found[:PAGE]
    rows = [_line(turn, claim.id, claim.kind, person.name) for claim, person in shown]
    members = [claim.id for claim, _ in shown if claim.kind == MEMBER.name]
    if len(members) > 1:
        rows.append((Choice.of(say("claim.all_members", n=len(members)), GrantMembers(max(members))),))
    rows += pager(say, page, ShowClaims, more=len(found) > PAGE)
    rows.append((Choice.of(say("claim.granted_lately"), ShowGranted()), *menu_row(say)))
    return Screen(say("claim.title") if shown else say("claim.none"), tuple(rows), in_place=True)


def _line(turn: Turn, claim_id: int, kind: str, name: str) -> Row:
    who = one_line(name or str(turn.say("claim.somebody")), 40)
    return (Choice.of(turn.say(f"claim.{kind}.line", who=who), ShowClaim(claim_id)),)


@routes.on(ShowGranted)
async def show_granted(turn: Turn, action: ShowGranted) -> Screens:
    """What was said yes to, to undo it."""
    say, page = turn.say, action.page
    found = await claims.listed(turn.act, waiting=False, offset=page * PAGE, limit=PAGE + 1)
    rows = [_line(turn, claim.id, claim.kind, person.name) for claim, person in found[:PAGE]]
    rows += pager(say, page, ShowGranted, more=len(found) > PAGE)
    rows.append((Choice.of(say("claim.back"), ShowClaims()), *menu_row(say)))
    return Screen(say("claim.granted_title"), tuple(rows), in_place=True)


@routes.on(ShowClaim)
async def show_claim(turn: Turn, action: ShowClaim) -> Screens:
    """One of them."""
    return claim_screen(turn.say, await claims.view(turn.act, turn.features.claims, action.claim))


@routes.on(GrantClaim)
async def grant(turn: Turn, action: GrantClaim) -> Screens:
    """It is so."""
    return await _answer(turn, action.claim, yes=True)


@routes.on(RefuseClaim)
async def refuse(turn: Turn, action: RefuseClaim) -> Screens:
    """It is not so."""
    return await _answer(turn, action.claim, yes=False)


async def _answer(turn: Turn, claim_id: int, *, yes: bool) -> Screen:
    if yes:
        # Two people may become one.
        turn.needs_to_be_alone()
    await claims.answer(turn.act, turn.features.claims, turn.features.privacy, claim_id, yes=yes)
    view = await claims.view(turn.act, turn.features.claims, claim_id)
    return claim_screen(turn.say, view, in_place=True)


@routes.on(UndoClaim)
async def undo(turn: Turn, action: UndoClaim) -> Screens:
    """It was not so after all."""
    turn.needs_to_be_alone()
    await claims.undo(turn.act, turn.features.claims, turn.features.privacy, action.claim)
    view = await claims.view(turn.act, turn.features.claims, action.claim)
    return claim_screen(turn.say, view, in_place=True)


@routes.on(GrantMembers)
async def grant_members(turn: Turn, action: GrantMembers) -> Screens:
    """Yes to all who were on the page."""
    found = await claims.listed(
        turn.act, waiting=True, offset=0, limit=PAGE, kind=MEMBER.name, up_to=action.up_to
    )
    turn.needs_to_be_alone()
    for claim, _ in found:
        await claims.answer(turn.act, turn.features.claims, turn.features.privacy, claim.id, yes=True)
    names = Markup(", ").join(Markup("<b>{}</b>").format(person.name) for _, person in found)
    return (Screen(turn.say("claim.members_granted", names=names)), await _list(turn, 0))


# ---------------------------------------------------------------- who claims


@routes.on(ComeBack, guests=True)
async def come_back(turn: Turn, action: ComeBack) -> Screens:
    """Come in as who the team said one is."""
    turn.needs_to_be_alone()
    person = await returning.come_back(turn.act, turn.features.privacy, turn.who.account_id, action.claim)
    return await arrives(turn, person, "register.joined")


@routes.on(StayNew, guests=True)
async def stay_new(turn: Turn, _action: StayNew) -> Screens:
    """One is somebody else after all: register as oneself."""
    await returning.let_be(turn.act)
    if turn.who.registered:
        return await turn.perform(OpenMenu())
    return await turn.open_form(REGISTER)


@routes.on(AskOfficer)
async def ask_officer(turn: Turn, _action: AskOfficer) -> Screens:
    """Ask for the rights of a place of one's own."""
    await helped.ask_officer(turn.act, turn.who.account_id)
    return Screen(turn.say("claim.own.asked"), (menu_row(turn.say),))
