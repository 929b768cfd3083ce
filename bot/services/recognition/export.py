"""Initiatives of a unit and all below it as rows of a sheet, for typing into the national software."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import LOCAL_ZONE
from bot.conversation.vocabulary import Say
from bot.services.initiatives.programmes import label_of, read_rules
from storage.initiatives.tables import Author, Initiative, Phase, Programme
from storage.people.tables import Person
from storage.units.tables import Unit
from storage.units.tree import below

Cell = str | int | date | None

#: The columns, in order; ``cli.export.column.<name>`` is their heading.
COLUMNS = (
    "code", "programme", "phase", "unit_code", "unit", "state", "recognised_no", "recognised_on", "recorded_on",
    "name", "field", "topics", "situation_before", "content", "conditions", "first_applied", "benefit",
    "benefit_words", "authors", "author_details", "participants", "confidential", "entered_by", "submitted_at",
    "decided_at",
)  # fmt: skip

#: What stays in the unit when the author marked the initiative as confidential.
_CONFIDENTIAL = ("situation_before", "content", "conditions", "participants")

_PAGE = 1_000
#: What a spreadsheet can hold in a cell, less some.
_LONGEST = 32_000
#: Beginnings by which a spreadsheet takes a text for a formula, full-width ones included.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula, without characters that a workbook cannot hold."""
    kept = "".join(char for char in text if char >= " " or char in "\t\n\r")
    kept = "".join(char for char in kept if char not in "\ufffe\uffff" and not 0xD800 <= ord(char) <= 0xDFFF)
    if kept.lstrip().startswith(_FORMULA) or kept.startswith(("\t", "\r", "\n")):
        kept = "'" + kept
    return kept if len(kept) <= _LONGEST else kept[: _LONGEST - 1] + "…"


async def count(session: AsyncSession, unit: Unit) -> int:
    """How many rows there will be."""
    found = await session.scalar(
        select(func.count())
        .select_from(Initiative)
        .join(Unit, Unit.id == Initiative.unit_id)
        .where(below(unit.path))
    )
    return int(found or 0)


async def rows(
    session: AsyncSession, unit: Unit, say: Say, *, with_confidential: bool
) -> AsyncIterator[Sequence[Cell]]:
    """One row for each initiative, in the order of :data:`COLUMNS`; a page at a time, so any number of them."""
    programmes = {one.id: (one, read_rules(one.rules)) for one in await session.scalars(select(Programme))}
    phases = {one.id: one.name for one in await session.scalars(select(Phase))}
    last = 0
    while True:
        page = (
            await session.execute(
                select(Initiative, Unit.code, Unit.name, Person.name)
                .join(Unit, Unit.id == Initiative.unit_id)
                .join(Person, Person.id == Initiative.entered_by)
                .where(below(unit.path), Initiative.id > last)
                .order_by(Initiative.id)
                .limit(_PAGE)
            )
        ).all()
        if not page:
            return
        last = page[-1][0].id
        authors: dict[int, list[Author]] = {}
        for author in await session.scalars(
            select(Author)
            .where(Author.initiative_id.in_([row[0].id for row in page]))
            .order_by(Author.initiative_id, Author.position)
        ):
            authors.setdefault(author.initiative_id, []).append(author)
        for initiative, unit_code, unit_name, entered_by in page:
            programme, rules = programmes[initiative.programme_id]
            mine = authors.get(initiative.id, [])
            values: dict[str, Cell] = {
                "code": initiative.code,
                "programme": programme.code,
                "phase": phases[initiative.phase_id] if initiative.phase_id else None,
                "unit_code": unit_code,
                "unit": unit_name,
                "state": str(say(f"state.{initiative.state.value}")),
                "recognised_no": initiative.recognised_no,
                "recognised_on": initiative.recognised_on,
                "recorded_on": initiative.recorded_on,
                "name": initiative.name,
                "field": label_of(say, "field", initiative.field, rules.fields),
                "topics": "; ".join(label_of(say, "topic", one, rules.topics) for one in initiative.topics),
                "situation_before": initiative.situation_before,
                "content": initiative.content,
                "conditions": initiative.conditions,
                "first_applied": _day(initiative),
                "benefit": initiative.benefit,
                "benefit_words": initiative.benefit_words,
                "authors": "; ".join(f"{one.name} ({_share(one.share)} %)" for one in mine),
                "author_details": "\n".join(_author(one) for one in mine),
                "participants": initiative.participants,
                "confidential": str(say("form.yes" if initiative.confidential else "form.no")),
                "entered_by": entered_by,
                "submitted_at": _moment(initiative.submitted_at),
                "decided_at": _moment(initiative.decided_at),
            }
            if initiative.confidential and not with_confidential:
                values |= dict.fromkeys(_CONFIDENTIAL)
                values["content"] = str(say("cli.export.left_out"))
            yield [harmless(one) if isinstance(one, str) else one for one in map(values.get, COLUMNS)]
        session.expunge_all()


def _day(initiative: Initiative) -> Cell:
    day = initiative.first_applied
    if initiative.first_applied_precision == "year":
        return str(day.year)
    return f"{day.month}/{day.year}" if initiative.first_applied_precision == "month" else day


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _share(share: int) -> str:
    return f"{share / 100:g}".replace(".", ",")


def _author(author: Author) -> str:
    parts = [
        author.name,
        author.born.strftime("%d/%m/%Y") if author.born else "",
        author.workplace or "",
        author.title or "",
        author.qualification or "",
        f"{_share(author.share)} %",
    ]
    return " | ".join(parts)
