"""A campaign as a picture: gain against target by unit, and the line of its days."""

from markupsafe import Markup

from bot.clock import local_date
from bot.conversation.vocabulary import Picture
from bot.documents.progress_view import DayPoint, ProgressRow, ProgressView
from bot.screens.progress.picture import progress_picture
from bot.screens.showing import Showing
from bot.services.campaigns import figures as campaign_figures
from bot.services.campaigns.figures import Figures
from bot.services.progress import progress
from storage.campaigns.tables import Campaign

#: Rows of a picture.
_ROWS = 12


async def picture_of(
    showing: Showing, campaign: Campaign, figures: Figures, lines: list[Markup], *, dark: bool = False
) -> Picture:
    """The campaign as a picture: gain against target by unit, and the line of its days; ``lines`` say the same."""
    view = await _view(showing, campaign, figures)
    return progress_picture(view, showing.say, str(Markup("\n").join(lines).striptags()), dark=dark)


async def _view(showing: Showing, campaign: Campaign, figures: Figures) -> ProgressView:
    session, book, today = showing.session, showing.services.programmes, local_date(showing.now)
    days = await campaign_figures.days(session, book, campaign, figures, today)
    children = await campaign_figures.below(session, book, campaign, figures.unit_id, today)
    return ProgressView(
        unit_name=figures.name,
        phase_name=campaign.name,
        as_of=showing.now,
        count=figures.gained,
        target=figures.target,
        pace_needed=figures.pace_needed,
        per_member=None,
        benefit_vnd=0,
        rows=tuple(
            ProgressRow(child.name, child.gained, child.target)
            for child in progress.ranked(children, "part")[:_ROWS]
        ),
        days=tuple(DayPoint(day, count) for day, count in days),
        starts=campaign.starts,
        ends=campaign.ends,
    )
