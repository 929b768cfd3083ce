"""Finding registered people by name or number, and what they have on one channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.conversation.tables import Conversation
from storage.people.tables import Account, Person, TeamChat
from storage.units.tables import Unit


@dataclass(frozen=True, slots=True)
class Namesake:
    """A registered person, and their unit's name."""

    id: int
    name: str
    unit: str


async def registered(
    session: AsyncSession, *, limit: int, number: int | None = None, name: str = "", words: Sequence[str] = ()
) -> list[Namesake]:
    """The registered people of a number, a folded name, or all of these folded words."""
    statement = (
        select(Person.id, Person.name, Unit.name.label("unit"))
        .join(Unit, Unit.id == Person.unit_id, isouter=True)
        .where(Person.registered_at.is_not(None), Person.erased_at.is_(None))
        .order_by(Person.name_folded, Person.id)
        .limit(limit)
    )
    if number is not None:
        statement = statement.where(Person.id == number)
    if name:
        statement = statement.where(Person.name_folded == name)
    statement = statement.where(*(Person.name_folded.contains(word, autoescape=True) for word in words))
    return [Namesake(row.id, row.name, row.unit or "") for row in await session.execute(statement)]


async def account(session: AsyncSession, channel: str, external_id: str) -> tuple[int, int] | None:
    """The account's id and whose it is; None when there is no such account."""
    row = (
        await session.execute(
            select(Account.id, Account.person_id).where(
                Account.channel == channel, Account.external_id == external_id
            )
        )
    ).one_or_none()
    return None if row is None else (row.id, row.person_id)


async def account_of(session: AsyncSession, channel: str, person_id: int) -> str | None:
    """A person's account on a channel: the one they used last."""
    found: str | None = await session.scalar(
        select(Account.external_id)
        .where(Account.channel == channel, Account.person_id == person_id)
        .order_by(Account.last_seen_at.desc(), Account.id)
        .limit(1)
    )
    return found


async def add_account(
    session: AsyncSession, channel: str, external_id: str, person_id: int, now: datetime, *, away: bool
) -> None:
    """Give a person an account; ``away``: nothing is sent there before they first write from it."""
    if await session.get(Conversation, person_id) is None:
        session.add(Conversation(person_id=person_id, form=None, updated_at=now))
    session.add(
        Account(
            channel=channel,
            external_id=external_id,
            chat_id=external_id,
            person_id=person_id,
            last_seen_at=now,
            closed_at=now if away else None,
        )
    )
    await session.flush()


async def channels(session: AsyncSession) -> frozenset[str]:
    """The channels on which anybody has an account or a team its chat."""
    names = set((await session.scalars(select(Account.channel).distinct())).all())
    names |= set((await session.scalars(select(TeamChat.channel).distinct())).all())
    return frozenset(names)
