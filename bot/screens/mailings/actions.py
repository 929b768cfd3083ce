"""What can be done with messages to many people, by pressing."""

from bot.conversation.actions import Action, action

# ---------------------------------------------------------------- finding and writing one


@action("bc.list")
class ShowBroadcasts(Action):
    """A page of what was written lately."""

    page: int = 0


@action("bc.new")
class WriteBroadcast(Action):
    """Write a new one."""


@action("bc.open")
class OpenBroadcast(Action):
    """How far one is, and what can be done with it; a draft is shown as people will get it."""

    mailing: int


# ---------------------------------------------------------------- a draft


@action("bc.go")
class SendBroadcast(Action):
    """Confirm it; ``again``: although the same was sent a moment ago."""

    mailing: int
    again: bool = False


@action("bc.test")
class TryBroadcast(Action):
    """Send it to its author alone."""

    mailing: int


@action("bc.edit")
class EditBroadcast(Action):
    """Back into the form, with all that was written."""

    mailing: int


@action("bc.drop")
class DiscardBroadcast(Action):
    """Throw it away."""

    mailing: int


@action("bc.agree")
class AgreeToSend(Action):
    """A second officer's yes."""

    mailing: int


@action("bc.disagree")
class RefuseToSend(Action):
    """A second officer's no."""

    mailing: int


# ---------------------------------------------------------------- while it goes, and afterwards


@action("bc.pause")
class PauseSending(Action):
    """Stop for now."""

    mailing: int


@action("bc.resume")
class ResumeSending(Action):
    """Go on."""

    mailing: int


@action("bc.cancel")
class AskToStop(Action):
    """Ask for confirmation before stopping it for good."""

    mailing: int


@action("bc.cancelled")
class StopSending(Action):
    """Stop it for good."""

    mailing: int


@action("bc.again")
class SendToFailed(Action):
    """Send it once more to those whom it did not reach."""

    mailing: int
