"""Writing a broadcast: a draft, trying it on oneself, mending it, throwing it away, and confirming it."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.services import telling
from bot.services.act import Act
from bot.services.mailings import kinds, living
from bot.services.mailings.agreeing import officers_besides
from bot.services.mailings.audience import reached
from bot.services.mailings.kinds import BROADCAST
from bot.services.mailings.seeing import get
from bot.services.mailings.steering import LASTS
from bot.services.people.rights import require
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from storage.delivery.tables import Lane
from storage.mailings import mailings
from storage.mailings.audience import Audience, Reached
from storage.mailings.tables import Mailing, MailingState
from storage.units.tables import Unit

#: The same words to the same people within this time are asked about.
_SAME_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What confirming a broadcast led to: it is on its way, waits for its moment, or for a second officer."""

    mailing: Mailing
    reached: Reached


class SameAgain(Refusal):
    """The same words went to the same people a moment ago."""


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
        until=(at or act.now) + LASTS,
        created_by=act.actor_id,
        created_at=act.now,
        made_to=0, total=0, sent=0, blocked=0, failed=0, uncertain=0, skipped=0,
    )  # fmt: skip
    act.session.add(mailing)
    await act.session.flush()
    return mailing


async def discard(act: Act, mailing_id: int) -> None:
    """Throw a draft away."""
    mailing = await get(act, mailing_id)
    if mailing.state is MailingState.DRAFT and mailing.created_by == act.actor_id:
        mailing.state, mailing.ended_at = MailingState.CANCELLED, act.now


async def reopen(act: Act, mailing_id: int) -> tuple[Mailing, Unit]:
    """Throw a draft away to write it anew. Gives what was in it, and its unit. Raises :class:`Forbidden`."""
    mailing = await get(act, mailing_id)
    if mailing.state is not MailingState.DRAFT or mailing.created_by != act.actor_id:
        raise Forbidden
    await discard(act, mailing.id)
    return mailing, await act.session.get_one(Unit, mailing.unit_id)


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
        mailing.due_at, mailing.until = act.now, act.now + LASTS
    mailing.details = {**mailing.details, "mark": mark}
    mailing.state = MailingState.UNAGREED if large else MailingState.PLANNED
    act.record("broadcast_confirmed", unit_id=mailing.unit_id, mailing=mailing.id, people=number.total)
    await act.session.flush()
    if large:
        key = f"mailing:{mailing.id}:agree"
        await telling.tell_people(act, others, kinds.AGREE, key, mailing=mailing.id)
    await living.show(act, mailing)
    return Confirmed(mailing, number)


async def _same_lately(act: Act, mailing: Mailing, mark: str) -> bool:
    # What left within this time may have been written earlier: with a moment, or waiting for a second officer.
    since = act.now - _SAME_WITHIN - timedelta(hours=1)
    return any(
        other.details.get("mark") == mark and other.due_at >= act.now - _SAME_WITHIN
        for other in await mailings.others_since(act.session, mailing, since)
    )
