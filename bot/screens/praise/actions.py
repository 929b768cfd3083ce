"""What can be said about being named, by pressing."""

from bot.conversation.actions import Action, action


@action("named")
class AskToBeNamed(Action):
    """Ask whether they may be named when people are thanked."""


@action("named.yes")
class AgreeToBeNamed(Action):
    """They may be named from now on."""


@action("named.no")
class RefuseToBeNamed(Action):
    """They are not to be named any more."""
