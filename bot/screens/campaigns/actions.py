"""What can be done with peak weeks and months, by pressing."""

from bot.conversation.actions import Action, action


@action("cp.list")
class ShowCampaigns(Action):
    """A page of them."""

    page: int = 0


@action("cp.picture")
class ShowCampaignPicture(Action):
    """A campaign as a picture: gain against target by unit, and the line of the days."""

    campaign: int
    unit: int = 0
    dark: bool = False
