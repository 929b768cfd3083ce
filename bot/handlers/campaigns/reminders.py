"""What the buttons of a reminder do: no more of them, reminders again, and back to what was left unfinished."""

from sqlalchemy import select

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.initiatives.actions import Mend, ResumeDraft, Submit
from bot.screens.rows import menu_row
from bot.services.people import people
from storage.conversation import conversations
from storage.initiatives.tables import Initiative, InitiativeState

routes: Routes[Turn] = Routes()


@routes.action("remind.off")
async def reminders_off(turn: Turn) -> Screens:
    """No more reminders of campaigns."""
    await people.set_reminders(turn.act, wanted=False)
    return Screen(
        turn.say("campaign.stopped"), ((Choice(turn.say("campaign.start_again"), "remind.on"), *menu_row(turn.say)),)
    )  # fmt: skip


@routes.action("remind.on")
async def reminders_on(turn: Turn) -> Screens:
    """Reminders again."""
    await people.set_reminders(turn.act, wanted=True)
    return Screen(turn.say("campaign.started_again"), (menu_row(turn.say),))


@routes.action("nudge")
async def go_on(turn: Turn) -> Screens:
    """Open what waits for this person at its place: a draft, else what was returned to them."""
    if turn.form is not None and turn.form.form in ("submit", "mend"):
        return turn.show_form()
    if await conversations.draft(turn.session, turn.who.person_id, "submit") is not None:
        return await turn.perform(ResumeDraft())
    returned = await returned_to(turn)
    if returned is not None:
        return await turn.perform(Mend(returned))
    return await turn.perform(Submit())


async def returned_to(turn: Turn) -> int | None:
    """The oldest initiative that was returned to who asks."""
    found: int | None = await turn.session.scalar(
        select(Initiative.id)
        .where(Initiative.entered_by == turn.who.person_id, Initiative.state == InitiativeState.RETURNED)
        .order_by(Initiative.id)
        .limit(1)
    )
    return found
