"""Mailings as they are kept: one message to many people, a row for each of them, and how far each has come.

A mailing is a moment of a campaign, or a broadcast. Its rows are made in pieces, in the order of people, so that the
database answers others meanwhile; they are claimed in the same order, from where the last claim ended.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.base import Base
from storage.delivery.reach import WAITS
from storage.dialect import among
from storage.mailings.audience import Audience, people, reach
from storage.mailings.tables import FINAL, Delivery, DeliveryState, Mailing, MailingState, Reminded
from storage.people.tables import Person

_DELIVERY = cast("Table", Delivery.__table__)
#: Ids that are looked through for the people of one piece, in pieces.
_STRETCH = 16
#: From so many rows on a table's statistics are made anew.
_MANY = 10_000


def _insert(session: AsyncSession, table: type[Base]) -> Any:  # noqa: ANN401 - the two dialects' own types
    return (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert)(table)


async def plan(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Add mailings; one whose key is there already stays as it is."""
    if rows:
        await session.execute(
            _insert(session, Mailing).on_conflict_do_nothing(index_elements=[Mailing.key]), list(rows)
        )


async def due(session: AsyncSession, now: datetime, limit: int = 20) -> Sequence[Mailing]:
    """Mailings whose moment has come, and those whose rows are still being made; taken for this transaction."""
    statement = (
        select(Mailing)
        .where(
            Mailing.state.in_([MailingState.PLANNED, MailingState.MAKING]),
            Mailing.due_at <= now,
            Mailing.paused_at.is_(None),
        )
        .order_by(Mailing.due_at, Mailing.id)
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        statement = statement.with_for_update(skip_locked=True)
    return (await session.scalars(statement)).all()


async def make_rows(session: AsyncSession, mailing: Mailing, path: str, piece: int) -> bool:
    """Make the next rows of a mailing, for ``piece`` people of its audience at most; whether there are more to make.

    ``path`` is that of the audience's unit. A stretch of people is chosen first, and only about them is asked what
    the audience wants: a piece takes the same time wherever it is, and however few of so many are meant.
    """
    audience = Audience.from_json(mailing.audience)
    last = await session.scalar(select(func.max(Person.id))) or 0
    upto = min(mailing.made_to + piece * _STRETCH, last)
    stretch = and_(Person.id > mailing.made_to, Person.id <= upto)
    within = (
        select(Person.id).where(stretch, reach(audience, path)).order_by(Person.id).limit(piece).subquery()
    )
    number, highest = (await session.execute(select(func.count(), func.max(within.c.id)))).one()
    if number == piece:
        upto = highest
    if number:
        some = people(audience, path).where(Person.id > mailing.made_to, Person.id <= upto).subquery()
        made = await session.execute(
            insert(_DELIVERY).from_select(
                ["mailing_id", "person_id", "state"],
                select(literal(mailing.id), some.c.id, literal(DeliveryState.PENDING.value)),
            )
        )
        mailing.total += made.rowcount  # type: ignore[attr-defined]
    # Nobody is there twice: how far the rows are made is committed with them.
    mailing.made_to = upto
    return upto < last


async def all_made(session: AsyncSession, mailing: Mailing) -> None:
    """Many rows are there at once: PostgreSQL has to know before the next statements are planned."""
    if mailing.total >= _MANY and session.get_bind().dialect.name == "postgresql":
        await session.execute(text("ANALYZE delivery"))


async def going(session: AsyncSession, now: datetime) -> Sequence[Mailing]:
    """Mailings that are being sent, the most urgent first."""
    return (
        await session.scalars(
            select(Mailing)
            .where(Mailing.state == MailingState.GOING, Mailing.paused_at.is_(None), Mailing.due_at <= now)
            .order_by(Mailing.lane, Mailing.due_at, Mailing.id)
            .execution_options(populate_existing=True)
        )
    ).all()


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
    session: AsyncSession,
    mailing_id: int,
    now: datetime,
    *,
    process: int,
    after: int,
    limit: int,
    fresh: bool = True,
) -> tuple[list[int], list[int]]:
    """Mark the next people as being written to: those who wait for a moment that has come, then the next in order.

    Gives both lists of person ids. Commit before sending anything. ``process`` claims them; ``after`` is the last person of the second list
    claimed before; whoever came back since (``not_before`` empty and behind it) needs another walk from 0. Without
    ``fresh`` only those are taken who waited.
    """
    lock = session.get_bind().dialect.name == "postgresql"
    again_statement = _AGAIN.with_for_update(skip_locked=True) if lock else _AGAIN
    next_statement = _NEXT.with_for_update(skip_locked=True) if lock else _NEXT
    again = list(
        (
            await session.scalars(again_statement, {"a_mailing": mailing_id, "a_now": now, "a_limit": limit})
        ).all()
    )
    following: list[int] = []
    if fresh and len(again) < limit:
        following = list(
            (
                await session.scalars(
                    next_statement, {"a_mailing": mailing_id, "a_after": after, "a_limit": limit - len(again)}
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


async def write_results(
    session: AsyncSession, results: Sequence[Result], now: datetime, counts: Counts
) -> None:
    """Write what became of claimed messages, and add to ``counts`` what :func:`count_results` is to count.

    Most of many results are the same, so one statement writes each kind. Only what was still claimed is counted:
    what somebody else has given up on meanwhile stays as it is.
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
            of_mailing[state.value] = of_mailing.get(state.value, 0) + written.rowcount  # type: ignore[attr-defined]


async def count_results(session: AsyncSession, counts: Counts) -> dict[int, int]:
    """Count what was written. Gives how many are left of each mailing.

    Once in a transaction, as the last thing of it, and always in the same order: so two processes that count the same
    mailings never wait for each other.
    """
    return {
        mailing_id: await _count(session, mailing_id, counts[mailing_id]) for mailing_id in sorted(counts)
    }


_OVER = Mailing.sent + Mailing.blocked + Mailing.failed + Mailing.uncertain + Mailing.skipped


async def _count(session: AsyncSession, mailing_id: int, more: Mapping[str, int]) -> int:
    """Add to a mailing's counts; gives how many are left."""
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


async def give_up_on(session: AsyncSession, processes: Sequence[int]) -> Mapping[int, int]:
    """Messages that these processes were sending when they died: nobody knows whether they left.

    Gives how many in each mailing, which counts them.
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


async def wake(session: AsyncSession, people: Sequence[int], now: datetime) -> None:
    """These people can be written to again: what waited for that goes now."""
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


async def waiting(session: AsyncSession, mailing_id: int) -> int:
    """How many of a mailing wait until somebody writes again."""
    statement = select(func.count()).where(
        Delivery.mailing_id == mailing_id,
        Delivery.state == DeliveryState.PENDING,
        Delivery.not_before.is_not(None),
        Delivery.error == WAITS,
    )
    return await session.scalar(statement) or 0


async def let_go(session: AsyncSession, process: int, now: datetime) -> None:
    """Messages that this process has claimed, and surely is not sending: they wait again."""
    await session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.SENDING, Delivery.claimed_by == process)
        .values(state=DeliveryState.PENDING, not_before=now)
        .execution_options(synchronize_session=False)
    )


async def try_again(session: AsyncSession, mailing: Mailing) -> int:
    """Let the failed messages of a mailing be sent once more. Returns how many."""
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


async def reasons(session: AsyncSession, mailing_id: int) -> dict[tuple[DeliveryState, str], int]:
    """How many did not get it, by state and reason."""
    rows = await session.execute(
        select(Delivery.state, func.coalesce(Delivery.error, ""), func.count())
        .where(
            Delivery.mailing_id == mailing_id,
            Delivery.state.in_([state for state in FINAL if state is not DeliveryState.SENT]),
        )
        .group_by(Delivery.state, Delivery.error)
    )
    return {(state, error): number for state, error, number in rows}


#: A number of our own for PostgreSQL's advisory locks; whoever takes people's days has it.
_REMIND_LOCK = 5_182_023

#: States in which a message surely has not left and will not: it leaves the day to another. What failed for a reason
#: of ours may have been read.
_SURELY_NOT = or_(
    Delivery.state.in_([DeliveryState.BLOCKED, DeliveryState.SKIPPED]),
    and_(Delivery.state == DeliveryState.FAILED, Delivery.error.in_(["not_sent", "refused"])),
)


async def remind(
    session: AsyncSession, mailing_id: int, day: date, people: Sequence[int]
) -> tuple[set[int], set[int]]:
    """Take the one reminder of a day for these people.

    Gives those for whom it is this mailing's, and those of the rest whose other mailing has not left yet, so that the
    day may become free again.
    """
    if not people:
        return set(), set()
    if session.get_bind().dialect.name == "postgresql":
        # A turn takes days for several mailings, and two processes may want the same people in another order.
        await session.execute(text(f"SELECT pg_advisory_xact_lock({_REMIND_LOCK})"))
    statement = _insert(session, Reminded).on_conflict_do_nothing().returning(Reminded.person_id)
    rows = [{"day": day, "person_id": one, "mailing_id": mailing_id} for one in sorted(people)]
    mine = set((await session.execute(statement, rows)).scalars())
    had = sorted(set(people) - mine)
    if not had:
        return mine, set()
    of_holder = (Delivery.mailing_id == Reminded.mailing_id, Delivery.person_id == Reminded.person_id)
    theirs = (Reminded.day == day, Reminded.person_id.in_(had))
    # Asked first: what comes to its end before the second statement is waited for or taken, and not passed over.
    waiting = (
        await session.scalars(
            select(Reminded.person_id)
            .join(Delivery, and_(*of_holder))
            .where(
                *theirs,
                Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]),
                Reminded.mailing_id != mailing_id,
            )
        )
    ).all()
    mine |= set(
        await session.scalars(
            update(Reminded)
            .where(
                *theirs,
                or_(
                    Reminded.mailing_id == mailing_id,
                    exists().where(*of_holder, _SURELY_NOT).correlate(Reminded),
                ),
            )
            .values(mailing_id=mailing_id)
            .returning(Reminded.person_id)
            .execution_options(synchronize_session=False)
        )
    )
    return mine, set(waiting)


async def forget_reminded(session: AsyncSession, before: date) -> None:
    """Days long past need not be known."""
    await session.execute(
        delete(Reminded).where(Reminded.day < before).execution_options(synchronize_session=False)
    )


async def finish(session: AsyncSession, mailing_id: int, now: datetime) -> bool:
    """End a mailing all of whose messages have come to an end. Whether it did."""
    result = await session.execute(
        update(Mailing)
        .where(Mailing.id == mailing_id, Mailing.state == MailingState.GOING, Mailing.total <= _OVER)
        .values(state=MailingState.DONE, ended_at=now, paused_at=None)
        .execution_options(synchronize_session=False)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]
