"""What can be chosen where there are no buttons: the list that is pending in a chat, and the choices of notices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.conversation.tables import Offer
from storage.people.tables import Account

#: How many of a chat's notices can still be answered by their codes.
KEPT = 60

_SAVE = (
    update(cast("Table", Account.__table__))
    .where(Account.id == bindparam("an_account"))
    .values(menu=bindparam("a_menu"))
)


async def save(session: AsyncSession, menus: Sequence[tuple[int, dict[str, Any] | None]]) -> None:
    """Store the lists that are pending in these chats from now on."""
    if menus:
        rows = [{"an_account": account_id, "a_menu": menu} for account_id, menu in menus]
        await (await session.connection()).execute(_SAVE, rows)


async def next_number(session: AsyncSession, account_id: int) -> int | None:
    """The number of a chat's next notice; None when the chat is gone. No number is given twice."""
    return cast(
        "int | None",
        await session.scalar(
            update(Account)
            .where(Account.id == account_id)
            .values(last_offer=Account.last_offer + 1)
            .returning(Account.last_offer)
            .execution_options(synchronize_session=False)
        ),
    )


async def offer(
    session: AsyncSession, account_id: int, number: int, choices: Sequence[Sequence[str]], now: datetime
) -> None:
    """Note the choices of a notice; those of long ago are forgotten."""
    await session.execute(
        insert(Offer).values(
            account_id=account_id, number=number, choices=[list(one) for one in choices], made_at=now
        )
    )
    old = and_(Offer.account_id == account_id, Offer.number <= number - KEPT)
    await session.execute(delete(Offer).where(old).execution_options(synchronize_session=False))


async def offered(session: AsyncSession, account_id: int, number: int) -> Sequence[Sequence[str]]:
    """The choices of a notice; empty when there is no such notice, or when it was long ago."""
    found = await session.scalar(
        select(Offer.choices).where(Offer.account_id == account_id, Offer.number == number)
    )
    return found or ()


async def all_offered(session: AsyncSession, account_id: int) -> Sequence[Sequence[str]]:
    """The choices of all notices that can still be answered, the newest notice first."""
    rows = await session.scalars(
        select(Offer.choices).where(Offer.account_id == account_id).order_by(Offer.number.desc())
    )
    return [choice for choices in rows for choice in choices]
