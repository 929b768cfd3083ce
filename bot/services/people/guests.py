"""Those who wrote and did not agree that anything is kept: they are forgotten."""

from datetime import datetime, timedelta

from bot.services.act import Act
from bot.services.people import erasing, returning
from storage.conversation.conversations import form_of
from storage.engine import Session
from storage.people import accounts as stored

#: How many are looked at in one go.
_AT_ONCE = 200


async def forget(session: Session, now: datetime, *, silent: timedelta, in_the_middle: timedelta) -> int:
    """Forget those who have been ``silent`` for so long; gives how many.

    ``in_the_middle``: how long who agreed has to come to the end of registering.
    """
    number = 0
    for person_id, last_seen_at in await stored.quiet_guests(session, now - silent, _AT_ONCE):
        form, _ = await form_of(session, person_id)
        has_agreed = form is not None and (
            "consent" in form.get("answers", {}) or "register" in form.get("about", {})
        )
        # Who waits to be let in again agreed as well; their team may be away for some days.
        has_agreed = has_agreed or await returning.is_waiting(Act(session, now, person_id))
        if not has_agreed or now - last_seen_at > in_the_middle:
            await erasing.forget_guest(Act(session, now, person_id))
            number += 1
    return number
