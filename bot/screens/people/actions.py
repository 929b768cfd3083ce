"""What people can do about themselves and their team, by pressing."""

from datetime import datetime

from bot.conversation.actions import Action, action
from storage.people.claim_tables import RequestKind

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


@action("places.mine")
class ConfirmAccount(Action):
    """It was oneself who came in on an account by a code of the support team's."""

    account: int


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


@action("invites")
class ShowInvites(Action):
    """The invites of a unit that can still be used; a page of them."""

    unit: int
    page: int = 0


@action("uninvite")
class CancelInvite(Action):
    """Let one open nothing any more."""

    invite: int


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


# ---------------------------------------------------------------- what people say that they are


@action("claims")
class ShowClaims(Action):
    """What waits for a yes or no; a page of it."""

    page: int = 0


@action("claims.old")
class ShowGranted(Action):
    """What was said yes to, to undo it; a page of it."""

    page: int = 0


@action("claims.members")
class GrantMembers(Action):
    """Say yes to those on a page who came into their unit by themselves, up to a claim's id."""

    up_to: int


@action("claim")
class ShowClaim(Action):
    """One of them."""

    claim: int


@action("claim.yes")
class GrantClaim(Action):
    """It is so."""

    claim: int


@action("claim.no")
class RefuseClaim(Action):
    """It is not so."""

    claim: int


@action("claim.undo")
class UndoClaim(Action):
    """It was not so after all."""

    claim: int


@action("comeback")
class ComeBack(Action):
    """Come in as who the team said one is."""

    claim: int


@action("comeback.not")
class StayNew(Action):
    """One is somebody else after all."""


@action("own.ask")
class AskOfficer(Action):
    """Ask an officer to confirm that one came in here oneself."""


# ---------------------------------------------------------------- what one may ask of whoever holds one's data


@action("rights")
class ShowRights(Action):
    """What one may ask, and what one has asked."""


@action("rights.ask")
class AskAboutRight(Action):
    """Say what asking would do, and ask whether to."""

    kind: RequestKind


@action("rights.asked")
class ExerciseRight(Action):
    """Ask it."""

    kind: RequestKind
    asked_at: datetime


@action("rights.on")
class LiftRestriction(Action):
    """Agree again that one's data is used."""

    asked_at: datetime


@action("requests")
class ShowRequests(Action):
    """What people asked, for officers; a page of it."""

    page: int = 0


@action("request")
class ShowRequest(Action):
    """One of them."""

    request: int


@action("request.answer")
class AnswerRequest(Action):
    """Answer one: it is done, or why not."""

    request: int
    done: bool


@action("trail")
class ShowTrail(Action):
    """What was done in one's units; a page of it."""

    page: int = 0
