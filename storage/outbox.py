"""The rows of what the bot still has to say."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Account, Lane, Outbox, OutboxState, Person, TeamChat


async def put(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Add messages; one whose key is there already is the same message, and stays as it is."""
    if not rows:
        return
    dialect = session.get_bind().dialect.name
    statement: Any = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(Outbox)
    await session.execute(statement.on_conflict_do_nothing(index_elements=[Outbox.key]), list(rows))


async def claim(session: AsyncSession, now: datetime, limit: int) -> Sequence[Outbox]:
    """Take what is due, the most urgent first, and mark it as being sent. Commit before sending."""
    statement = (
        select(Outbox)
        .where(Outbox.state == OutboxState.PENDING, Outbox.due_at <= now)
        .order_by(Outbox.lane, Outbox.due_at, Outbox.id)
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        statement = statement.with_for_update(skip_locked=True)
    rows = (await session.scalars(statement)).all()
    for row in rows:
        row.state = OutboxState.SENDING
        row.claimed_at = now
        row.attempts += 1
    return rows


async def give_up_on(session: AsyncSession, claimed_before: datetime) -> int:
    """Messages that were being sent by a process that died: nobody knows whether they left. Returns how many."""
    result = await session.execute(
        update(Outbox)
        .where(Outbox.state == OutboxState.SENDING, Outbox.claimed_at < claimed_before)
        .values(state=OutboxState.UNCERTAIN, error="the process ended while sending")
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


async def set_state(session: AsyncSession, outbox_id: int, **values: Any) -> None:  # noqa: ANN401 - columns
    """Write the result of a sending."""
    await session.execute(update(Outbox).where(Outbox.id == outbox_id).values(**values))


async def address(
    session: AsyncSession, person_id: int, channels: Sequence[str] | None = None
) -> tuple[Account, str] | None:
    """Where a person is reached now, and their language.

    Of the accounts that can be reached (on ``channels``), the one they used last.
    """
    row = (
        await session.execute(
            select(Account, Person.language)
            .join(Person, Person.id == Account.person_id)
            .where(
                Account.person_id == person_id,
                Account.unreachable_since.is_(None),
                *([] if channels is None else [Account.channel.in_(channels)]),
            )
            .order_by(Account.last_seen_at.desc(), Account.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


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
