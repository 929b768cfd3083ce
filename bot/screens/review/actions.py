"""The actions of the support team, and of the author whom it asks something."""

from bot.conversation.actions import Action, action


@action("queue")
class ShowQueue(Action):
    """Show a page of the queue."""

    page: int = 0


@action("rv.open")
class OpenCard(Action):
    """Show a card with everything."""

    initiative: int


@action("rv.more")
class MoreOfCard(Action):
    """Show the less frequent things that can be done with a card."""

    initiative: int
    revision: int = 0


@action("rv.claim")
class Claim(Action):
    """Hold a card for a while."""

    initiative: int
    revision: int = 0


@action("rv.release")
class Release(Action):
    """Give a held card back."""

    initiative: int
    revision: int = 0


@action("rv.ok")
class Approve(Action):
    """Approve the revision that was shown."""

    initiative: int
    revision: int


@action("rv.undo")
class UndoDecision(Action):
    """Take one's own decision back."""

    initiative: int
    revision: int = 0


@action("rv.back")
class GiveBack(Action):
    """Return the revision that was shown, with reasons."""

    initiative: int
    revision: int


@action("rv.no")
class Reject(Action):
    """Reject the revision that was shown, with reasons."""

    initiative: int
    revision: int


@action("rv.note")
class WriteNote(Action):
    """Write a note that only the team sees."""

    initiative: int


@action("rv.ask")
class AskAuthor(Action):
    """Ask the author something."""

    initiative: int
    revision: int = 0


@action("answer")
class AnswerQuestion(Action):
    """Answer the team's question."""

    event: int


@action("rv.alone")
class ShowAlone(Action):
    """What one alone approved; a page of it."""

    page: int = 0


@action("rv.looked")
class LookedOver(Action):
    """An officer has looked it over."""

    initiative: int
