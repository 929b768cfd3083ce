"""Campaigns in words: where one stands, and what became of its messages."""

from markupsafe import Markup

from bot.clock import local_date
from bot.conversation.text import one_line
from bot.documents.words import needed_a_day
from bot.screens.mailings import words as mailing_words
from bot.screens.showing import Showing
from bot.services.campaigns import figures as campaign_figures
from bot.services.campaigns.figures import Figures
from bot.services.progress import progress
from bot.texts import Say
from storage.campaigns.tables import Campaign
from storage.mailings.tables import Mailing

#: How many units a sentence names: of those that lead, and of those that have nothing yet.
_LEADING, _SILENT = 3, 5


def so_far(say: Say, figures: Figures) -> Markup:
    """Gain, target and how much of it that is."""
    if not figures.target:
        return say("campaign.gained", n=figures.gained)
    return say(
        "campaign.so_far",
        gained=figures.gained,
        target=figures.target,
        percent=say.percent(figures.part or 0.0),
    )


async def digest(showing: Showing, campaign: Campaign, figures: Figures) -> list[Markup]:
    """Count, target, %, what today brought, the pace that is needed, units that lead and units with nothing yet."""
    say = showing.say
    lines = [so_far(say, figures)]
    if figures.today is not None:
        lines.append(say("campaign.today", n=figures.today))
    if figures.pace_needed:
        pace = say.number(needed_a_day(figures.pace_needed))
        lines.append(say("progress.pace", pace=pace, n=figures.days_left))
    elif figures.target and figures.gained >= figures.target:
        lines.append(say("progress.reached"))
    children = await campaign_figures.below(
        showing.session, showing.services.programmes, campaign, figures.unit_id, local_date(showing.now)
    )
    leading = [one for one in progress.ranked(children, "part") if one.part][:_LEADING]
    if leading:
        names = "; ".join(f"{_short(say, one.name)} {say.percent(one.part or 0)}" for one in leading)
        lines.append(say("campaign.leading", names=names))
    silent = [one.name for one in children if not one.gained]
    if silent:
        names = "; ".join(_short(say, name) for name in silent[:_SILENT])
        more = "…" if len(silent) > _SILENT else ""
        lines.append(say("campaign.nothing_yet", n=len(silent), names=names + more))
    return lines


def _short(say: Say, name: str) -> str:
    """A unit's name within a sentence: all of them are unions, so that word says nothing there."""
    return one_line(name.removeprefix(f"{say('campaign.unit_prefix')} "), 60)


def gain_of(say: Say, figures: Figures) -> Markup:
    """A unit's gain in a list."""
    if figures.target:
        return say(
            "campaign.unit_is",
            unit=figures.name,
            gained=figures.gained,
            target=figures.target,
            percent=say.percent(figures.part or 0.0),
        )
    return say("campaign.unit_without", unit=figures.name, gained=figures.gained)


def moment_label(say: Say, mailing: Mailing) -> str:
    """A moment of a campaign on a button."""
    what = say(f"campaign.step.{mailing.details['step']}")
    return f"{say.moment(mailing.due_at)} · {what}"


def moment_line(say: Say, mailing: Mailing) -> Markup:
    """A moment of a campaign in a line: to how many it went, or why it did not."""
    at, what = say.moment(mailing.due_at), say(f"campaign.step.{mailing.details['step']}")
    if mailing.reason is not None and not mailing.total:
        why = say(f"mailing.why.{mailing.reason}")
        return say("campaign.sent_not", at=at, what=what, why=why)
    return say("campaign.sent_to", at=at, what=what, n=mailing.sent, total=mailing.total)


async def what_became(showing: Showing, mailing: Mailing) -> list[Markup]:
    """What became of a mailing's messages, with how many did not leave and why."""
    say = showing.say
    lines = [
        say("mailing.state_is", state=mailing_words.state_words(say, mailing)),
        *mailing_words.counts(say, mailing),
    ]
    if mailing.left:
        lines.append(say("mailing.not_sent", n=mailing.left))
    return [*lines, *await mailing_words.reasons(showing.session, say, mailing)]
