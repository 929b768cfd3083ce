"""What can be done with messages to many people, by pressing."""

from bot.conversation.actions import Action, action


@action("bc.list")
class ShowBroadcasts(Action):
    """A page of what was written lately."""

    page: int = 0
