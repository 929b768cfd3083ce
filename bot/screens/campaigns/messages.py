"""Each message of a campaign's plan as people get it."""

from markupsafe import Markup

from bot.clock import local_date
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.screens.campaigns import words
from bot.screens.campaigns.actions import GoOn, ShowCampaignPicture, ShowLog, ShowUnits, StopReminders
from bot.screens.campaigns.picture import picture_of
from bot.screens.initiatives.actions import Submit
from bot.screens.progress.picture import other_ground
from bot.screens.review.actions import ShowQueue
from bot.screens.showing import Showing
from bot.services.campaigns import figures as campaign_figures
from bot.services.campaigns import thanks
from bot.services.campaigns.plan import PlanStep
from bot.services.review import queue as review_queue
from bot.texts import Say
from storage.campaigns.tables import Campaign
from storage.engine import Session
from storage.initiatives.tables import InitiativeState
from storage.review import queue as waiting_in
from storage.units.tables import Unit

#: Messages that say how far the campaign has come.
_WITH_FIGURES = ("middle", "three_left", "last_day", "result")


async def message(showing: Showing, campaign: Campaign, step: PlanStep, unit_id: int) -> Screen | None:
    """A campaign's message; None when there is nothing to tell. ``unit_id``: for whom of a role it is."""
    if step.kind == "team":
        return await _team(showing, campaign, step, unit_id)
    if step.kind in ("officers", "report"):
        return await _officers(showing, campaign, step, unit_id)
    session, say = showing.session, showing.say
    unit = await session.get_one(Unit, campaign.unit_id)
    lines = [
        _words(
            say,
            step,
            name=campaign.name,
            unit=unit.name,
            starts=say.date(campaign.starts),
            ends=say.date(campaign.ends),
        )
    ]
    if step.kind in _WITH_FIGURES:
        figures = await campaign_figures.of_unit(
            session, showing.services.programmes, campaign, campaign.unit_id, local_date(showing.now)
        )
        lines += [words.so_far(say, figures)] if figures.target or step.kind == "result" else []
    if step.kind == "result":
        lines += await _thanks(session, say, campaign, unit.path)
        return Screen(Markup("\n").join(lines), (stop_row(say),))
    first = (
        Choice.of(say("campaign.go_on"), GoOn())
        if step.kind == "unfinished"
        else Choice.of(say("menu.submit"), Submit())
    )
    return Screen(Markup("\n").join(lines), ((first,), stop_row(say)))


def _words(say: Say, step: PlanStep, *, name: str, **args: object) -> Markup:
    """The usual sentence of a step, or an officer's own words below the campaign's name."""
    if step.words:
        return say("campaign.own_words", name=name, words=step.words)
    return say(f"campaign.message.{step.kind}", name=name, **args)


def stop_row(say: Say) -> Row:
    """On every reminder: no more of them."""
    return (Choice.of(say("campaign.stop"), StopReminders()),)


async def _thanks(session: Session, say: Say, campaign: Campaign, path: str) -> list[Markup]:
    """Thanks by name to those who agreed to be named, and to all others."""
    found = await thanks.of_campaign(session, campaign, path)
    if not found.names:
        return [say("campaign.thanks", n=found.others)] if found.others else []
    names = ", ".join(found.names)
    if not found.others:
        return [say("campaign.thanks_named", names=names)]
    return [say("campaign.thanks_named_and", names=names, n=found.others)]


async def _team(showing: Showing, campaign: Campaign, step: PlanStep, unit_id: int) -> Screen | None:
    session, say = showing.session, showing.say
    unit = await session.get_one(Unit, unit_id)
    waiting = await waiting_in.size(session, [unit.path], [InitiativeState.SUBMITTED])
    if not waiting:
        return None
    late = await waiting_in.nearly_late(session, unit.path, showing.now)
    lines = [
        say("campaign.message.team", name=campaign.name, n=waiting, count=review_queue.counted(say, waiting))
    ]
    lines += [Markup.escape(step.words)] if step.words else []
    lines += [say("campaign.nearly_late", n=late)] if late else []
    return Screen(
        Markup("\n").join(lines),
        ((Choice.of(say("campaign.open_queue"), ShowQueue()),), stop_row(say)),
    )


async def _officers(showing: Showing, campaign: Campaign, step: PlanStep, unit_id: int) -> Screen:
    say = showing.say
    figures = await campaign_figures.of_unit(
        showing.session, showing.services.programmes, campaign, unit_id, local_date(showing.now)
    )
    lines = [
        say(f"campaign.message.{step.kind}", name=campaign.name, unit=figures.name),
        *([Markup.escape(step.words)] if step.words else []),
        *await words.digest(showing, campaign, figures),
    ]
    picture = await picture_of(showing, campaign, figures, lines)
    rows: list[Row] = [
        other_ground(say, ShowCampaignPicture(campaign.id, unit_id, dark=True)),
        (Choice.of(say("campaign.open_units"), ShowUnits(campaign.id, unit_id)),),
    ]
    if step.kind == "report":
        rows.append((Choice.of(say("campaign.log"), ShowLog(campaign.id)),))
    return Screen(Markup("\n").join(lines), (*rows, stop_row(say)), pictures=(picture,))
