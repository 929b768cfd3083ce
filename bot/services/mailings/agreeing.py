"""A second officer's yes or no to a large broadcast."""

from collections.abc import Sequence

from bot.services.act import Act
from bot.services.mailings import living
from bot.services.mailings.seeing import get
from bot.services.mailings.steering import LASTS
from bot.services.people.rights import require, unit_path
from bot.services.people.roles import Power, roles_with
from bot.services.refusal import Refusal
from storage.mailings import mailings
from storage.mailings.tables import Mailing, MailingState
from storage.people import roles as grants


async def officers_besides(act: Act, mailing: Mailing) -> Sequence[int]:
    """The other officers who may say yes to a mailing: of its unit, and of those above it.

    Not those whom its author appointed, or somebody whom the author appointed: such a yes would be the author's own.
    """
    path = await unit_path(act.session, mailing.unit_id)
    theirs = await grants.appointed_by(act.session, mailing.created_by) if mailing.created_by else set()
    return await mailings.may_agree(
        act.session, path, roles_with(Power.AGREE), besides=mailing.created_by, given_by=theirs
    )


async def agree(act: Act, mailing_id: int) -> Mailing:
    """A second officer's yes. Raises :class:`Refusal` when it is not waited for any more."""
    mailing = await _waiting_for_second(act, mailing_id)
    if mailing.details["at"] and mailing.due_at <= act.now:
        raise Refusal("broadcast.moment_passed")
    mailing.state, mailing.agreed_by = MailingState.PLANNED, act.actor_id
    if not mailing.details["at"]:
        mailing.due_at, mailing.until = act.now, act.now + LASTS
    act.record("broadcast_agreed", unit_id=mailing.unit_id, mailing=mailing.id)
    await act.session.flush()
    await living.move(act.session, mailing, act.now)
    return mailing


async def disagree(act: Act, mailing_id: int) -> Mailing:
    """A second officer's no."""
    mailing = await _waiting_for_second(act, mailing_id)
    mailing.state, mailing.reason, mailing.ended_at = MailingState.CANCELLED, "disagreed", act.now
    act.record("broadcast_disagreed", unit_id=mailing.unit_id, mailing=mailing.id)
    await act.session.flush()
    await living.move(act.session, mailing, act.now)
    return mailing


async def _waiting_for_second(act: Act, mailing_id: int) -> Mailing:
    mailing = await get(act, mailing_id)
    await require(act, mailing.unit_id, Power.AGREE)
    if mailing.created_by == act.actor_id:
        raise Refusal("broadcast.second_must_differ")
    if act.actor_id is not None and act.actor_id not in await officers_besides(act, mailing):
        raise Refusal("broadcast.second_appointed")
    if mailing.state is not MailingState.UNAGREED:
        raise Refusal("broadcast.not_waiting")
    return mailing
