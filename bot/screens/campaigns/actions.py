"""What can be done with peak weeks and months, by pressing."""

import enum
from datetime import datetime

from bot.conversation.actions import Action, action

# ---------------------------------------------------------------- finding one, and where it stands


@action("cp.list")
class ShowCampaigns(Action):
    """A page of them."""

    page: int = 0


@action("cp.new")
class PlanCampaign(Action):
    """Plan a new one."""


@action("cp.open")
class OpenCampaign(Action):
    """Where a campaign stands."""

    campaign: int


class GainOrder(enum.StrEnum):
    """By which figure the units of a campaign are ranked."""

    PART = "part"
    GAINED = "gained"
    PER_MEMBER = "per_member"


@action("cp.units")
class ShowUnits(Action):
    """One of a campaign's units and those right below it; without a unit the widest that the reader may see."""

    campaign: int
    unit: int = 0
    order: GainOrder = GainOrder.PART
    page: int = 0


@action("cp.picture")
class ShowCampaignPicture(Action):
    """A campaign as a picture: gain against target by unit, and the line of the days."""

    campaign: int
    unit: int = 0
    dark: bool = False


@action("cp.log")
class ShowLog(Action):
    """A page of what was sent to how many, and of what was skipped and why."""

    campaign: int
    page: int = 0


@action("cp.sent")
class ShowSent(Action):
    """What became of one message of a campaign."""

    campaign: int
    mailing: int


# ---------------------------------------------------------------- changing one


@action("cp.change")
class ChangeCampaign(Action):
    """Change its name or its days."""

    campaign: int


@action("cp.pause")
class PauseCampaign(Action):
    """Send nothing until it is resumed."""

    campaign: int


@action("cp.resume")
class ResumeCampaign(Action):
    """Go on."""

    campaign: int


@action("cp.end")
class AskToEnd(Action):
    """Ask for confirmation before ending it."""

    campaign: int


@action("cp.ended")
class EndCampaign(Action):
    """End it."""

    campaign: int
    asked_at: datetime


# ---------------------------------------------------------------- its plan


@action("cp.plan")
class ShowPlan(Action):
    """Every message, to how many people, on which channel, when."""

    campaign: int


@action("cp.all")
class ReadAllMessages(Action):
    """All messages of the plan, in the words that people will read."""

    campaign: int


@action("cp.step")
class ShowStep(Action):
    """One message of the plan as people get it, and what can be changed about it."""

    campaign: int
    step: str


@action("cp.turn")
class TurnStep(Action):
    """Switch a message of the plan off, or on again."""

    campaign: int
    step: str


@action("cp.time")
class ChangeStepTime(Action):
    """Move a message of the plan to another hour."""

    campaign: int
    step: str


@action("cp.day")
class ChangeStepDay(Action):
    """Move a message of the plan to another day."""

    campaign: int
    step: str


@action("cp.words")
class ChangeStepWords(Action):
    """Say a message of the plan in other words."""

    campaign: int
    step: str


# ---------------------------------------------------------------- its targets


@action("cp.targets")
class ShowTargets(Action):
    """The target of a unit and of those right below it; without a unit, of the widest that the reader may see."""

    campaign: int
    unit: int = 0
    page: int = 0


@action("cp.target")
class ChangeTarget(Action):
    """Change the target of one unit."""

    campaign: int
    unit: int


@action("cp.share")
class ShareTarget(Action):
    """Share a unit's target out to all below it."""

    campaign: int
    unit: int


@action("cp.paste")
class PasteTargets(Action):
    """Type or paste the targets of many units."""

    campaign: int


# ---------------------------------------------------------------- for whoever is reminded


@action("remind.off")
class StopReminders(Action):
    """No more reminders of campaigns."""


@action("remind.on")
class StartReminders(Action):
    """Reminders again."""


@action("nudge")
class GoOn(Action):
    """Open the presser's unfinished initiative at its place."""
