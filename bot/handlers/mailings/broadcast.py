"""Broadcasts: an officer or a support team writes to many people, looks it over, sends it, and sees how far it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from bot.clock import LOCAL_ZONE
from bot.conversation.ahead import parse_moment
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import fold, has_words, one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.paging import pager
from bot.handlers.turn import Turn
from bot.handlers.units import choosing as choose_unit
from bot.screens.mailings import words as mailing_words
from bot.screens.rows import menu_row
from bot.services.initiatives.programmes import ProgrammeRules, label_of
from bot.services.mailings import mailings
from bot.services.mailings.mailings import SameAgain
from bot.services.refusal import Forbidden
from storage.mailings.audience import Audience
from storage.mailings.tables import Mailing, MailingState
from storage.units.tables import Unit

routes: Routes[Turn] = Routes()

PAGE = 8
_WORDS_LONGEST = 8_000
_WHO = ("all", "workers", "support", "officers")
#: Stands for "at once" where a moment could be.
_NOW = "now"


def _words(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if not has_words(raw):
        raise Invalid("parse.text.no_words" if raw else "parse.text.empty")
    if len(raw) > _WORDS_LONGEST:
        raise Invalid("parse.text.too_long", typed=len(raw), limit=_WORDS_LONGEST)
    return Parsed.plain(raw)


def _who(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(one, str(context.say(f"broadcast.who.{one}"))) for one in _WHO]


def _which(_answers: Answers, context: FormContext) -> Sequence[Option]:
    say, rules = context.say, context.facts["rules"]
    found = [Option(one, str(say(f"broadcast.which.{one}"))) for one in ("without", "with", "unfinished")]
    found += [
        Option(
            f"f:{entry.code}",
            str(say("broadcast.which.field", what=label_of(say, "field", entry.code, rules.fields))),
        )
        for entry in rules.fields
    ]
    found += [
        Option(f"c:{name}", str(say("broadcast.which.channel", what=say(f"channel.{name}"))))
        for name in context.facts["channels"]
    ]
    return found


def _when(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(_NOW, str(context.say("broadcast.when.now")))]


def _moment(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    if fold(raw) in ("now", "ngay", "gui ngay", "bay gio"):
        return Parsed.plain(_NOW)
    moment = parse_moment(raw, context.facts["now"].astimezone(LOCAL_ZONE))
    return Parsed((moment.isoformat(),), (context.facts["say_moment"](moment),), confirm=True)


def _shown_moment(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    if value == _NOW:
        return str(context.say("broadcast.when.now"))
    return str(context.facts["say_moment"](datetime.fromisoformat(value)))


def _fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (
        Field("words", parse=_words, required=True, long=True),
        Field("files", Kind.FILES, most=3),
        Field(
            "unit",
            parse=choose_unit.parse,
            options=choose_unit.options,
            required=True,
            show=lambda value, _: str(value["name"]),
        ),
        Field("who", Kind.ONE, options=_who, required=True, width=2),
        Field("which", Kind.MANY, options=_which),
        Field("when", parse=_moment, options=_when, required=True, show=_shown_moment),
    )


BROADCAST = Form("broadcast", _fields, keeps_draft=True)


def _facts(turn: Turn) -> dict[str, Any]:
    programme = turn.programme
    return {
        "units": (turn.form.about.get("units") if turn.form else None) or (),
        "rules": programme.rules if programme else ProgrammeRules(),
        "channels": tuple(turn.services.channels),
        "now": turn.now,
        "say_moment": turn.say.moment,
    }


@routes.command("guitin", "broadcast")
async def begin(turn: Turn) -> Screens:
    """What was written lately, and a new one."""
    found = await mailings.lately(turn.act, offset=0, limit=1)
    return await _list(turn, 0) if found else await new(turn)


@routes.action("bc.list")
async def listed(turn: Turn) -> Screens:
    """``bc.list.<page>``."""
    return await _list(turn, max(turn.int_arg(1), 0))


async def _list(turn: Turn, page: int) -> Screen:
    found = await mailings.lately(turn.act, offset=page * PAGE, limit=PAGE + 1)
    rows: list[Row] = [(Choice(turn.say("broadcast.new"), "bc.new"),)]
    rows += [
        (Choice(one_line(mailing_words.line(turn.say, one), 60), f"bc.open.{one.id}"),)
        for one in found[:PAGE]
    ]
    rows += pager(turn, "bc.list", page, more=len(found) > PAGE)
    return Screen(turn.say("broadcast.list"), (*rows, menu_row(turn.say)), in_place=True)


@routes.action("bc.new")
async def new(turn: Turn) -> Screens:
    """Write one."""
    own = await mailings.may_write(turn.act)
    about = choose_unit.about(own)
    return await turn.open_form(BROADCAST, about=about)


async def _find_unit(turn: Turn, _state: FormState, raw: str) -> Parsed:
    return await choose_unit.find(turn, BROADCAST.name, raw, await mailings.may_write(turn.act))


async def _done(turn: Turn, state: FormState) -> Screens:
    answers = state.answers
    chosen = set(answers.get("which", ()))
    programme = turn.programme
    phase = programme.phase_on(turn.today) if programme else None
    audience = Audience(
        answers["unit"]["id"],
        who=answers["who"],
        phase_id=phase.id if phase else None,
        submitted=_yes_or_no(chosen, "with", "without"),
        unfinished=True if "unfinished" in chosen else None,
        fields=tuple(sorted(one[2:] for one in chosen if one.startswith("f:"))),
        channels=tuple(sorted(one[2:] for one in chosen if one.startswith("c:"))),
    )
    at = None if answers["when"] == _NOW else datetime.fromisoformat(answers["when"])
    details = {"words": answers["words"], "files": answers.get("files", [])}
    mailing = await mailings.draft(turn.act, audience, details, at)
    turn.form = None
    return await _preview(turn, mailing)


def _yes_or_no(chosen: set[str], yes: str, no: str) -> bool | None:
    return None if (yes in chosen) == (no in chosen) else yes in chosen


async def _preview(turn: Turn, mailing: Mailing) -> Screens:
    """The very message, then to how many people it goes, over what, when, and how long that takes."""
    unit = await turn.session.get_one(Unit, mailing.unit_id)
    reached = await mailings.reached(
        turn.session,
        Audience.from_json(mailing.audience),
        turn.services.closed(mailing.due_at if mailing.details.get("at") else turn.now),
        turn.services.channels,
    )
    message = mailing_words.broadcast(turn.say, mailing, unit.name)
    lines = mailing_words.before_sending(turn.services, turn.say, mailing, message, reached, turn.now)
    number = mailing.id
    rows: list[Row] = []
    if reached.total:
        rows.append((Choice(turn.say("broadcast.go", n=reached.total), f"bc.go.{number}"),))
    rows += [
        (Choice(turn.say("broadcast.test"), f"bc.test.{number}"), Choice(turn.say("broadcast.edit"), f"bc.edit.{number}")),
        (Choice(turn.say("broadcast.discard"), f"bc.drop.{number}"), *menu_row(turn.say)),
    ]  # fmt: skip
    return message, Screen(Markup("\n").join(lines), tuple(rows))


@routes.action("bc.go")
async def confirm(turn: Turn) -> Screens:
    """``bc.go.<mailing>``, or ``bc.go.<mailing>.again`` for one that is meant although it was just sent."""
    again = len(turn.args) > 2 and turn.args[2] == "again"
    number = turn.int_arg(1)
    try:
        done = await mailings.confirm(turn.act, number, again=again, large_from=turn.services.large_from)
    except SameAgain as problem:
        return Screen(
            turn.say(problem.key, **problem.args_for_text),
            (
                (
                    Choice(turn.say("broadcast.send_anyway"), f"bc.go.{number}.again"),
                    Choice(turn.say("broadcast.discard"), f"bc.drop.{number}"),
                ),
            ),
        )
    if done.mailing.state is MailingState.UNAGREED:
        return Screen(turn.say("broadcast.asked_second", n=done.reached.total), (menu_row(turn.say),))
    key = "broadcast.planned" if done.mailing.details["at"] else "broadcast.begun"
    return Screen(
        turn.say(key, n=done.reached.total, at=turn.say.moment(done.mailing.due_at)), (menu_row(turn.say),)
    )


@routes.action("bc.agree")
async def agree(turn: Turn) -> Screens:
    """A second officer's yes."""
    return await _status(turn, await mailings.agree(turn.act, turn.int_arg(1)))


@routes.action("bc.disagree")
async def disagree(turn: Turn) -> Screens:
    """A second officer's no."""
    return await _status(turn, await mailings.disagree(turn.act, turn.int_arg(1)))


@routes.action("bc.test")
async def test(turn: Turn) -> Screens:
    """To oneself."""
    await mailings.test(turn.act, turn.int_arg(1))
    return Screen(turn.say("broadcast.tested"))


@routes.action("bc.edit")
async def edit(turn: Turn) -> Screens:
    """Back into the form, with all that was written."""
    mailing = await mailings.get(turn.act, turn.int_arg(1))
    if mailing.state is not MailingState.DRAFT or mailing.created_by != turn.who.person_id:
        raise Forbidden
    audience = Audience.from_json(mailing.audience)
    unit = await turn.session.get_one(Unit, audience.unit_id)
    which = {True: ["with"], False: ["without"], None: []}[audience.submitted]
    which += ["unfinished"] if audience.unfinished else []
    which += [*(f"f:{one}" for one in audience.fields), *(f"c:{one}" for one in audience.channels)]
    answers = {
        "words": mailing.details["words"],
        "files": mailing.details["files"],
        "unit": {"id": unit.id, "name": unit.name},
        "who": audience.who,
        "which": which,
        "when": mailing.details["at"] or _NOW,
    }
    await mailings.discard(turn.act, mailing.id)
    own = await mailings.may_write(turn.act)
    about = choose_unit.about(own)
    return await turn.open_form(BROADCAST, answers, about=about)


@routes.action("bc.drop")
async def drop(turn: Turn) -> Screens:
    """Not after all."""
    await mailings.discard(turn.act, turn.int_arg(1))
    return Screen(turn.say("broadcast.discarded"), (menu_row(turn.say),))


# ---------------------------------------------------------------- while it goes, and afterwards


@routes.action("bc.open")
async def status(turn: Turn) -> Screens:
    """How far it is, and what can be done."""
    mailing = await mailings.get(turn.act, turn.int_arg(1))
    return (
        await _preview(turn, mailing) if mailing.state is MailingState.DRAFT else await _status(turn, mailing)
    )


async def _status(turn: Turn, mailing: Mailing) -> Screen:
    return await mailing_words.status(turn.session, turn.services, turn.say, mailing)


@routes.action("bc.pause")
async def pause(turn: Turn) -> Screens:
    """Stop for now."""
    return await _status(turn, await mailings.pause(turn.act, turn.int_arg(1)))


@routes.action("bc.resume")
async def resume(turn: Turn) -> Screens:
    """Go on."""
    return await _status(turn, await mailings.resume(turn.act, turn.int_arg(1)))


@routes.action("bc.cancel")
async def ask_cancel(turn: Turn) -> Screens:
    """Sure?"""
    mailing = await mailings.get(turn.act, turn.int_arg(1))
    return Screen(
        turn.say("broadcast.cancel_sure", n=mailing.left),
        (
            (
                Choice(turn.say("broadcast.cancel_yes"), f"bc.cancelled.{mailing.id}"),
                Choice(turn.say("broadcast.cancel_no"), f"bc.open.{mailing.id}"),
            ),
        ),
    )


@routes.action("bc.cancelled")
async def cancel(turn: Turn) -> Screens:
    """Taken back: what has not left stays."""
    return await _status(turn, await mailings.cancel(turn.act, turn.int_arg(1)))


@routes.action("bc.again")
async def again(turn: Turn) -> Screens:
    """Once more to those whom it did not reach."""
    return await _status(turn, await mailings.try_again(turn.act, turn.int_arg(1)))


routes.form(FormHandler(BROADCAST, _done, _facts, lookups={"unit": _find_unit}))
