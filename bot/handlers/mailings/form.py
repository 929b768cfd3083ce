"""The form by which somebody writes to many people: the words, for whom, and when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.clock import LOCAL_ZONE
from bot.conversation.ahead import parse_moment
from bot.conversation.forms import Answers, Field, Form, FormContext, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.text import fold, has_words
from bot.handlers.turn import Turn
from bot.handlers.units import choosing as choose_unit
from bot.services.initiatives.lists import label_of
from bot.services.initiatives.programmes import ProgrammeRules
from storage.mailings.audience import Audience
from storage.mailings.tables import Mailing
from storage.units.tables import Unit

_WORDS_LONGEST = 8_000
_WHO = ("all", "workers", "support", "officers")
#: Stands for "at once" where a moment could be.
NOW = "now"


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
    return [Option(NOW, str(context.say("broadcast.when.now")))]


def _moment(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    if fold(raw) in ("now", "ngay", "gui ngay", "bay gio"):
        return Parsed.plain(NOW)
    moment = parse_moment(raw, context.facts["now"].astimezone(LOCAL_ZONE))
    return Parsed((moment.isoformat(),), (context.facts["say_moment"](moment),), confirm=True)


def _shown_moment(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    if value == NOW:
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


def facts(turn: Turn) -> dict[str, Any]:
    """What the form may know besides its answers."""
    programme = turn.programme
    return {
        "units": (turn.form.about.get("units") if turn.form else None) or (),
        "rules": programme.rules if programme else ProgrammeRules(),
        "channels": tuple(turn.services.channels),
        "now": turn.now,
        "say_moment": turn.say.moment,
    }


def audience_of(answers: Answers, phase_id: int | None) -> Audience:
    """Whom a message is for, as its author chose. What excludes each other excludes nobody."""
    chosen = set(answers.get("which", ()))
    return Audience(
        answers["unit"]["id"],
        who=answers["who"],
        phase_id=phase_id,
        submitted=None if ("with" in chosen) == ("without" in chosen) else "with" in chosen,
        unfinished=True if "unfinished" in chosen else None,
        fields=tuple(sorted(one[2:] for one in chosen if one.startswith("f:"))),
        channels=tuple(sorted(one[2:] for one in chosen if one.startswith("c:"))),
    )


def answers_of(mailing: Mailing, unit: Unit) -> dict[str, Any]:
    """What its author answered, back from a mailing."""
    audience = Audience.from_json(mailing.audience)
    which = {True: ["with"], False: ["without"], None: []}[audience.submitted]
    which += ["unfinished"] if audience.unfinished else []
    which += [*(f"f:{one}" for one in audience.fields), *(f"c:{one}" for one in audience.channels)]
    return {
        "words": mailing.details["words"],
        "files": mailing.details["files"],
        "unit": {"id": unit.id, "name": unit.name},
        "who": audience.who,
        "which": which,
        "when": mailing.details["at"] or NOW,
    }
