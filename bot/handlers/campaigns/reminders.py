"""What the buttons of a reminder do: no more of them, reminders again, and back to what was left unfinished."""

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.campaigns.actions import GoOn, StartReminders, StopReminders
from bot.screens.initiatives.actions import Mend, ResumeDraft, Submit
from bot.screens.rows import menu_row
from bot.services.campaigns import unfinished
from bot.services.people import profile
from storage.mailings.audience import OWN_FORMS

routes: Routes[Turn] = Routes()


@routes.on(StopReminders)
async def reminders_off(turn: Turn, _action: StopReminders) -> Screens:
    """No more reminders of campaigns."""
    await profile.set_reminders(turn.act, wanted=False)
    again = Choice.of(turn.say("campaign.start_again"), StartReminders())
    return Screen(turn.say("campaign.stopped"), ((again, *menu_row(turn.say)),))


@routes.on(StartReminders)
async def reminders_on(turn: Turn, _action: StartReminders) -> Screens:
    """Reminders again."""
    await profile.set_reminders(turn.act, wanted=True)
    return Screen(turn.say("campaign.started_again"), (menu_row(turn.say),))


@routes.on(GoOn)
async def go_on(turn: Turn, _action: GoOn) -> Screens:
    """Open what waits for this person at its place: a form, a draft, else what was returned to them."""
    if turn.form is not None and turn.form.form in OWN_FORMS:
        return turn.show_form()
    if await unfinished.has_draft(turn.act):
        return await turn.perform(ResumeDraft())
    returned = await unfinished.oldest_returned(turn.act)
    return await turn.perform(Submit() if returned is None else Mend(returned))
