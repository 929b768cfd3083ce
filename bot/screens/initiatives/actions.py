"""What can be done with initiatives by pressing."""

from datetime import datetime

from bot.conversation.actions import Action, action


@action("new")
class Submit(Action):
    """Begin a new one."""


@action("behalf")
class SubmitForOther(Action):
    """Begin one for somebody else."""


@action("draft.resume")
class ResumeDraft(Action):
    """Go on with what was begun."""

    for_other: bool = False


@action("draft.restart")
class RestartDraft(Action):
    """Drop what was begun, and begin anew."""

    #: The draft's own moment: a question about another state of it drops nothing.
    kept_at: datetime
    for_other: bool = False


@action("look_again")
class LookAgain(Action):
    """Back to the summary, to change something."""


@action("mend")
class Mend(Action):
    """Mend one that was returned."""

    initiative: int


@action("mine")
class ShowMine(Action):
    """A page of one's own."""

    page: int = 0


@action("mine.open")
class OpenInitiative(Action):
    """One of them, with everything."""

    initiative: int


@action("mine.history")
class ShowHistory(Action):
    """What happened to it, and when."""

    initiative: int


@action("mine.withdraw")
class AskToWithdraw(Action):
    """Ask whether it is to be taken back."""

    initiative: int


@action("mine.gone")
class Withdraw(Action):
    """Take it back."""

    initiative: int
    asked_at: datetime


@action("author.yes")
class TakeAuthorship(Action):
    """The author of that name is who presses."""

    initiative: int


@action("author.no")
class DenyAuthorship(Action):
    """The author of that name is somebody else."""

    initiative: int
