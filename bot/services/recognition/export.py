"""Initiatives of a unit and all below it as rows of a sheet, for typing into the national software."""

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.clock import LOCAL_ZONE
from bot.services.initiatives.confidential import Sight, shows
from bot.services.initiatives.descriptor import Cell, Reading
from bot.services.initiatives.fields import IN_SHEET
from bot.services.initiatives.programmes import ProgrammeBook, ProgrammeView
from bot.services.initiatives.submission import Submission
from bot.services.people.erased import ERASED_NAME
from bot.texts import Say
from storage.engine import Session
from storage.initiatives import sheet
from storage.initiatives.cards import Card
from storage.people import members
from storage.units.tables import Unit

#: What is known of an initiative before and after the fields of its submission.
_BEFORE = (
    "code", "programme", "phase", "unit_code", "unit", "state", "recognised_no", "recognised_on", "recorded_on",
)  # fmt: skip
_AFTER = ("entered_by", "submitted_at", "decided_at")

#: The columns, in order; ``cli.export.column.<name>`` is their heading.
COLUMNS = (*_BEFORE, *(field.name for field in IN_SHEET), *_AFTER)

_PAGE = 1_000
#: What a spreadsheet can hold in a cell, less some.
_LONGEST = 32_000
#: Beginnings by which a spreadsheet takes a text for a formula, full-width ones included.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
#: A semicolon, with what may stand between it and the beginning of a formula.
_NEXT_CELL = re.compile(rf"(;[\s\"]*)(?=[{re.escape(''.join(_FORMULA))}])")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula, without characters that a workbook cannot hold."""
    kept = "".join(char for char in text if char >= " " or char in "\t\n\r")
    kept = "".join(char for char in kept if char not in "\ufffe\uffff" and not 0xD800 <= ord(char) <= 0xDFFF)
    # Where lists are separated by semicolons, what follows one may begin a cell of its own.
    kept = _NEXT_CELL.sub(r"\1'", kept)
    if kept.lstrip().startswith(_FORMULA) or kept.startswith(("\t", "\r", "\n")):
        kept = "'" + kept
    return kept if len(kept) <= _LONGEST else kept[: _LONGEST - 1] + "…"


async def count(session: Session, unit: Unit) -> int:
    """How many rows there will be."""
    return await sheet.count_below(session, unit.path)


async def rows(
    session: Session, unit: Unit, say: Say, *, with_confidential: bool
) -> AsyncIterator[Sequence[Cell]]:
    """One row for each initiative, in the order of :data:`COLUMNS`; a page at a time, so any number of them."""
    book = ProgrammeBook()
    await book.refresh(session)
    last = 0
    while cards := await sheet.cards_below(session, unit.path, after=last, limit=_PAGE):
        last = cards[-1].initiative.id
        people = {
            author.person_id for card in cards for author in card.authors if author.person_id is not None
        }
        restricted = await members.restricted(session, people)
        for card in cards:
            programme = book.by_id(card.initiative.programme_id)
            values = _row(card, programme, say, restricted, with_confidential=with_confidential)
            yield [harmless(one) if isinstance(one, str) else one for one in map(values.__getitem__, COLUMNS)]
        session.expunge_all()


def _row(
    card: Card, programme: ProgrammeView, say: Say, restricted: Collection[int], *, with_confidential: bool
) -> Mapping[str, Cell]:
    one, submission, reading = card.initiative, Submission.of_card(card), Reading(say, programme.rules)
    # Who asked for it is kept, and not used: their share counts, without them.
    values = submission.with_authors(
        [
            replace(author, name=ERASED_NAME, details={}) if author.person_id in restricted else author
            for author in submission.authors
        ]
    ).values
    sight = Sight.WITHIN if with_confidential else Sight.OUTSIDE
    left_out = str(say("cli.export.left_out"))
    cells = {
        field.name: left_out if not shows(field, one, sight) else field.cell(values, reading)
        for field in IN_SHEET
    }
    return {
        "code": one.code,
        "programme": programme.code,
        "phase": next((phase.name for phase in programme.phases if phase.id == one.phase_id), None),
        "unit_code": card.unit.code,
        "unit": card.unit.name,
        "state": str(say(f"state.{one.state.value}")),
        "recognised_no": one.recognised_no,
        "recognised_on": one.recognised_on,
        "recorded_on": one.recorded_on,
        **cells,
        "entered_by": card.entered_by_name,
        "submitted_at": _moment(one.submitted_at),
        "decided_at": _moment(one.decided_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")
