"""Who can sit at the terminal: people of the database by their name, each with an account of their own here."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.terminal.channel import NAME
from bot.conversation.text import fold
from storage import conversations, mailings, outbox
from storage.models import Account, Conversation, Person, TeamChat, Unit

_NEWCOMER = "guest-"
#: More people of one name are not listed.
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Namesake:
    """A registered person."""

    id: int
    name: str
    unit: str


def newcomer() -> str:
    """The account of somebody who has never been here."""
    return _NEWCOMER + secrets.token_hex(3)


async def known_newcomer(session: AsyncSession, typed: str) -> str | None:
    """The account of somebody who came as a newcomer, if there is such a one."""
    if not typed.startswith(_NEWCOMER):
        return None
    found: str | None = await session.scalar(
        select(Account.external_id).where(Account.channel == NAME, Account.external_id == typed)
    )
    return found


async def named(session: AsyncSession, typed: str) -> list[Namesake]:
    """Registered people of a name, with or without its diacritics, or by their number.

    Those of exactly that name; without any, those whose name has all its words.
    """
    statement = (
        select(Person.id, Person.name, Unit.name.label("unit"))
        .join(Unit, Unit.id == Person.unit_id, isouter=True)
        .where(Person.registered_at.is_not(None), Person.erased_at.is_(None))
        .order_by(Person.name_folded, Person.id)
        .limit(MOST_NAMED)
    )
    folded = fold(typed)
    if not folded:
        return []
    has_all = [Person.name_folded.contains(word, autoescape=True) for word in folded.split()]
    attempts = [[Person.name_folded == folded], has_all]
    number = typed.strip()
    if number.isascii() and number.isdecimal() and len(number) < 10:
        attempts = [[Person.id == int(number)]]
    for conditions in attempts:
        rows = (await session.execute(statement.where(*conditions))).all()
        if rows:
            return [Namesake(row.id, row.name, row.unit or "") for row in rows]
    return []


async def account_of(session: AsyncSession, person_id: int, now: datetime, *, away: bool = False) -> str:
    """A person's account here, made when they have none; ``away``: one that is made waits for them to sit down."""
    found: str | None = await session.scalar(
        select(Account.external_id)
        .where(Account.channel == NAME, Account.person_id == person_id)
        .order_by(Account.last_seen_at.desc(), Account.id)
        .limit(1)
    )
    if found is not None:
        return found
    name = f"person-{person_id}"
    if await session.get(Conversation, person_id) is None:
        session.add(Conversation(person_id=person_id, form=None, updated_at=now))
    session.add(
        Account(
            channel=NAME,
            external_id=name,
            chat_id=name,
            person_id=person_id,
            last_seen_at=now,
            closed_at=now if away else None,
        )
    )
    await session.flush()
    return name


async def sits_down(session: AsyncSession, account: str, now: datetime) -> None:
    """Somebody is at the terminal now: what waited for them goes on its way."""
    row = (
        await session.execute(
            select(Account.id, Account.person_id).where(
                Account.channel == NAME, Account.external_id == account
            )
        )
    ).one_or_none()
    if row is not None:
        await conversations.touch(session, [row.id], now)
        await outbox.wake(session, [row.person_id], now)
        await mailings.wake(session, [row.person_id], now)


async def elsewhere(session: AsyncSession, here: Iterable[str]) -> list[str]:
    """The channels on which people are and which are not run here."""
    names = set((await session.scalars(select(Account.channel).distinct())).all())
    names |= set((await session.scalars(select(TeamChat.channel).distinct())).all())
    return sorted(names - set(here))
