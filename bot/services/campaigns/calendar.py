"""The days off, on which nobody is reminded of anything: set by the administrator, Tết by its dates each year."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.act import Act
from bot.services.campaigns import campaigns
from bot.services.refusal import Forbidden, Refusal
from storage.campaigns.tables import Campaign, CampaignState, DayOff
from storage.marks import Mark

#: The longest stretch that is set at once; a typed year gone wrong would silence a whole one.
_LONGEST = 31
#: How many years ahead the calendar is filled; what the government shifts from year to year is not known further on.
_YEARS_AHEAD = 10
#: A message of a campaign may move past its end by so many days, over a long Tết.
_AFTER_END = timedelta(days=30)
_TAKEN_BACK = "days_off_taken_back"


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
    await _remember(act, back=days)
    await _follow(act, days)
    return len(days)


async def remove(act: Act, first: date, last: date) -> int:
    """Make them days like others again, which :func:`fill` then leaves alone. Returns how many were days off."""
    _administrator(act)
    stretch = DayOff.day.between(first, last)
    days = (await act.session.scalars(select(DayOff.day).where(stretch))).all()
    await act.session.execute(delete(DayOff).where(stretch))
    act.record("days_off_removed", first=first.isoformat(), last=last.isoformat())
    await _remember(act, gone=days)
    await _follow(act, days)
    return len(days)


async def listed(act: Act, first: date) -> Sequence[DayOff]:
    """The days off from a day on, in order."""
    return (await act.session.scalars(select(DayOff).where(DayOff.day >= first).order_by(DayOff.day))).all()


# ---------------------------------------------------------------- a year's public holidays


@dataclass(frozen=True, slots=True)
class Filled:
    """What filling in the public holidays of some years comes to: each day with its name."""

    added: Mapping[date, str]
    #: Days off already, under the names that they have.
    standing: Mapping[date, str]
    #: Taken back by hand before, so left as they are.
    taken_back: Mapping[date, str]


def public_holidays(year: int) -> dict[date, str]:
    """Vietnam's public holidays of a year: Tết and Giỗ Tổ by their lunar dates, with the days given for weekends.

    Source: article 112 of the Labour Code and the government's decisions for single years, as the library has them.
    """
    # A tenth of a second that all other commands need not wait.
    from holidays.countries.vietnam import Vietnam  # noqa: PLC0415

    found = Vietnam(years=year, language="vi")  # type: ignore[no-untyped-call]  # its arguments have no types
    return dict(sorted(found.items()))


async def fill(act: Act, years: Collection[int], *, again: bool = False, dry_run: bool = False) -> Filled:
    """Add the public holidays of years. Days that are there keep their names; those taken back stay so.

    ``again``: add those that were taken back as well. Raises :class:`Refusal` for a year too far off.
    """
    _administrator(act)
    this_year = act.today.year
    if not all(this_year <= year <= this_year + _YEARS_AHEAD for year in years):
        raise Refusal("cli.dayoff.year", first=str(this_year), last=str(this_year + _YEARS_AHEAD))
    wanted = {day: name for year in sorted(set(years)) for day, name in public_holidays(year).items()}
    rows = await act.session.scalars(select(DayOff).where(DayOff.day.in_(wanted)))
    standing = {row.day: row.name for row in rows}
    gone = set() if again else await _taken_back(act.session)
    missing = {day: name for day, name in wanted.items() if day not in standing}
    added = {day: name for day, name in missing.items() if day not in gone}
    filled = Filled(added, standing, {day: name for day, name in missing.items() if day in gone})
    if dry_run or not added:
        return filled
    act.session.add_all(DayOff(day=day, name=name[:80]) for day, name in added.items())
    act.record("days_off_filled", years=sorted(set(years)), n=len(added))
    await act.session.flush()
    await _remember(act, back=added)
    await _follow(act, added)
    return filled


async def years_without(session: AsyncSession, first: date, last: date) -> list[int]:
    """The years between two days for which nobody has said any day off: Tết would be a day like others there."""
    bare = []
    for year in range(first.year, last.year + 1):
        days = select(func.count()).where(DayOff.day.between(date(year, 1, 1), date(year, 12, 31)))
        if not await session.scalar(days):
            bare.append(year)
    return bare


async def _taken_back(session: AsyncSession) -> set[date]:
    mark = await session.get(Mark, _TAKEN_BACK)
    return {date.fromisoformat(day) for day in mark.value["days"]} if mark else set()


async def _remember(act: Act, *, gone: Collection[date] = (), back: Collection[date] = ()) -> None:
    """Keep which days were taken back by hand; those that are over matter no more."""
    before = await _taken_back(act.session)
    after = {day for day in (before | set(gone)) - set(back) if day >= act.today}
    if after != before:
        await act.session.merge(Mark(name=_TAKEN_BACK, value={"days": sorted(map(date.isoformat, after))}))
        await act.session.flush()


async def _follow(act: Act, days: Collection[date]) -> None:
    """Plan anew what has not been sent yet of the campaigns that these days fall into."""
    if not days:
        return
    open_ones = await act.session.scalars(
        select(Campaign).where(
            Campaign.state.in_([CampaignState.PLANNED, CampaignState.RUNNING]),
            Campaign.starts <= max(days),
            Campaign.ends >= min(days) - _AFTER_END,
        )
    )
    for campaign in open_ones.all():
        await campaigns.replan(act, campaign)
