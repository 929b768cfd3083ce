"""Steering what goes to many people: pausing it, going on, taking it back, trying once more."""

from datetime import timedelta

from bot.services.act import Act
from bot.services.mailings.seeing import get
from bot.services.refusal import Refusal
from storage.mailings import ledger
from storage.mailings.tables import Mailing, MailingState

#: How long a broadcast that could not leave still makes sense.
LASTS = timedelta(days=3)

_OPEN = (MailingState.UNAGREED, MailingState.PLANNED, MailingState.MAKING, MailingState.GOING)


async def pause(act: Act, mailing_id: int) -> Mailing:
    """Claim no more of its rows; messages that are on their way still arrive."""
    mailing = await _still_open(act, mailing_id)
    mailing.paused_at = mailing.paused_at or act.now
    act.record("mailing_paused", unit_id=mailing.unit_id, mailing=mailing.id)
    await act.session.flush()
    return mailing


async def resume(act: Act, mailing_id: int) -> Mailing:
    """Go on."""
    mailing = await _still_open(act, mailing_id)
    mailing.paused_at = None
    act.record("mailing_resumed", unit_id=mailing.unit_id, mailing=mailing.id)
    await act.session.flush()
    return mailing


async def cancel(act: Act, mailing_id: int) -> Mailing:
    """Send no more of it. Raises :class:`Refusal` when it is over."""
    mailing = await _still_open(act, mailing_id)
    mailing.state, mailing.ended_at, mailing.reason = MailingState.CANCELLED, act.now, "taken_back"
    mailing.paused_at = None
    act.record("mailing_cancelled", unit_id=mailing.unit_id, mailing=mailing.id)
    await act.session.flush()
    return mailing


async def _still_open(act: Act, mailing_id: int) -> Mailing:
    mailing = await get(act, mailing_id)
    if mailing.state not in _OPEN:
        raise Refusal("broadcast.over")
    return mailing


async def try_again(act: Act, mailing_id: int) -> Mailing:
    """Send it once more to those to whom it surely did not go. Raises :class:`Refusal` when there are none."""
    mailing = await get(act, mailing_id)
    if mailing.state is not MailingState.DONE or not mailing.failed:
        raise Refusal("broadcast.none_failed")
    number = await ledger.try_again(act.session, mailing)
    mailing.state, mailing.ended_at, mailing.until = MailingState.GOING, None, act.now + LASTS
    act.record("mailing_again", unit_id=mailing.unit_id, mailing=mailing.id, people=number)
    await act.session.flush()
    return mailing
