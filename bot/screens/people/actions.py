"""What people can do about themselves and their team, by pressing."""

from datetime import datetime

from bot.conversation.actions import Action, action

# ---------------------------------------------------------------- coming in


@action("accept")
class AcceptInvite(Action):
    """Use an invite: move to its unit, or take its role."""

    code: str


@action("merge")
class MergeInto(Action):
    """Become one with the registration whose code this is."""

    code: str


@action("join")
class JoinAs(Action):
    """Come in here as the person whose code a link brought."""

    code: str


@action("device")
class ShowDeviceCode(Action):
    """A one-time code that signs whoever presses in elsewhere."""


@action("places")
class ShowPlaces(Action):
    """Where whoever presses is signed in."""


@action("places.device")
class EndDevice(Action):
    """Sign out a browser of one's own."""

    device: int


@action("places.account")
class EndAccount(Action):
    """End what one is on an account of one's own."""

    account: int


@action("places.others")
class EndOthers(Action):
    """End all places but this one."""


@action("codefor")
class GiveCode(Action):
    """A one-time code for a member who lost their way in."""


# ---------------------------------------------------------------- oneself


@action("me")
class ShowMe(Action):
    """What is kept about whoever presses."""


@action("me.correct")
class CorrectMe(Action):
    """Correct something of it."""


@action("me.export")
class ExportMe(Action):
    """Take all of it along as a file."""


@action("me.erase")
class AskToErase(Action):
    """Ask whether to erase all of it."""


@action("me.erased")
class EraseMe(Action):
    """Erase all of it."""

    asked_at: datetime


@action("told")
class AskWhereTold(Action):
    """Ask where they want to be told things."""


@action("told.on")
class TellOn(Action):
    """Tell them things on a channel."""

    channel: str


@action("told.last")
class TellWhereLast(Action):
    """Tell them things wherever they wrote last."""


# ---------------------------------------------------------------- the team of a unit

#: What an invite makes of somebody when it gives no role.
MEMBER = "member"


@action("team")
class ShowTeam(Action):
    """Who holds a role in a unit; a page of the units below it."""

    unit: int
    page: int = 0


@action("invite")
class Invite(Action):
    """A one-time invite to a unit, to pass on."""

    unit: int
    #: A role's word, or :data:`MEMBER`.
    role: str


@action("unteam")
class AskToTakeRole(Action):
    """Ask whether to take a role back."""

    grant: int


@action("unteamed")
class TakeRole(Action):
    """Take it back."""

    grant: int


@action("bind")
class ShowGroupCode(Action):
    """A code to type in the group chat that is to get a unit's cards."""

    unit: int


# ---------------------------------------------------------------- shared phones


@action("kiosks")
class ShowKiosks(Action):
    """The shared phones of a unit and all below it; a page of them."""

    unit: int
    page: int = 0


@action("newkiosk")
class AddKiosk(Action):
    """A code that makes one more."""

    unit: int


@action("unkiosk")
class AskToEndKiosk(Action):
    """Ask whether to end one."""

    kiosk: int


@action("unkiosked")
class EndKiosk(Action):
    """End it."""

    kiosk: int
