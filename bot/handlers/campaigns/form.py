"""The form by which an officer makes a peak week or month."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.conversation.ahead import parse_day
from bot.conversation.forms import Answers, Field, Form, FormContext, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.text import has_words
from bot.handlers.campaigns.targets import number as target_number
from bot.handlers.turn import Turn
from bot.handlers.units import choosing as choose_unit
from bot.services.campaigns import plan
from bot.services.campaigns.making import Wanted, phases_of
from storage.campaigns.tables import CampaignKind

#: Stands for what each unit still misses where a number could be.
_MISSING = "missing"


def name(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    """The campaign's name."""
    text = " ".join(raw.split())
    if not has_words(text):
        raise Invalid("parse.text.no_words" if text else "parse.text.empty")
    if len(text) > 100:
        raise Invalid("parse.text.too_long", typed=len(text), limit=100)
    return Parsed.plain(text)


def _kinds(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(kind.value, str(context.say(f"campaign.kind.{kind.value}"))) for kind in CampaignKind]


def _starts(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    return Parsed.plain(parse_day(raw, context.today).isoformat())


def _start_days(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [
        Option("mai", str(context.say("campaign.starts.tomorrow"))),
        Option("thu hai", str(context.say("campaign.starts.monday"))),
    ]


def _ends(raw: str, answers: Answers, context: FormContext) -> Parsed:
    ends = parse_day(raw, context.today)
    if "starts" in answers and ends < date.fromisoformat(answers["starts"]):
        raise Invalid("campaign.days_reversed")
    return Parsed.plain(ends.isoformat())


def _end_days(answers: Answers, context: FormContext) -> Sequence[Option]:
    if "kind" not in answers or "starts" not in answers:
        return ()
    ends = plan.usual_end(CampaignKind(answers["kind"]), date.fromisoformat(answers["starts"]))
    return [Option(f"{ends.day}/{ends.month}/{ends.year}", context.facts["say_date"](ends))]


def _target(raw: str, answers: Answers, context: FormContext) -> Parsed:
    return Parsed.plain(_MISSING) if raw == _MISSING else target_number(raw, answers, context)


def _targets(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(_MISSING, str(context.say("campaign.target.missing")))]


def _phases(answers: Answers, context: FormContext) -> Sequence[Option]:
    programme = context.facts["programme"]
    if programme is None or "starts" not in answers or "ends" not in answers:
        return ()
    starts, ends = date.fromisoformat(answers["starts"]), date.fromisoformat(answers["ends"])
    return [Option(str(one.id), one.name) for one in phases_of(programme, starts, ends)]


def _may_choose_phase(answers: Answers, context: FormContext) -> bool:
    return len(_phases(answers, context)) > 1


def _phase_shown(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    programme = context.facts["programme"]
    phases = programme.phases if programme else ()
    return next((one.name for one in phases if str(one.id) == value), str(value))


def _steps(answers: Answers, context: FormContext) -> Sequence[Option]:
    if "kind" not in answers:
        return ()
    return [
        Option(step.key, str(context.say(f"campaign.step.{step.key}")))
        for step in plan.template(CampaignKind(answers["kind"]))
    ]


def _shown_steps(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    return ", ".join(str(context.say(f"campaign.step.{one}")) for one in value)


def _day_shown(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    return str(context.facts["say_date"](date.fromisoformat(value)))


def _target_shown(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    return str(
        context.say("campaign.target.missing" if value == _MISSING else "campaign.number", number=value)
    )


def _fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (
        Field(
            "kind",
            Kind.ONE,
            options=_kinds,
            required=True,
            width=2,
        ),
        Field("name", parse=name, required=True),
        Field(
            "unit",
            parse=choose_unit.parse,
            options=choose_unit.options,
            required=True,
            show=lambda value, _context: value["name"],
        ),
        Field("starts", parse=_starts, options=_start_days, required=True, width=2, show=_day_shown),
        Field("ends", parse=_ends, options=_end_days, required=True, show=_day_shown),
        Field(
            "phase",
            Kind.ONE,
            options=_phases,
            applies=_may_choose_phase,
            required=True,
            show=_phase_shown,
        ),
        Field("target", parse=_target, options=_targets, required=True, show=_target_shown),
        Field("without", Kind.MANY, options=_steps, show=_shown_steps),
    )


CAMPAIGN = Form("campaign", _fields, keeps_draft=True)


def facts(turn: Turn) -> dict[str, Any]:
    """What the form may know besides its answers."""
    about = turn.form.about if turn.form else {}
    return {"units": about.get("units", ()), "say_date": turn.say.date, "programme": turn.programme}


def wanted_of(answers: Answers) -> Wanted:
    """A campaign as an officer answered."""
    kind = CampaignKind(answers["kind"])
    left_out = set(answers.get("without", ()))
    return Wanted(
        answers["name"],
        kind,
        answers["unit"]["id"],
        date.fromisoformat(answers["starts"]),
        date.fromisoformat(answers["ends"]),
        [replace(step, is_on=step.key not in left_out) for step in plan.template(kind)],
        None if answers["target"] == _MISSING else int(answers["target"]),
        int(answers["phase"]) if "phase" in answers else None,
    )
