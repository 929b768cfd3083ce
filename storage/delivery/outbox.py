"""The rows of what the bot still has to say."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, event, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as SyncSession

from storage.delivery.reach import WAITS, Closed, best_first, can_be_written_to, moments
from storage.delivery.tables import Lane, Outbox, OutboxState
from storage.dialect import changed, insert
from storage.engine import Database
from storage.people.tables import Account, Person, TeamChat

#: What may have arrived is left for so long before it is decided whether it is told again.
AGAIN_AFTER = timedelta(minutes=10)


async def put(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Add messages; one whose key is there already is the same message, and stays as it is."""
    if not rows:
        return
    statement = insert(session, Outbox)
    await session.execute(statement.on_conflict_do_nothing(index_elements=[Outbox.key]), list(rows))


async def claim(session: AsyncSession, now: datetime, limit: int, process: int) -> Sequence[Outbox]:
    """Take what is due, the most urgent first, and mark it as being sent by ``process``. Commit before sending."""
    statement = (
        select(Outbox)
        .where(Outbox.state == OutboxState.PENDING, Outbox.due_at <= now)
        .order_by(Outbox.lane, Outbox.due_at, Outbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(statement)).all()
    for row in rows:
        row.state = OutboxState.SENDING
        row.claimed_by = process
        row.attempts += 1
    return rows


async def give_up_on(session: AsyncSession, processes: Sequence[int], now: datetime) -> int:
    """Messages that these processes were sending when they died: nobody knows whether they left. Gives how many."""
    rows = await session.scalars(
        select(Outbox).where(Outbox.state == OutboxState.SENDING, Outbox.claimed_by.in_(processes))
    )
    count = 0
    for row in rows:
        for name, value in uncertain(row, now, "the process ended while sending").items():
            setattr(row, name, value)
        count += row.state is OutboxState.UNCERTAIN
    await session.flush()
    return count


def uncertain(row: Outbox, now: datetime, why: str) -> dict[str, Any]:
    """What becomes of a message that may have arrived: columns and values.

    One that changes a message that stands is simply sent again, since changing it twice changes it once. Any other
    waits for whoever decides whether it is told again, once.
    """
    if row.details.get("replaces"):
        return {"state": OutboxState.PENDING, "error": why[:200]}
    again_at = None if row.details.get("again") else now + AGAIN_AFTER
    return {"state": OutboxState.UNCERTAIN, "error": why[:200], "again_at": again_at}


async def write_result(session: AsyncSession, row: Outbox, **values: Any) -> bool:  # noqa: ANN401 - columns
    """Write what became of a claimed message; False when it is not this claim's any more."""
    result = await session.execute(
        update(Outbox)
        .where(Outbox.id == row.id, Outbox.state == OutboxState.SENDING, Outbox.claimed_by == row.claimed_by)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(changed(result))


async def told(session: AsyncSession, outbox_id: int, now: datetime) -> None:
    """A message that may not have arrived was told in another way."""
    await session.execute(
        update(Outbox).where(Outbox.id == outbox_id).values(state=OutboxState.SENT, sent_at=now)
    )


_SEEN = (
    update(Outbox)
    .where(
        Outbox.person_id == bindparam("a_person"),
        Outbox.state == OutboxState.UNCERTAIN,
        Outbox.about == bindparam("a_about"),
    )
    .values(state=OutboxState.SENT, sent_at=bindparam("a_now"))
    .execution_options(synchronize_session=False)
)


async def seen(session: AsyncSession, person_id: int, about: str, now: datetime) -> None:
    """Somebody looked at what messages were about that they may not have got: they know it now."""
    await session.execute(_SEEN, {"a_person": person_id, "a_about": about, "a_now": now})


async def uncertain_since(session: AsyncSession, now: datetime, limit: int) -> Sequence[Outbox]:
    """Messages that may not have arrived, about which it is time to decide whether they are told again."""
    statement = (
        select(Outbox)
        .where(Outbox.state == OutboxState.UNCERTAIN, Outbox.again_at <= now)
        .order_by(Outbox.again_at, Outbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement)).all()


async def has_later(session: AsyncSession, row: Outbox, kind: str) -> bool:
    """Whether there is later news of a kind for the same person about the same thing."""
    about = Outbox.about.is_(None) if row.about is None else Outbox.about == row.about
    statement = select(Outbox.id).where(
        Outbox.person_id == row.person_id, Outbox.kind == kind, about, Outbox.id > row.id
    )
    return await session.scalar(statement.limit(1)) is not None


@lru_cache(maxsize=64)
def _address(closed: tuple[str, ...]) -> Select[Account, str, bool]:
    return (
        select(Account, Person.language, can_be_written_to(closed))
        .join(Person, Person.id == Account.person_id)
        .where(
            Account.person_id == bindparam("person"),
            Account.unreachable_since.is_(None),
            Account.channel.in_(bindparam("channels", expanding=True)),
        )
        .order_by(*best_first(closed))
        .limit(1)
    )


async def address(
    session: AsyncSession,
    person_id: int,
    channels: Sequence[str],
    closed: Closed,
    *,
    account_id: int | None = None,
) -> tuple[Account, str, bool] | None:
    """Where a person is reached on these channels, their language, and whether they can be written to there now.

    ``account_id``: there and nowhere else.
    When they cannot, they can be nowhere before they write.
    """
    values = {"person": person_id, "channels": list(channels), **moments(closed)}
    statement = _address(tuple(sorted(closed)))
    if account_id is not None:
        statement = statement.where(Account.id == account_id)
    row = (await session.execute(statement, values)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def shown(session: AsyncSession, about: str, kinds: Sequence[str]) -> Sequence[Outbox]:
    """Messages about something that stand on somebody's screen."""
    return (
        await session.scalars(
            select(Outbox).where(
                Outbox.about == about,
                Outbox.kind.in_(list(kinds)),
                Outbox.state == OutboxState.SENT,
            )
        )
    ).all()


async def cancel(session: AsyncSession, about: str, kinds: Sequence[str]) -> None:
    """Messages about something that need not be sent any more."""
    await session.execute(
        update(Outbox)
        .where(Outbox.about == about, Outbox.kind.in_(list(kinds)), Outbox.state == OutboxState.PENDING)
        .values(state=OutboxState.CANCELLED)
    )


async def wake(session: AsyncSession, people: Sequence[int], now: datetime) -> None:
    """These people can be written to again: what waited for that goes now."""
    # What somebody else has in hand is being looked at anyway, and nobody waits for anybody.
    waiting = (
        select(Outbox.id)
        .where(Outbox.person_id.in_(people), Outbox.state == OutboxState.PENDING, Outbox.error == WAITS)
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(Outbox)
        .where(Outbox.id.in_(waiting))
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )


_TEAM_CHATS = select(TeamChat).where(
    TeamChat.unit_id.in_(bindparam("units", expanding=True)), TeamChat.unreachable_since.is_(None)
)


async def team_chats(session: AsyncSession, unit_ids: Sequence[int]) -> Sequence[TeamChat]:
    """The group chats of these units' support teams."""
    return (await session.scalars(_TEAM_CHATS, {"units": list(unit_ids)})).all()


_UNCERTAIN = (
    select(Outbox)
    .where(
        Outbox.person_id == bindparam("person"),
        Outbox.state == OutboxState.UNCERTAIN,
        Outbox.lane == Lane.DECISION,
    )
    .order_by(Outbox.id)
    .limit(5)
)


async def uncertain_for(session: AsyncSession, person_id: int) -> Sequence[Outbox]:
    """Messages that a person may not have got."""
    return (await session.scalars(_UNCERTAIN, {"person": person_id})).all()


async def account_at(session: AsyncSession, channel: str, chat: str) -> Account | None:
    """The account that writes in a chat; none for a group."""
    return await session.scalar(select(Account).where(Account.channel == channel, Account.chat_id == chat))


async def team_chat_moved(session: AsyncSession, channel: str, chat: str, to: str) -> None:
    """A team's group has a new id."""
    await session.execute(
        update(TeamChat)
        .where(TeamChat.channel == channel, TeamChat.chat_id == chat)
        .values(chat_id=to)
        .execution_options(synchronize_session=False)
    )


def wake_after_commit(database: Database, wake: asyncio.Event) -> None:
    """Set ``wake`` as soon as something for the outbox is committed here, rather than at the sender's next look."""

    @event.listens_for(database.writing, "after_commit")
    def ring(session: SyncSession) -> None:
        if session.info.pop("outbox", False):
            wake.set()

    @event.listens_for(database.writing, "do_orm_execute")
    def note(state: ORMExecuteState) -> None:
        if state.is_insert and state.bind_mapper is not None and state.bind_mapper.class_ is Outbox:
            state.session.info["outbox"] = True
