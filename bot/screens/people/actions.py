"""What people can do about themselves and their team, by pressing."""

from bot.conversation.actions import Action, action


@action("codefor")
class GiveCode(Action):
    """A one-time code for a member who lost their way in."""


@action("team")
class ShowTeam(Action):
    """Who holds a role in a unit; a page of the units below it."""

    unit: int
    page: int = 0


@action("me")
class ShowMe(Action):
    """What is kept about who asks."""
