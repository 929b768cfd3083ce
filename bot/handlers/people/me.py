"""One's own data: see, correct, export, erase; and one's devices."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup
from sqlalchemy import select

from bot.conversation import fresh
from bot.conversation.dates import parse_birth
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import fold, has_words, person_name
from bot.conversation.vocabulary import Choice, Document, Screen
from bot.handlers.initiatives.form import BIRTH_EARLIEST
from bot.handlers.people.where_told import where
from bot.handlers.turn import Turn
from bot.screens.days import show_whole_day
from bot.screens.people.codes import code_screen
from bot.screens.rows import menu_row
from bot.services.people import erasing, passes, people
from bot.services.people.people import ConsentEvidence
from storage.people.tables import Account, Consent, ConsentSubject, Person, Shift
from storage.units.tables import Unit

routes: Routes[Turn] = Routes()

_FIELDS = ("name", "born", "workplace", "title", "qualification", "shift")


def _label(name: str) -> str:
    # "title" heads the page itself.
    return "me.job" if name == "title" else f"me.{name}"


@routes.command("toi", "me", "hoso", listed="me")
async def me_command(turn: Turn) -> Screens:
    """What is kept about me."""
    person = await turn.session.get_one(Person, turn.who.person_id)
    unit = await turn.session.get(Unit, person.unit_id) if person.unit_id else None
    channels = (
        await turn.session.scalars(select(Account.channel).where(Account.person_id == person.id))
    ).all()
    consent = await turn.session.scalar(
        select(Consent)
        .where(Consent.person_id == person.id, Consent.given, Consent.subject == ConsentSubject.DATA)
        .order_by(Consent.id.desc())
        .limit(1)
    )
    say = turn.say
    lines = [say("me.title")]
    for name in _FIELDS:
        value = getattr(person, name)
        shown = say.date(value) if isinstance(value, date) else value or say("form.missing")
        if isinstance(value, Shift):
            shown = say(f"me.shift_is.{value.value}")
        lines.append(Markup("<b>{}:</b> {}").format(say(_label(name)), shown))
    lines.append(Markup("<b>{}:</b> {}").format(say("me.unit"), unit.name if unit else ""))
    lines.append(
        say("me.channels", channels=", ".join(str(say(f"channel.{one}")) for one in sorted(set(channels))))
    )
    lines.append(say("me.told_is", where=where(say, person.notify_channel)))
    if consent is not None:
        lines.append(say("me.consent", at=say.moment(consent.at)))
    lines.append(say("me.named_is", yes=say("form.no" if person.named_since is None else "form.yes")))
    return Screen(
        Markup("\n").join(lines),
        (
            (Choice(say("me.correct"), "me.correct"), Choice(say("me.export"), "me.export")),
            (Choice(say("me.device"), "device"), Choice(say("me.language"), "language")),
            (
                Choice(say("campaign.start_again"), "remind.on")
                if person.reminders_off_at is not None
                else Choice(say("campaign.stop"), "remind.off"),
                Choice(say("me.told"), "told"),
            ),
            (Choice(say("me.named"), "named"),),
            (Choice(say("me.erase"), "me.erase"), *menu_row(say)),
        ),
    )


@routes.action("me")
async def me_button(turn: Turn) -> Screens:
    """The menu's button."""
    return await me_command(turn)


# ---------------------------------------------------------------- another device


@routes.command("thietbi", "device", listed="device")
async def device_command(turn: Turn) -> Screens:
    """A one-time code that signs me in elsewhere."""
    if turn.incoming.is_group:
        return ()
    code, until = await passes.for_device(turn.act, turn.who.person_id)
    return code_screen(turn.services, turn.say, "passes.device", code, until)


@routes.action("device")
async def device_button(turn: Turn) -> Screens:
    """The button."""
    return await device_command(turn)


# ---------------------------------------------------------------- correcting


def _which(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(name, str(context.say(_label(name)))) for name in _FIELDS]


def _value(raw: str, answers: Answers, context: FormContext) -> Parsed:
    which = answers.get("which")
    if which == "name":
        return Parsed.plain(person_name(raw))
    if which == "born":
        return Parsed.plain(parse_birth(raw, context.today, BIRTH_EARLIEST).isoformat())
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
    """Only the shift is chosen; all else is typed."""
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


@routes.action("me.correct")
async def correct(turn: Turn) -> Screens:
    """What is wrong?"""
    return await turn.open_form(CORRECT)


async def _corrected(turn: Turn, state: FormState) -> Screens:
    which, value = state.answers["which"], state.answers["value"]
    read = {"born": date.fromisoformat, "shift": Shift}.get(which, str)
    person = await people.correct(turn.act, which, read(value))
    turn.who.name = person.name
    turn.form = None
    return (Screen(turn.say("me.corrected")), *_as_list(await me_command(turn)))


def _as_list(screens: Screens) -> Sequence[Screen]:
    return (screens,) if isinstance(screens, Screen) else screens


routes.form(FormHandler(CORRECT, _corrected))


# ---------------------------------------------------------------- taking it along, and going


@routes.action("me.export")
async def export(turn: Turn) -> Screens:
    """All of it as a file."""
    content = await people.export(turn.act)
    return Screen(
        turn.say("me.exported"),
        (menu_row(turn.say),),
        documents=(Document("du-lieu-cua-toi.json", content=content),),
    )


@routes.action("me.erase")
async def ask_erase(turn: Turn) -> Screens:
    """Sure? It says what goes and what stays."""
    return Screen(
        turn.say("me.erase_sure"),
        (
            (
                Choice(turn.say("me.erase_yes"), f"me.erased.{fresh.stamp(turn.now)}"),
                Choice(turn.say("me.erase_no"), "menu"),
            ),
        ),
    )


@routes.action("me.erased")
async def erase(turn: Turn) -> Screens:
    """Gone."""
    if not fresh.is_fresh_stamp(turn.args[-1], turn.now):
        return await ask_erase(turn)
    say = turn.say
    people.consent(
        turn.act,
        ConsentEvidence(
            str(say("me.erase_sure")), turn.who.language, turn.incoming.channel, turn.incoming.key
        ),
        given=False,
    )
    await erasing.erase(turn.act)
    turn.form = None
    return Screen(say("me.erased"))
