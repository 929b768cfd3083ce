"""The days off, on which nobody is reminded of anything: set by the administrator, Tết by its dates each year."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.services.act import Act
from bot.services.campaigns.moments import replan
from bot.services.refusal import Forbidden, Refusal
from storage.campaigns import campaigns, days_off
from storage.campaigns.tables import DayOff
from storage.engine import Session

#: The longest stretch that is set at once; a typed year gone wrong would silence a whole one.
_LONGEST = 31
#: How many years ahead the calendar is filled; what the government shifts from year to year is not known further on.
_YEARS_AHEAD = 10
#: How far a message of a campaign may move past its end, over a long Tết.
_AFTER_END = timedelta(days=30)


def _administrator(act: Act) -> None:
    if act.actor_id is not None:
        raise Forbidden


async def add(act: Act, first: date, last: date, name: str) -> int:
    """Make days off of a stretch, both ends included; a day that was one gets the new name. Returns how many days."""
    _administrator(act)
    if last < first or (last - first).days >= _LONGEST:
        raise Refusal("cli.dayoff.stretch", n=_LONGEST)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    await days_off.put(act.session, dict.fromkeys(days, name))
    act.record("days_off", first=first.isoformat(), last=last.isoformat(), name=name[:80])
    await _remember(act, back=days)
    await _follow(act, days)
    return len(days)


async def remove(act: Act, first: date, last: date) -> int:
    """Make them days like others again, which :func:`fill` then leaves alone. Returns how many were days off."""
    _administrator(act)
    days = await days_off.remove(act.session, first, last)
    act.record("days_off_removed", first=first.isoformat(), last=last.isoformat())
    await _remember(act, gone=days)
    await _follow(act, days)
    return len(days)


async def listed(act: Act, first: date) -> Sequence[DayOff]:
    """The days off from a day on, in order."""
    return await days_off.since(act.session, first)


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
    standing = await days_off.those_of(act.session, wanted)
    gone = set() if again else await days_off.taken_back(act.session)
    missing = {day: name for day, name in wanted.items() if day not in standing}
    added = {day: name for day, name in missing.items() if day not in gone}
    filled = Filled(added, standing, {day: name for day, name in missing.items() if day in gone})
    if dry_run or not added:
        return filled
    await days_off.put(act.session, added)
    act.record("days_off_filled", years=sorted(set(years)), n=len(added))
    await _remember(act, back=added)
    await _follow(act, added)
    return filled


async def years_without(session: Session, first: date, last: date) -> list[int]:
    """The years between two days for which nobody has said any day off: Tết would be a day like others there."""
    return [year for year in range(first.year, last.year + 1) if not await days_off.has_any(session, year)]


async def _remember(act: Act, *, gone: Collection[date] = (), back: Collection[date] = ()) -> None:
    """Keep which days were taken back by hand; those that are over matter no more."""
    before = await days_off.taken_back(act.session)
    after = {day for day in (before | set(gone)) - set(back) if day >= act.today}
    if after != before:
        await days_off.remember_taken_back(act.session, after)


async def _follow(act: Act, days: Collection[date]) -> None:
    """Plan anew what has not been sent yet of the campaigns that these days fall into."""
    if not days:
        return
    for campaign in await campaigns.open_between(act.session, min(days) - _AFTER_END, max(days)):
        await replan(act, campaign)
