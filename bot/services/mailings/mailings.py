"""Steering what goes to many people: who may, looking it over, setting it going, pausing, taking it back."""

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import telling
from bot.services.act import Act
from bot.services.mailings import kinds
from bot.services.people.rights import Grant, reach, require, unit_path
from bot.services.people.roles import Power, roles_with
from bot.services.refusal import Forbidden, Refusal
from storage.campaigns.tables import Campaign
from storage.delivery import outbox
from storage.delivery.reach import Closed
from storage.delivery.tables import Lane, Outbox, OutboxState
from storage.mailings import audience as audiences
from storage.mailings import mailings
from storage.mailings.audience import Audience
from storage.mailings.tables import Mailing, MailingState
from storage.people.tables import Person, RoleGrant
from storage.units.tables import Unit
from storage.units.tree import below, path_ids

#: The kind of mailing that a person writes.
BROADCAST = "broadcast"
#: How long a broadcast that could not leave still makes sense.
_BROADCAST_LASTS = timedelta(days=3)
#: The same words to the same people within so long are asked about.
_SAME_WITHIN = timedelta(minutes=10)

_OPEN = (MailingState.UNAGREED, MailingState.PLANNED, MailingState.MAKING, MailingState.GOING)


@dataclass(frozen=True, slots=True)
class Reached:
    """How many people a mailing is for, by the channel on which each would get it; and who has to write first."""

    by_channel: Mapping[str, int]
    #: Those who can be written to nowhere before they write themselves, by the channel where they do.
    waiting: Mapping[str, int]

    @property
    def now(self) -> int:
        """Those whom it reaches as soon as it is sent."""
        return sum(self.by_channel.values())

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_channel.values()) + sum(self.waiting.values())


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What confirming a broadcast led to: it is on its way, waits for its moment, or for a second officer."""

    mailing: Mailing
    reached: Reached


class SameAgain(Refusal):
    """The same words went to the same people a moment ago."""


async def may_write(act: Act) -> Sequence[Grant]:
    """The roles by which the actor may write to people, the widest first. Raises :class:`Forbidden`."""
    found = (await reach(act)).with_power(Power.WRITE)
    if not found:
        raise Forbidden
    return found


async def reached(
    session: AsyncSession, audience: Audience, closed: Closed, channels: Collection[str] | None = None
) -> Reached:
    """How many people an audience has now.

    ``closed``: as in ``storage.delivery.reach``, at the moment of sending. ``channels``: those that run; None for all.
    """
    path = await unit_path(session, audience.unit_id)
    number = await audiences.count(session, audience, path, closed, channels)
    return Reached(number.by_channel, number.waiting)


async def draft(act: Act, audience: Audience, details: Mapping[str, Any], at: datetime | None) -> Mailing:
    """Keep a broadcast as its author wrote it; nothing is sent before it is confirmed. ``at``: when; None for at once.

    Officers write to their subtree, a support team to its unit and what is below it.
    """
    await require(act, audience.unit_id, Power.WRITE)
    mailing = Mailing(
        key=f"{BROADCAST}:{secrets.token_hex(8)}",
        lane=Lane.BROADCAST,
        kind=BROADCAST,
        details=dict(details) | {"at": at.isoformat() if at else ""},
        audience=audience.to_json(),
        unit_id=audience.unit_id,
        state=MailingState.DRAFT,
        due_at=at or act.now,
        until=(at or act.now) + _BROADCAST_LASTS,
        created_by=act.actor_id,
        created_at=act.now,
        made_to=0, total=0, sent=0, blocked=0, failed=0, uncertain=0, skipped=0,
    )  # fmt: skip
    act.session.add(mailing)
    await act.session.flush()
    return mailing


async def get(act: Act, mailing_id: int) -> Mailing:
    """A mailing that the actor may see: its author's, or of a unit that they steer. Raises :class:`Forbidden`."""
    statement = select(Mailing).where(Mailing.id == mailing_id).execution_options(populate_existing=True)
    if act.session.get_bind().dialect.name == "postgresql":
        # Whoever pauses, confirms or takes back does so one after the other.
        statement = statement.with_for_update()
    mailing = await act.session.scalar(statement)
    if mailing is None:
        raise Forbidden
    await require(act, mailing.unit_id, Power.WRITE)
    if mailing.created_by != act.actor_id:
        await require(act, mailing.unit_id, Power.AGREE)
    return mailing


def _digest(mailing: Mailing) -> str:
    said = {name: mailing.details.get(name) for name in ("words", "files")}
    return hashlib.sha256(
        json.dumps([said, mailing.audience], sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()[:16]


async def confirm(act: Act, mailing_id: int, *, again: bool, large_from: int) -> Confirmed:
    """Send a broadcast, or let it wait for its moment; a large one waits for another officer's yes first.

    Raises :class:`SameAgain` when the same was sent within ten minutes, unless ``again``; :class:`Refusal` when it
    was confirmed already, when its moment has passed, or when nobody is in its audience.
    """
    mailing = await get(act, mailing_id)
    if mailing.created_by != act.actor_id:
        raise Forbidden
    if mailing.state is not MailingState.DRAFT:
        raise Refusal("broadcast.confirmed_already")
    if mailing.details["at"] and mailing.due_at <= act.now:
        raise Refusal("broadcast.moment_passed")
    number = await reached(act.session, Audience.from_json(mailing.audience), {})
    if not number.total:
        raise Refusal("broadcast.nobody")
    mark = _digest(mailing)
    large = number.total >= large_from and act.actor_id is not None
    others = await officers_besides(act, mailing) if large else ()
    if large and not others:
        raise Refusal("broadcast.no_second")
    if not again and await _same_lately(act, mailing, mark):
        raise SameAgain("broadcast.same_again", n=int(_SAME_WITHIN.total_seconds() // 60))
    if not mailing.details["at"]:
        mailing.due_at, mailing.until = act.now, act.now + _BROADCAST_LASTS
    mailing.details = {**mailing.details, "mark": mark}
    mailing.state = MailingState.UNAGREED if large else MailingState.PLANNED
    act.record("broadcast_confirmed", unit_id=mailing.unit_id, mailing=mailing.id, people=number.total)
    await act.session.flush()
    if large:
        key = f"mailing:{mailing.id}:agree"
        await telling.tell_people(act, others, kinds.AGREE, key, mailing=mailing.id)
    await _show_living(act, mailing)
    return Confirmed(mailing, number)


async def _same_lately(act: Act, mailing: Mailing, mark: str) -> bool:
    lately = await act.session.scalars(
        select(Mailing).where(
            Mailing.unit_id == mailing.unit_id,
            Mailing.kind == BROADCAST,
            Mailing.id != mailing.id,
            Mailing.created_at >= act.now - _SAME_WITHIN - timedelta(hours=1),
            Mailing.state.not_in([MailingState.DRAFT, MailingState.CANCELLED]),
        )
    )
    return any(
        other.details.get("mark") == mark and other.due_at >= act.now - _SAME_WITHIN for other in lately
    )


async def officers_besides(act: Act, mailing: Mailing) -> Sequence[int]:
    """The other officers who may say yes to a mailing: of its unit, and of those above it."""
    path = await unit_path(act.session, mailing.unit_id)
    rows = await act.session.scalars(
        select(RoleGrant.person_id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.unit_id.in_(path_ids(path)),
            RoleGrant.role.in_(roles_with(Power.AGREE)),
            RoleGrant.revoked_at.is_(None),
            Person.registered_at.is_not(None),
            RoleGrant.person_id != mailing.created_by,
        )
        .distinct()
        .order_by(RoleGrant.person_id)
    )
    return rows.all()


async def agree(act: Act, mailing_id: int) -> Mailing:
    """A second officer's yes. Raises :class:`Refusal` when it is not waited for any more."""
    mailing = await _waiting_for_second(act, mailing_id)
    if mailing.details["at"] and mailing.due_at <= act.now:
        raise Refusal("broadcast.moment_passed")
    mailing.state, mailing.agreed_by = MailingState.PLANNED, act.actor_id
    if not mailing.details["at"]:
        mailing.due_at, mailing.until = act.now, act.now + _BROADCAST_LASTS
    act.record("broadcast_agreed", unit_id=mailing.unit_id, mailing=mailing.id)
    await act.session.flush()
    await move_living(act.session, mailing, act.now)
    return mailing


async def disagree(act: Act, mailing_id: int) -> Mailing:
    """A second officer's no."""
    mailing = await _waiting_for_second(act, mailing_id)
    mailing.state, mailing.reason, mailing.ended_at = MailingState.CANCELLED, "disagreed", act.now
    act.record("broadcast_disagreed", unit_id=mailing.unit_id, mailing=mailing.id)
    await act.session.flush()
    await move_living(act.session, mailing, act.now)
    return mailing


async def _waiting_for_second(act: Act, mailing_id: int) -> Mailing:
    mailing = await get(act, mailing_id)
    await require(act, mailing.unit_id, Power.AGREE)
    if mailing.created_by == act.actor_id:
        raise Refusal("broadcast.second_must_differ")
    if mailing.state is not MailingState.UNAGREED:
        raise Refusal("broadcast.not_waiting")
    return mailing


async def discard(act: Act, mailing_id: int) -> None:
    """Throw a draft away."""
    mailing = await get(act, mailing_id)
    if mailing.state is MailingState.DRAFT and mailing.created_by == act.actor_id:
        mailing.state, mailing.ended_at = MailingState.CANCELLED, act.now


async def test(act: Act, mailing_id: int) -> None:
    """Send the message to its author alone, just as people will get it."""
    mailing = await get(act, mailing_id)
    if act.actor_id is not None:
        own = replace(act, actor_id=None)  # nobody is told of what they do themselves, except here
        number = secrets.token_hex(4)
        await telling.tell_people(
            own,
            [act.actor_id],
            kinds.MAILING_TEST,
            f"mailing:{mailing.id}:test:{number}",
            mailing=mailing.id,
        )


async def pause(act: Act, mailing_id: int) -> Mailing:
    """Claim no more of its rows; what is under way arrives."""
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
    number = await mailings.try_again(act.session, mailing)
    mailing.state, mailing.ended_at, mailing.until = MailingState.GOING, None, act.now + _BROADCAST_LASTS
    act.record("mailing_again", unit_id=mailing.unit_id, mailing=mailing.id, people=number)
    await act.session.flush()
    return mailing


async def lately(act: Act, *, offset: int, limit: int) -> Sequence[Mailing]:
    """The broadcasts that the actor may see, the newest first."""
    held = await reach(act)
    if not held.has(Power.WRITE):
        raise Forbidden
    steered = [grant.path for grant in held.with_power(Power.AGREE)]
    seen = [Mailing.created_by == act.actor_id, *(below(path) for path in steered)]
    rows = await act.session.scalars(
        select(Mailing)
        .join(Unit, Unit.id == Mailing.unit_id)
        .where(
            Mailing.kind == BROADCAST,
            or_(*seen),
            or_(Mailing.state != MailingState.DRAFT, Mailing.created_by == act.actor_id),
        )
        .order_by(Mailing.created_at.desc(), Mailing.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return rows.all()


async def of_campaign(act: Act, campaign_id: int, *, offset: int, limit: int) -> Sequence[Mailing]:
    """The moments of a campaign that have come, however they went, the newest first. For its officers."""
    campaign = await act.session.get_one(Campaign, campaign_id)
    await require(act, campaign.unit_id, Power.CAMPAIGN)
    rows = await act.session.scalars(
        select(Mailing)
        .where(Mailing.campaign_id == campaign_id, Mailing.state != MailingState.PLANNED)
        .order_by(Mailing.due_at.desc(), Mailing.id.desc())
        .offset(offset)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def may_steer(act: Act, mailing: Mailing) -> bool:
    """Whether the actor may pause it or take it back."""
    if mailing.created_by == act.actor_id:
        return True
    return (await reach(act)).may(Power.AGREE, await unit_path(act.session, mailing.unit_id))


# ---------------------------------------------------------------- the message that shows how far it is


def _living_key(mailing_id: int) -> str:
    return f"mailing:{mailing_id}:living"


async def _show_living(act: Act, mailing: Mailing) -> None:
    """One message to the author, which then changes as the mailing moves on."""
    if mailing.created_by is not None:
        await outbox.put(
            act.session,
            [
                telling.row(
                    act,
                    _living_key(mailing.id),
                    kinds.MAILING,
                    details={"mailing": mailing.id},
                    person_id=mailing.created_by,
                )
            ],
        )


async def move_living(session: AsyncSession, mailing: Mailing, now: datetime) -> None:
    """The mailing has moved on: change the message that shows it, where it stands."""
    shown = await session.scalar(
        select(Outbox).where(Outbox.key == _living_key(mailing.id)).execution_options(populate_existing=True)
    )
    if shown is None:
        return
    if shown.state is OutboxState.PENDING:
        # It will say how things stand when it is sent; and it has to be, also where it cannot be changed.
        if mailing.ended_at is not None and "say_again" in shown.details:
            shown.details = {**shown.details, "say_again": True}
        return
    details: dict[str, Any] = {"mailing": mailing.id}
    if shown.message_ref is not None:
        details |= {"replaces": shown.message_ref, "channel": shown.channel, "chat": shown.chat_id}
        # Where it cannot be changed, only the end is worth another message.
        details["say_again"] = mailing.ended_at is not None
    if shown.state in (OutboxState.SENT, OutboxState.UNCERTAIN):
        # One of which nobody knows whether and where it stands is shown anew, as things are now.
        await session.execute(
            update(Outbox)
            .where(Outbox.id == shown.id, Outbox.state == shown.state)
            .values(state=OutboxState.PENDING, due_at=now, attempts=0, details=details)
            .execution_options(synchronize_session=False)
        )
    elif mailing.ended_at is not None and shown.state is OutboxState.SENDING:
        # What is on its way says how things stood a moment ago; the end must be told all the same.
        act = Act(session, now, None)
        key = f"{_living_key(mailing.id)}:end:{mailing.total - mailing.failed}"
        row = telling.row(act, key, kinds.MAILING, details=details, person_id=mailing.created_by)
        await outbox.put(session, [row])
