"""The programme that a file of targets or counts is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.act import Act
from bot.services.refusal import Refusal
from storage.initiatives import programmes
from storage.initiatives.tables import Phase, Programme
from storage.units.tables import Unit


@dataclass(frozen=True, slots=True)
class Subject:
    """A programme with the unit at its top, and its phases in the order of their days."""

    programme: Programme
    top: Unit
    phases: Sequence[Phase]

    @property
    def phase_codes(self) -> str:
        """The codes of the phases, for who mistyped one."""
        return ", ".join(phase.code for phase in self.phases)


async def subject_of(act: Act, code: str | None) -> Subject:
    """The programme of a code, whatever its case; without one, the only programme. Raises :class:`Refusal`."""
    found = sorted(await programmes.with_units(act.session), key=lambda one: one[0].code)
    codes = ", ".join(programme.code for programme, _ in found)
    if not found:
        raise Refusal("cli.programme.none")
    if code is None and len(found) > 1:
        raise Refusal("cli.programme.which", codes=codes)
    for programme, top in found:
        if code is None or programme.code.casefold() == code.casefold():
            return Subject(programme, top, await programmes.phases(act.session, programme.id))
    raise Refusal("cli.programme.unknown", code=code or "", codes=codes)
