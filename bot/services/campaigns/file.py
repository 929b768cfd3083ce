"""A campaign from a TOML file: who takes part, when, for how many initiatives, and what differs from the template."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from bot.quiet_hours import QuietHours
from bot.services.act import Act
from bot.services.campaigns import making, plan, seeing
from bot.services.campaigns import targets as campaign_targets
from bot.services.campaigns.making import Wanted
from bot.services.campaigns.moments import Foreseen, foresee, steps_of
from bot.services.campaigns.plan import OFFSETS, PlanStep
from bot.services.campaigns.steering import is_quiet
from bot.services.imports import take_turn
from bot.services.initiatives.programmes import ProgrammeBook, ProgrammeView
from bot.services.refusal import Refusal
from storage.campaigns import campaigns as stored
from storage.campaigns import targets as stored_targets
from storage.campaigns.tables import Campaign, CampaignKind
from storage.units import tree
from storage.units.tables import Unit

_LARGEST = 1_000_000
_MOST_DAYS = max(most for _, most in OFFSETS.values())
_LONGEST_WORDS = 600
_TIME = re.compile(r"(\d{1,2})[:hH](\d{2})")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A mistake in one place of a file. ``key`` is the sentence that says what to do."""

    place: str
    key: str
    args: Mapping[str, object]


class WrongFile(Refusal):
    """A file that no campaign can be made of; ``wrong`` names each place."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        """All that is wrong with it."""
        super().__init__("cli.campaign.wrong.places", places=", ".join(one.place for one in wrong))
        self.wrong = tuple(wrong)


def _day(value: object) -> object:
    """A day as TOML has it, or written as 7/12/2026."""
    if isinstance(value, str):
        for form in ("%d/%m/%Y", "%Y-%m-%d"):
            try:
                return datetime.strptime(value.strip(), form).date()  # noqa: DTZ007 - a calendar day has no zone
            except ValueError:
                continue
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("no day")  # noqa: TRY004 - pydantic collects ValueErrors
    return value


def _time(value: object) -> object:
    """A time as TOML has it, or written as 11:30 or 11h30."""
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is not None:
        return time(int(found[1]), int(found[2]))
    if not isinstance(value, time):
        raise ValueError("no time")  # noqa: TRY004 - as above
    return value.replace(second=0, microsecond=0, tzinfo=None)


_Day = Annotated[date, BeforeValidator(_day)]
_Number = Annotated[int, Field(strict=True, ge=1, le=campaign_targets.MOST)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StepChange(_Table):
    """What differs from the template in one of its messages."""

    at: Annotated[time, BeforeValidator(_time)] | None = None
    on: Annotated[bool, Field(strict=True)] | None = None
    days: Annotated[int, Field(strict=True, ge=1, le=_MOST_DAYS)] | None = None
    #: Own words in place of the usual ones.
    words: (
        Annotated[
            str, StringConstraints(strip_whitespace=True, max_length=_LONGEST_WORDS, pattern=r"(?s)\w.*\w")
        ]
        | None
    ) = None


class CampaignFile(_Table):
    """A campaign as its file says."""

    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=2, max_length=100, pattern=r"(?s)\w.*\w")
    ]
    kind: CampaignKind
    unit: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    starts: _Day
    ends: _Day | None = None
    #: The code of the phase it serves; empty for the one that its first day falls into.
    phase: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)] | None = None
    target: _Number | None = None
    targets: Mapping[str, _Number] = Field(default_factory=dict)
    steps: Mapping[str, StepChange] = Field(default_factory=dict)


def read(path: Path) -> CampaignFile:
    """Read a file. Raises :class:`WrongFile` with each place that is wrong, :class:`Refusal` when it is no TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise Refusal("cli.table.too_big", file=path.name, most=_LARGEST // 10**6)
        found = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as problem:
        raise Refusal("cli.table.unreadable", file=str(path), problem=problem.strerror or "") from None
    except ValueError as problem:
        raise Refusal("cli.campaign.not_toml", file=path.name, problem=str(problem)) from None
    try:
        return CampaignFile.model_validate(found)
    except ValidationError as problem:
        raise WrongFile([_wrong(one["loc"], one["type"]) for one in problem.errors()]) from None


def _wrong(loc: tuple[int | str, ...], kind: str) -> Wrong:
    names = [str(part) for part in loc if part != "[key]"]
    place = ".".join(names)
    if kind == "extra_forbidden":
        known = StepChange if names[0] == "steps" else CampaignFile
        return Wrong(place, "cli.campaign.wrong.unknown", {"known": ", ".join(known.model_fields)})
    if kind == "missing":
        return Wrong(place, f"cli.campaign.missing.{names[-1]}", {})
    inner = {"targets": "number", "steps": names[-1] if len(names) > 2 else "steps"}
    field = inner.get(names[0], names[0]) if len(names) > 1 else names[0]
    return Wrong(
        place,
        f"cli.campaign.wrong.{field}",
        {"most": campaign_targets.MOST, "days": _MOST_DAYS, "longest": _LONGEST_WORDS},
    )


# ---------------------------------------------------------------- making it


@dataclass(frozen=True, slots=True)
class Made:
    """A campaign of a file, with what its maker wants to see of it."""

    campaign: Campaign
    #: Not when it was there already; then nothing was changed.
    is_new: bool
    unit: Unit
    #: By unit, the highest first.
    targets: Sequence[tuple[Unit, int]]
    foreseen: Sequence[Foreseen]
    #: Steps that are on and have no moment: a short campaign, another message on their day, a day off.
    silent: Sequence[PlanStep]
    overlapping: Sequence[Campaign]


async def make(act: Act, book: ProgrammeBook, file: CampaignFile, quiet: QuietHours) -> Made:
    """Make the campaign of a file; one of the same unit, name and first day is there already, and stays as it is.

    Raises :class:`WrongFile` for what does not fit the units, the calendar or the clock; :class:`Refusal`.
    """
    await take_turn(act.session)
    units = await tree.paths_by_code(act.session)
    unit_id, path = units.get(file.unit.casefold(), (0, ""))
    if not unit_id:
        raise WrongFile([Wrong("unit", "cli.campaign.wrong.no_unit", {"typed": file.unit})])
    unit = await act.session.get_one(Unit, unit_id)
    before = await stored.same(act.session, unit_id, file.starts, file.name)
    if before is not None:
        return await _shown(act, before, unit, is_new=False)
    ends = file.ends or plan.usual_end(file.kind, file.starts)
    targets, wrong = _targets(file, units, path)
    steps, wrong_steps = _steps(file, quiet, act.today)
    phase_id, wrong_phase = _phase(file, book.for_unit(path, file.starts), ends)
    wrong += wrong_steps + wrong_phase
    if file.starts < act.today:
        wrong.append(Wrong("starts", "cli.campaign.wrong.past", {}))
    if ends < file.starts:
        wrong.append(Wrong("ends", "cli.campaign.wrong.reversed", {}))
    if wrong:
        raise WrongFile(wrong)
    overlapping = await seeing.overlapping(act, unit_id, file.starts, ends)
    wanted = Wanted(file.name, file.kind, unit_id, file.starts, ends, steps, file.target, phase_id)
    campaign = await making.make(act, book, wanted)
    for one, number in targets.items():
        await campaign_targets.set_one(act, campaign.id, one, number)
    return await _shown(act, campaign, unit, is_new=True, overlapping=overlapping)


def _phase(file: CampaignFile, programme: ProgrammeView | None, ends: date) -> tuple[int | None, list[Wrong]]:
    if file.phase is None or programme is None or ends < file.starts:
        return None, []
    serves = making.phases_of(programme, file.starts, ends)
    for phase in serves:
        if phase.code.casefold() == file.phase.casefold():
            return phase.id, []
    known = ", ".join(phase.code for phase in serves)
    return None, [Wrong("phase", "cli.campaign.wrong.no_phase", {"typed": file.phase, "known": known})]


def _targets(
    file: CampaignFile, units: Mapping[str, tuple[int, str]], top: str
) -> tuple[dict[int, int], list[Wrong]]:
    found: dict[int, int] = {}
    wrong = []
    for code, number in file.targets.items():
        unit_id, path = units.get(code.casefold(), (0, ""))
        place = f"targets.{code}"
        if not unit_id:
            wrong.append(Wrong(place, "cli.campaign.wrong.no_unit", {"typed": code}))
        elif not path.startswith(top):
            wrong.append(Wrong(place, "cli.campaign.wrong.outside", {"typed": code, "top": file.unit}))
        elif unit_id in found:
            wrong.append(Wrong(place, "cli.campaign.wrong.twice", {"typed": code}))
        found[unit_id] = number
    return found, wrong


def _steps(file: CampaignFile, quiet: QuietHours, today: date) -> tuple[Sequence[PlanStep], list[Wrong]]:
    steps = plan.template(file.kind)
    by_key = {step.key: step for step in steps}
    wrong = []
    for key, change in file.steps.items():
        place, step = f"steps.{key}", by_key.get(key)
        if step is None:
            wrong.append(Wrong(place, "cli.campaign.wrong.no_step", {"known": ", ".join(by_key)}))
            continue
        values: dict[str, Any] = {}
        if change.at is not None:
            values["at"] = change.at
            if is_quiet(quiet, today, change.at):
                night, morning = (one.strftime("%H:%M") for one in quiet.night)
                wrong.append(Wrong(f"{place}.at", "campaign.time_quiet", {"since": morning, "until": night}))
        if change.on is not None:
            values["is_on"] = change.on
        if change.days is not None:
            values["offset"] = change.days
            least, most = OFFSETS.get(step.when, (0, 0))
            if not most:
                wrong.append(Wrong(f"{place}.days", "cli.campaign.wrong.no_days", {}))
            elif not least <= change.days <= most:
                wrong.append(Wrong(f"{place}.days", "cli.campaign.wrong.days", {"days": most}))
        if change.words is not None:
            values["words"] = change.words
        steps = plan.changed(steps, key, **values)
    return steps, wrong


async def _shown(
    act: Act, campaign: Campaign, unit: Unit, *, is_new: bool, overlapping: Sequence[Campaign] = ()
) -> Made:
    foreseen = await foresee(act, campaign, {})
    spoken = {one.planned.step.key for one in foreseen}
    silent = [one for one in steps_of(campaign) if one.is_on and one.key not in spoken]
    targets = await stored_targets.with_units(act.session, campaign.id)
    return Made(campaign, is_new, unit, targets, foreseen, silent, overlapping)
