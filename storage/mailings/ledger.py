"""The ledger of mailings: claiming people for a process, writing what became of each message, and the counts.

A row is claimed, in the order of people and from where the last claim ended, before its message may leave; results are
written many at once. These statements are asked for every few messages, so they are made once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, select, tuple_, update

from storage.delivery.reach import WAITS
from storage.dialect import among, changed
from storage.engine import Session
from storage.mailings.tables import FINAL, Delivery, DeliveryState, Mailing, MailingState

_DELIVERY = cast("Table", Delivery.__table__)

_NEXT = (
    select(Delivery.person_id)
    .where(
        Delivery.mailing_id == bindparam("a_mailing"),
        Delivery.person_id > bindparam("a_after"),
        Delivery.state == DeliveryState.PENDING,
        Delivery.not_before.is_(None),
    )
    .order_by(Delivery.person_id)
    .limit(bindparam("a_limit"))
    .with_for_update(skip_locked=True)
)
_AGAIN = (
    select(Delivery.person_id)
    .where(
        Delivery.mailing_id == bindparam("a_mailing"),
        Delivery.state == DeliveryState.PENDING,
        Delivery.not_before <= bindparam("a_now"),
    )
    .order_by(Delivery.not_before)
    .limit(bindparam("a_limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(_DELIVERY)
    .where(_DELIVERY.c.mailing_id == bindparam("a_mailing"), among(_DELIVERY.c.person_id, "a_people"))
    .values(
        state=DeliveryState.SENDING,
        claimed_by=bindparam("a_process"),
        not_before=None,
    )
)


async def claim(
    session: Session,
    mailing_id: int,
    now: datetime,
    *,
    process: int,
    after: int,
    limit: int,
    fresh: bool = True,
) -> tuple[list[int], list[int]]:
    """Claim the next people for ``process``: those who waited for a moment that has come, then the next in order.

    Gives both lists of person ids. Commit before sending anything. ``after`` is the last person of the second list
    that was claimed before; a row that came back since (``not_before`` empty, behind ``after``) needs another walk
    from 0. Without ``fresh`` only those who waited are claimed.
    """
    again = list(
        (await session.scalars(_AGAIN, {"a_mailing": mailing_id, "a_now": now, "a_limit": limit})).all()
    )
    following: list[int] = []
    if fresh and len(again) < limit:
        following = list(
            (
                await session.scalars(
                    _NEXT, {"a_mailing": mailing_id, "a_after": after, "a_limit": limit - len(again)}
                )
            ).all()
        )
    if again or following:
        await session.execute(
            _CLAIM, {"a_mailing": mailing_id, "a_people": [*again, *following], "a_process": process}
        )
    return again, following


class Result(NamedTuple):
    """What became of one claimed message. ``not_before``: it waits, and is tried again then."""

    mailing_id: int
    person_id: int
    state: DeliveryState
    channel: str | None = None
    error: str | None = None
    not_before: datetime | None = None


_RESULT = (
    update(_DELIVERY)
    .where(
        _DELIVERY.c.mailing_id == bindparam("a_mailing"),
        among(_DELIVERY.c.person_id, "a_people"),
        _DELIVERY.c.state == DeliveryState.SENDING,
    )
    .values(
        state=bindparam("a_state"),
        not_before=bindparam("a_not_before"),
        sent_at=bindparam("a_sent_at"),
        channel=bindparam("a_channel"),
        error=bindparam("a_error"),
    )
)


#: How many messages came to which state, by mailing.
Counts = dict[int, dict[str, int]]


async def write_results(session: Session, results: Sequence[Result], now: datetime, counts: Counts) -> None:
    """Write what became of claimed messages, and add to ``counts`` what :func:`count_results` will count.

    Most results are alike, so each kind is written by one statement. Only rows that were still claimed count: what
    somebody else has given up on meanwhile stays as it is.
    """
    alike: dict[tuple[Any, ...], list[int]] = {}
    for one in results:
        alike.setdefault((one.mailing_id, one.state, one.channel, one.error, one.not_before), []).append(
            one.person_id
        )
    for (mailing_id, state, channel, error, not_before), persons in alike.items():
        written = await session.execute(
            _RESULT,
            {
                "a_mailing": mailing_id,
                "a_people": persons,
                "a_state": state,
                "a_channel": channel,
                "a_error": error[:100] if error else None,
                "a_not_before": not_before,
                "a_sent_at": now if state is DeliveryState.SENT else None,
            },
        )
        of_mailing = counts.setdefault(mailing_id, {})
        if state in FINAL:
            of_mailing[state.value] = of_mailing.get(state.value, 0) + changed(written)


async def count_results(session: Session, counts: Counts) -> dict[int, int]:
    """Add the counts to their mailings. Gives how many messages are left of each.

    Call it once in a transaction, last; it always counts in the same order, so two processes that count the same
    mailings never wait for each other.
    """
    return {
        mailing_id: await _count(session, mailing_id, counts[mailing_id]) for mailing_id in sorted(counts)
    }


_OVER = Mailing.sent + Mailing.blocked + Mailing.failed + Mailing.uncertain + Mailing.skipped


async def _count(session: Session, mailing_id: int, more: Mapping[str, int]) -> int:
    """Add to a mailing's counts. Gives how many messages are left."""
    if not more:
        return int(await session.scalar(select(Mailing.total - _OVER).where(Mailing.id == mailing_id)) or 0)
    left = await session.scalar(
        update(Mailing)
        .where(Mailing.id == mailing_id)
        .values({name: getattr(Mailing, name) + number for name, number in more.items()})
        .returning(Mailing.total - _OVER)
        .execution_options(synchronize_session=False)
    )
    return int(left or 0)


async def give_up_on(session: Session, processes: Sequence[int]) -> Mapping[int, int]:
    """Mark what these processes were sending when they died as uncertain: nobody knows whether it left.

    Gives how many messages there were of each mailing; the mailings have counted them.
    """
    rows = (
        await session.execute(
            update(Delivery)
            .where(Delivery.state == DeliveryState.SENDING, Delivery.claimed_by.in_(processes))
            .values(state=DeliveryState.UNCERTAIN, error="ended")
            .returning(Delivery.mailing_id)
            .execution_options(synchronize_session=False)
        )
    ).scalars()
    counts: dict[int, int] = {}
    for mailing_id in rows:
        counts[mailing_id] = counts.get(mailing_id, 0) + 1
    for mailing_id in sorted(counts):
        await session.execute(
            update(Mailing)
            .where(Mailing.id == mailing_id)
            .values(uncertain=Mailing.uncertain + counts[mailing_id])
            .execution_options(synchronize_session=False)
        )
    return counts


async def wake(session: Session, people: Sequence[int], now: datetime) -> None:
    """Let what waited until these people can be written to go now."""
    going = select(Mailing.id).where(Mailing.state == MailingState.GOING)
    # As in the outbox: what somebody else has in hand is being looked at anyway.
    waiting = (
        select(Delivery.mailing_id, Delivery.person_id)
        .where(
            Delivery.mailing_id.in_(going),
            Delivery.person_id.in_(people),
            Delivery.state == DeliveryState.PENDING,
            Delivery.error == WAITS,
        )
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(Delivery)
        .where(tuple_(Delivery.mailing_id, Delivery.person_id).in_(waiting))
        .values(not_before=now)
        .execution_options(synchronize_session=False)
    )


async def let_go(session: Session, process: int, now: datetime) -> None:
    """Give back what this process has claimed and surely is not sending."""
    await session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.SENDING, Delivery.claimed_by == process)
        .values(state=DeliveryState.PENDING, not_before=now)
        .execution_options(synchronize_session=False)
    )


async def try_again(session: Session, mailing: Mailing) -> int:
    """Let the failed messages of a mailing be sent once more. Gives how many."""
    rows = (
        await session.execute(
            update(Delivery)
            .where(Delivery.mailing_id == mailing.id, Delivery.state == DeliveryState.FAILED)
            .values(state=DeliveryState.PENDING, error=None, not_before=None)
            .returning(Delivery.person_id)
            .execution_options(synchronize_session=False)
        )
    ).all()
    mailing.failed -= len(rows)
    return len(rows)


async def finish(session: Session, mailing_id: int, now: datetime) -> bool:
    """End a mailing if all its messages have come to an end. Gives whether it did."""
    result = await session.execute(
        update(Mailing)
        .where(Mailing.id == mailing_id, Mailing.state == MailingState.GOING, Mailing.total <= _OVER)
        .values(state=MailingState.DONE, ended_at=now, paused_at=None)
        .execution_options(synchronize_session=False)
    )
    return bool(changed(result))
