"""The days off of a campaign in words: on which of its days nobody is reminded, or that nobody has said any."""

from datetime import timedelta
from itertools import groupby

from markupsafe import Markup

from bot.screens.showing import Showing
from bot.services.campaigns import calendar
from storage.campaigns import days_off
from storage.campaigns.tables import Campaign


async def days_off_lines(showing: Showing, campaign: Campaign) -> list[Markup]:
    """What an officer is told of a campaign's days off. A demo has no administrator who could set any."""
    session, say = showing.session, showing.say
    off = await days_off.between(session, campaign.starts, campaign.ends)
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
    if not showing.services.is_demo:
        years = await calendar.years_without(session, campaign.starts, campaign.ends)
        lines += [say("daysoff.unknown", year=str(year)) for year in years]
    return lines
