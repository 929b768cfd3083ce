"""The days off, on which nobody is reminded, and which of a year's public holidays were taken back by hand."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import delete, func, select

from storage.campaigns.tables import DayOff
from storage.engine import Session
from storage.marks import Mark

_NAME_LONGEST = 80
_TAKEN_BACK = "days_off_taken_back"


async def between(session: Session, first: date, last: date) -> dict[date, str]:
    """The days off between two days, both included, with their names."""
    rows = await session.execute(select(DayOff.day, DayOff.name).where(DayOff.day.between(first, last)))
    return {day: name for day, name in rows}  # noqa: C416 - a row is not a pair for the type checker


async def since(session: Session, first: date) -> Sequence[DayOff]:
    """The days off from a day on, in order."""
    return (await session.scalars(select(DayOff).where(DayOff.day >= first).order_by(DayOff.day))).all()


async def those_of(session: Session, days: Collection[date]) -> dict[date, str]:
    """Those of some days that are days off, with their names."""
    rows = await session.scalars(select(DayOff).where(DayOff.day.in_(days)))
    return {row.day: row.name for row in rows}


async def has_any(session: Session, year: int) -> bool:
    """Whether a year has any day off."""
    days = select(func.count()).where(DayOff.day.between(date(year, 1, 1), date(year, 12, 31)))
    return bool(await session.scalar(days))


async def put(session: Session, days: Mapping[date, str]) -> None:
    """Make these days off; one that is there already gets the new name."""
    for day, name in days.items():
        await session.merge(DayOff(day=day, name=name[:_NAME_LONGEST]))
    await session.flush()


async def remove(session: Session, first: date, last: date) -> Sequence[date]:
    """Remove the days off between two days, both included. Gives which there were."""
    stretch = DayOff.day.between(first, last)
    days = (await session.scalars(select(DayOff.day).where(stretch))).all()
    await session.execute(delete(DayOff).where(stretch))
    return days


async def taken_back(session: Session) -> set[date]:
    """The days that were taken back by hand."""
    mark = await session.get(Mark, _TAKEN_BACK)
    return {date.fromisoformat(day) for day in mark.value["days"]} if mark else set()


async def remember_taken_back(session: Session, days: Collection[date]) -> None:
    """Keep which days were taken back by hand."""
    await session.merge(Mark(name=_TAKEN_BACK, value={"days": sorted(map(date.isoformat, days))}))
    await session.flush()
