"""The days off of a campaign in words: on which of its days nobody is reminded, or that nobody has said any."""

from datetime import date, timedelta
from itertools import groupby

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.campaigns import calendar
from bot.texts import Say
from storage.campaigns import campaigns as stored


async def days_off_lines(
    session: AsyncSession, say: Say, starts: date, ends: date, *, is_demo: bool
) -> list[Markup]:
    """What an officer is told of the days off between two days. A demo has no administrator who could set any."""
    off = await stored.days_off(session, starts, ends)
    lines = []
    if off:
        # Days in a row make one stretch, under the name of the first.
        runs = groupby(enumerate(sorted(off)), key=lambda one: one[1] - timedelta(days=one[0]))
        stretches = [[day for _, day in run] for _, run in runs]
        shown = ", ".join(
            f"{say.date(days[0])} – {say.date(days[-1])} ({off[days[0]]})"
            if len(days) > 1
            else f"{say.date(days[0])} ({off[days[0]]})"
            for days in stretches
        )
        lines.append(say("daysoff.are", days=shown))
    if not is_demo:
        years = await calendar.years_without(session, starts, ends)
        lines += [say("daysoff.unknown", year=str(year)) for year in years]
    return lines
