"""What codes do: sign in here, take a role, move to another unit, or merge two registrations."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, IncomingKind, Screen
from bot.handlers.menu import menu_screen
from bot.handlers.people.registration import REGISTER
from bot.handlers.turn import Turn
from bot.screens.people.actions import AcceptInvite, JoinAs, MergeInto, ShowDeviceCode
from bot.screens.rows import OpenMenu, menu_row
from bot.services.people import accounts, merging, registering, tries
from bot.services.people.passes import Opened
from bot.services.refusal import Refusal
from storage.people.tables import PassKind, Person

routes: Routes[Turn] = Routes()


async def join(turn: Turn, opened: Opened, code: str) -> Screens:
    """Sign a guest in who gave a code from another device.

    A link can be sent to anybody, so who comes by one is asked first whether the account that it opens is theirs.
    """
    if await accounts.is_guests(turn.act, opened):
        turn.needs_to_be_alone()
        person = await accounts.go_on(turn.act, turn.who.account_id, opened)
        return await arrives(turn, person, "register.joined")
    if _is_by_link(turn):
        await accounts.check_link(turn.act, opened)
        return await _ask_to_join(turn, opened, code)
    return await _sign_in(turn, opened)


async def _ask_to_join(turn: Turn, opened: Opened, code: str) -> Screens:
    person, unit = await accounts.opens(turn.act, opened)
    # Where one types, numbers would answer what had been begun here, which a yes drops anyway.
    turn.form = None
    say = turn.say
    return Screen(
        say("passes.join_ask", name=person.name, unit=unit.name if unit else ""),
        (
            (
                Choice.of(say("passes.join_yes"), JoinAs(code)),
                Choice.of(say("passes.join_no"), OpenMenu()),
            ),
        ),
    )


@routes.on(JoinAs, guests=True)
async def join_as(turn: Turn, action: JoinAs) -> Screens:
    """They said that it is theirs."""
    if turn.who.registered:
        return await menu_screen(turn)
    opened = await tries.look(turn.act, turn.who.account_id, action.code, PassKind.DEVICE)
    if opened is None:
        return _unknown(turn)
    await accounts.check_link(turn.act, opened)
    return await _sign_in(turn, opened)


async def _sign_in(turn: Turn, opened: Opened) -> Screens:
    turn.needs_to_be_alone()
    person = await accounts.join(turn.act, turn.features.privacy, turn.who.account_id, opened)
    return await arrives(turn, person, "register.joined")


def _is_by_link(turn: Turn) -> bool:
    return turn.incoming.kind is IncomingKind.START


async def arrives(turn: Turn, person: Person, hello: str) -> Screens:
    """Go on as the person whose account this is now, with the form they were in the middle of."""
    who = turn.who
    arrival = await accounts.arrival(turn.act, person)
    who.person_id, who.registered, who.name = person.id, person.registered_at is not None, person.name
    who.language, who.unit_id, who.unit_path = person.language, person.unit_id, arrival.unit_path
    who.form, who.form_account = arrival.form, arrival.form_account
    turn.load_form(who.form)
    turn.say = turn.services.texts.say(person.language)
    text = turn.say(hello, name=person.name) if who.registered else turn.say("register.joined_guest")
    if turn.form is not None and turn.form.form in turn.routes.forms:
        return (Screen(text + Markup("\n") + turn.say("form.goes_on")), turn.show_form())
    if not who.registered:
        return (Screen(text), await turn.open_form(REGISTER))
    return (Screen(text), await menu_screen(turn))


def _unknown(turn: Turn) -> Screens:
    """Say that a code is wrong. A refusal would roll back that it was counted."""
    text = turn.say("passes.unknown")
    return Screen(text, (menu_row(turn.say),)) if turn.form is None else (Screen(text), turn.show_form())


async def use(turn: Turn, code: str) -> Screens:
    """Do what the code of a registered person opens, or ask about it first."""
    opened = await tries.look(turn.act, turn.who.account_id, code)
    if opened is None:
        return _unknown(turn)
    if opened.kind is PassKind.DEVICE:
        return await _use_of_device(turn, opened, code)
    if opened.kind is PassKind.GROUP:
        raise Refusal("passes.in_group_only")
    if opened.unit is not None and opened.role is None and opened.unit.id == turn.who.unit_id:
        return await menu_screen(turn)
    if opened.unit is None:
        raise Refusal("passes.unknown")
    key = "register.accept_role" if opened.role else "register.accept_move"
    role = turn.say(f"role.{opened.role.value}") if opened.role else ""
    return Screen(
        turn.say(key, unit=opened.unit.name, role=role),
        (
            (
                Choice.of(turn.say("form.yes"), AcceptInvite(code)),
                Choice.of(turn.say("form.no"), OpenMenu()),
            ),
        ),
    )


@routes.on(AcceptInvite)
async def accept(turn: Turn, action: AcceptInvite) -> Screens:
    """Accept an invite."""
    opened = await tries.look(turn.act, turn.who.account_id, action.code, PassKind.INVITE)
    if opened is None:
        return _unknown(turn)
    unit = await registering.accept_invite(turn.act, opened)
    return (Screen(turn.say("register.accepted", unit=unit.name)), await menu_screen(turn))


# ---------------------------------------------------------------- the code of another device


async def _use_of_device(turn: Turn, opened: Opened, code: str) -> Screens:
    if opened.person_id == turn.who.person_id:
        return Screen(turn.say("passes.own"), (menu_row(turn.say),))
    say = turn.say
    if await accounts.is_guests(turn.act, opened):
        # Whoever has a code of their own on the screen there comes in here with it, if they can be trusted or not.
        ways = (Choice.of(say("me.device"), ShowDeviceCode()),)
        return Screen(say("passes.other_way"), (ways, menu_row(say)))
    if _is_by_link(turn):
        raise Refusal("passes.join_by_hand")
    return await _ask_to_merge(turn, opened, code)


async def _ask_to_merge(turn: Turn, opened: Opened, code: str) -> Screens:
    """Ask for confirmation before merging two registrations."""
    mine, theirs = await merging.sides(turn.act, turn.features.privacy, opened)
    say = turn.say
    both_began = await merging.both_began(turn.act, opened)
    text = say(
        "passes.merge_ask",
        name=mine.name,
        unit=mine.unit,
        n=mine.initiatives,
        other=theirs.name,
        other_unit=theirs.unit,
        other_n=theirs.initiatives,
        other_since=say.date(theirs.since) if theirs.since is not None else "",
        other_where=", ".join(str(say(f"channel.{name}")) for name in theirs.channels),
        draft=say("passes.merge_draft", other=theirs.name) if both_began else "",
    )
    return Screen(
        text,
        (
            (
                Choice.of(say("passes.merge_yes"), MergeInto(code)),
                Choice.of(say("passes.merge_no"), OpenMenu()),
            ),
        ),
    )


@routes.on(MergeInto)
async def merge(turn: Turn, action: MergeInto) -> Screens:
    """Merge them. A form that is open here is put aside, and goes along."""
    opened = await tries.look(turn.act, turn.who.account_id, action.code, PassKind.DEVICE)
    if opened is None or opened.person_id is None:
        return _unknown(turn)
    turn.needs_to_be_alone()
    await turn.put_aside()

    def kept_as(form: Mapping[str, Any]) -> str:
        handler = turn.routes.forms.get(form["form"])
        keeps = handler is not None and handler.form.keeps_draft
        return handler.form.draft_name(form.get("about", {})) if keeps and handler is not None else ""

    person = await merging.merge(turn.act, turn.features.privacy, turn.who.account_id, opened, kept_as)
    return await arrives(turn, person, "passes.merged")
