"""One's own data: see, correct, export, erase; and one's devices."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from markupsafe import Markup

from bot.conversation import fresh
from bot.conversation.dates import parse_birth
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import fold, has_words, person_name
from bot.conversation.vocabulary import Choice, Document, Screen
from bot.handlers.people.where_told import where
from bot.handlers.turn import Turn
from bot.screens.campaigns.actions import StartReminders, StopReminders
from bot.screens.days import show_whole_day
from bot.screens.help.actions import AskLanguage
from bot.screens.people.actions import (
    AskToErase,
    AskWhereTold,
    CorrectMe,
    EraseMe,
    ExportMe,
    ShowDeviceCode,
    ShowMe,
    ShowPlaces,
    ShowRights,
)
from bot.screens.people.codes import code_screen
from bot.screens.people.copy import copy_page
from bot.screens.praise.actions import AskToBeNamed
from bot.screens.rows import OpenMenu, menu_row
from bot.services.people import erasing, exporting, passes, profile
from bot.services.people.consent import ConsentEvidence, consent
from bot.services.people.rights import reach
from storage.people.tables import Shift

routes: Routes[Turn] = Routes()

_FIELDS = ("name", "born", "workplace", "title", "qualification", "shift")


def _label(name: str) -> str:
    # "title" heads the page itself.
    return "me.job" if name == "title" else f"me.{name}"


@routes.command("toi", "me", "hoso", listed="me")
async def me_command(turn: Turn) -> Screens:
    """What is kept about me."""
    mine = await profile.own(turn.act)
    person, say = mine.person, turn.say
    lines = [say("me.title")]
    for name in _FIELDS:
        value = getattr(person, name)
        shown = say.date(value) if isinstance(value, date) else value or say("form.missing")
        if isinstance(value, Shift):
            shown = say(f"me.shift_is.{value.value}")
        lines.append(Markup("<b>{}:</b> {}").format(say(_label(name)), shown))
    lines.append(Markup("<b>{}:</b> {}").format(say("me.unit"), mine.unit_name))
    channels = ", ".join(str(say(f"channel.{one}")) for one in sorted(mine.channels))
    lines.append(say("me.channels", channels=channels))
    lines.append(say("me.told_is", where=where(say, person.notify_channel)))
    if mine.consent is not None:
        lines.append(say("me.consent", at=say.moment(mine.consent.at)))
    lines.append(say("me.named_is", yes=say("form.no" if person.named_since is None else "form.yes")))
    return Screen(
        Markup("\n").join(lines),
        (
            (Choice.of(say("me.correct"), CorrectMe()), Choice.of(say("me.export"), ExportMe())),
            (Choice.of(say("me.device"), ShowDeviceCode()), Choice.of(say("me.language"), AskLanguage())),
            (
                Choice.of(say("campaign.start_again"), StartReminders())
                if person.reminders_off_at is not None
                else Choice.of(say("campaign.stop"), StopReminders()),
                Choice.of(say("me.told"), AskWhereTold()),
            ),
            (Choice.of(say("me.named"), AskToBeNamed()), Choice.of(say("me.places"), ShowPlaces())),
            (Choice.of(say("me.erase"), AskToErase()), Choice.of(say("rights.button"), ShowRights())),
            menu_row(say),
        ),
    )


@routes.on(ShowMe)
async def show_me(turn: Turn, _action: ShowMe) -> Screens:
    """From the menu."""
    return await me_command(turn)


# ---------------------------------------------------------------- another device


@routes.command("thietbi", "device", listed="device")
async def device_command(turn: Turn) -> Screens:
    """A one-time code that signs me in elsewhere."""
    if turn.incoming.is_group:
        return ()
    code, until = await passes.for_device(turn.act, turn.who.person_id)
    has_role = bool(await reach(turn.act))
    key = "passes.device_by_hand" if has_role else "passes.device"
    return code_screen(turn.services, turn.say, key, code, until, by_hand=has_role)


@routes.on(ShowDeviceCode)
async def show_device_code(turn: Turn, _action: ShowDeviceCode) -> Screens:
    """From one's own data."""
    return await device_command(turn)


# ---------------------------------------------------------------- correcting


def _which(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(name, str(context.say(_label(name)))) for name in _FIELDS]


def _value(raw: str, answers: Answers, context: FormContext) -> Parsed:
    which = answers.get("which")
    if which == "name":
        return Parsed.plain(person_name(raw))
    if which == "born":
        return Parsed.plain(parse_birth(raw, context.today, profile.BORN_EARLIEST).isoformat())
    if which == "shift":
        for option in _values(answers, context):
            if fold(raw) in (option.value, fold(option.label)):
                return Parsed.plain(option.value)
        raise Invalid("form.not_an_option")
    if not has_words(raw):
        raise Invalid("parse.text.no_words")
    if len(raw) > 200:
        raise Invalid("parse.text.too_long", typed=len(raw), limit=200)
    return Parsed.plain(raw)


def _values(answers: Answers, context: FormContext) -> Sequence[Option]:
    """The shifts, when the shift is corrected; everything else is typed."""
    if answers.get("which") != "shift":
        return ()
    return [Option(one.value, str(context.say(f"me.shift_is.{one.value}"))) for one in Shift]


def _correct_fields(answers: Answers, _context: FormContext) -> Sequence[Field]:
    show = show_whole_day if answers.get("which") == "born" else None
    return (
        Field("which", Kind.ONE, options=_which, required=True, width=2),
        Field("value", parse=_value, options=_values, required=True, width=2, show=show),
    )


CORRECT = Form("correct", _correct_fields, summary=False)


@routes.on(CorrectMe)
async def correct(turn: Turn, _action: CorrectMe) -> Screens:
    """Ask what is wrong."""
    return await turn.open_form(CORRECT)


async def _corrected(turn: Turn, state: FormState) -> Screens:
    which, value = state.answers["which"], state.answers["value"]
    read = {"born": date.fromisoformat, "shift": Shift}.get(which, str)
    person = await profile.correct(turn.act, turn.features.privacy, which, read(value))
    turn.who.name = person.name
    turn.form = None
    return (Screen(turn.say("me.corrected")), *_as_list(await me_command(turn)))


def _as_list(screens: Screens) -> Sequence[Screen]:
    return (screens,) if isinstance(screens, Screen) else screens


routes.form(FormHandler(CORRECT, _corrected))


# ---------------------------------------------------------------- taking it along, and going


@routes.on(ExportMe)
async def export(turn: Turn, _action: ExportMe) -> Screens:
    """All of it as a file."""
    content = await exporting.export(
        turn.act, turn.features.privacy, partial(copy_page, turn.say), turn.services.read_media
    )
    return Screen(
        turn.say("me.exported"),
        (menu_row(turn.say),),
        documents=(Document("du-lieu-cua-toi.zip", content=content),),
    )


@routes.on(AskToErase)
async def ask_to_erase(turn: Turn, _action: AskToErase) -> Screens:
    """Say what goes and what stays, and ask for confirmation."""
    return Screen(
        turn.say("me.erase_sure"),
        (
            (
                Choice.of(turn.say("me.erase_yes"), EraseMe(turn.now)),
                Choice.of(turn.say("me.erase_no"), OpenMenu()),
            ),
        ),
    )


@routes.on(EraseMe)
async def erase(turn: Turn, action: EraseMe) -> Screens:
    """Erase it; a button that is old asks again."""
    if not fresh.is_fresh(action.asked_at, turn.now):
        return await ask_to_erase(turn, AskToErase())
    say = turn.say
    consent(
        turn.act,
        ConsentEvidence(
            str(say("me.erase_sure")), turn.who.language, turn.incoming.channel, turn.incoming.key
        ),
        given=False,
    )
    await erasing.erase(turn.act, turn.features.privacy)
    turn.form = None
    return Screen(say("me.erased"))
