"""The days off, on which nobody is reminded of anything: set by the administrator, Tết by its dates each year."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import delete, select

from bot.services.act import Act
from bot.services.refusal import Forbidden, Refusal
from storage.campaigns import DayOff

#: The longest stretch that is set at once; a typed year gone wrong would silence a whole one.
_LONGEST = 31


def _administrator(act: Act) -> None:
    if act.actor_id is not None:
        raise Forbidden


async def add(act: Act, first: date, last: date, name: str) -> int:
    """Make days off of a stretch, both ends included; a day that was one gets the new name. Returns how many days."""
    _administrator(act)
    if last < first or (last - first).days >= _LONGEST:
        raise Refusal("cli.dayoff.stretch", n=_LONGEST)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    for day in days:
        await act.session.merge(DayOff(day=day, name=name[:80]))
    act.record("days_off", first=first.isoformat(), last=last.isoformat(), name=name[:80])
    await act.session.flush()
    return len(days)


async def remove(act: Act, first: date, last: date) -> int:
    """Make them days like others again. Returns how many were days off."""
    _administrator(act)
    gone = await act.session.execute(delete(DayOff).where(DayOff.day.between(first, last)))
    act.record("days_off_removed", first=first.isoformat(), last=last.isoformat())
    return int(gone.rowcount)  # type: ignore[attr-defined]


async def listed(act: Act, first: date) -> Sequence[DayOff]:
    """The days off from a day on, in order."""
    return (await act.session.scalars(select(DayOff).where(DayOff.day >= first).order_by(DayOff.day))).all()
