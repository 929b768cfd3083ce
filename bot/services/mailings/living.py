"""The message that shows its author how far a mailing is: one message, which changes as the mailing moves on."""

from datetime import datetime
from typing import Any

from bot.services import telling
from bot.services.act import Act
from bot.services.mailings import kinds
from storage.delivery import outbox
from storage.delivery.tables import OutboxState
from storage.engine import Session
from storage.mailings import living as stored
from storage.mailings.tables import Mailing


def _key(mailing_id: int) -> str:
    return f"mailing:{mailing_id}:living"


async def show(act: Act, mailing: Mailing) -> None:
    """Send the author the message that will change as the mailing moves on."""
    if mailing.created_by is not None:
        await outbox.put(
            act.session,
            [
                telling.row(
                    act,
                    _key(mailing.id),
                    kinds.MAILING,
                    details={"mailing": mailing.id},
                    person_id=mailing.created_by,
                )
            ],
        )


async def move(session: Session, mailing: Mailing, now: datetime) -> None:
    """Change the message that shows a mailing, after the mailing has moved on."""
    shown = await stored.of_key(session, _key(mailing.id))
    if shown is None:
        return
    if shown.state is OutboxState.PENDING:
        # It is worded when it is sent. The end has to be sent even where messages cannot be edited.
        if mailing.ended_at is not None and "say_again" in shown.details:
            shown.details = {**shown.details, "say_again": True}
        return
    details: dict[str, Any] = {"mailing": mailing.id}
    if shown.message_ref is not None:
        details |= {"replaces": shown.message_ref, "channel": shown.channel, "chat": shown.chat_id}
        # Where messages cannot be edited, only the end is worth another one.
        details["say_again"] = mailing.ended_at is not None
    if shown.state in (OutboxState.SENT, OutboxState.UNCERTAIN):
        # An uncertain one is shown anew: nobody knows whether it arrived, and where.
        await stored.send_again(session, shown, details, now)
    elif mailing.ended_at is not None and shown.state is OutboxState.SENDING:
        # The message on its way was worded a moment ago; the end needs one of its own.
        act = Act(session, now, None)
        key = f"{_key(mailing.id)}:end:{mailing.total - mailing.failed}"
        row = telling.row(act, key, kinds.MAILING, details=details, person_id=mailing.created_by)
        await outbox.put(session, [row])
