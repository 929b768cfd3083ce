"""Setting up programmes and their phases, as the administrator says."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from bot.services.act import Act
from bot.services.initiatives.programmes import read_rules
from bot.services.refusal import Refusal
from bot.services.units.finding import unit_of
from storage.engine import Session
from storage.initiatives import programmes as stored
from storage.initiatives.tables import CountedState, Phase, Programme


class WrongRules(Refusal):
    """Rules that do not fit. ``places`` names each wrong key, with what is wrong about it in the checker's words."""

    def __init__(self, places: Sequence[tuple[str, str, str]]) -> None:
        """``places``: the key, the kind of error, the checker's words."""
        super().__init__(
            "cli.programme.wrong_rules", places="; ".join(f"{key}: {text}" for key, _, text in places)
        )
        self.places = tuple(places)


def checked_rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Rules as they are stored. Raises :class:`WrongRules` naming each key that does not fit."""
    try:
        read_rules(rules)
    except ValidationError as problem:
        raise WrongRules(
            [
                (".".join(str(part) for part in one["loc"]), str(one["type"]), str(one["msg"]))
                for one in problem.errors()
            ]
        ) from None
    return dict(rules)


async def programme_of(session: Session, code: str) -> Programme:
    """The programme of a code. Raises :class:`Refusal`."""
    found = await stored.of_code(session, code)
    if found is None:
        raise Refusal("cli.programme.no_such", code=code)
    return found


async def set_programme(
    act: Act,
    code: str,
    *,
    name: str | None = None,
    unit: str | None = None,
    starts: date | None = None,
    ends: date | None = None,
    counts: CountedState | None = None,
    rules: Mapping[str, Any] | None = None,
) -> bool:
    """Make a programme, or change what is given of one. Gives whether it is new."""
    checked = None if rules is None else checked_rules(rules)
    unit_id = None if unit is None else (await unit_of(act.session, unit)).id
    found = await stored.of_code(act.session, code)
    is_new = found is None
    if found is None:
        if name is None or unit_id is None or starts is None or ends is None:
            raise Refusal("cli.programme.new_needs", code=code)
        found = Programme(
            code=code,
            name=name,
            unit_id=unit_id,
            starts=starts,
            ends=ends,
            counts=counts or CountedState.APPROVED,
            rules=checked or {},
        )
        act.session.add(found)
    else:
        found.name = name or found.name
        found.unit_id = unit_id or found.unit_id
        found.starts, found.ends = starts or found.starts, ends or found.ends
        found.counts = counts or found.counts
        found.rules = found.rules if checked is None else checked
    if found.ends < found.starts:
        raise Refusal("cli.programme.ends_first")
    await act.session.flush()
    for phase in await stored.phases(act.session, found.id):
        if phase.starts < found.starts or phase.ends > found.ends:
            raise Refusal("cli.programme.cuts_phase", phase=phase.code)
    act.record("programme_set", unit_id=found.unit_id, programme=code)
    return is_new


async def set_phase(
    act: Act,
    programme: str,
    code: str,
    *,
    name: str | None = None,
    starts: date | None = None,
    ends: date | None = None,
) -> bool:
    """Make a phase, or change what is given of one; phases lie inside their programme and never overlap."""
    owner = await programme_of(act.session, programme)
    phases = await stored.phases(act.session, owner.id)
    found = next((one for one in phases if one.code == code), None)
    is_new = found is None
    if found is None:
        if name is None or starts is None or ends is None:
            raise Refusal("cli.phase.new_needs", code=code)
        found = Phase(programme_id=owner.id, code=code, name=name, starts=starts, ends=ends)
        act.session.add(found)
    else:
        found.name = name or found.name
        found.starts, found.ends = starts or found.starts, ends or found.ends
    if found.ends < found.starts:
        raise Refusal("cli.programme.ends_first")
    if found.starts < owner.starts or found.ends > owner.ends:
        raise Refusal("cli.phase.outside", programme=owner.code)
    for other in phases:
        if other is not found and other.starts <= found.ends and found.starts <= other.ends:
            raise Refusal("cli.phase.overlaps", other=other.code)
    act.record("phase_set", unit_id=owner.unit_id, programme=programme, phase=code)
    await act.session.flush()
    return is_new
