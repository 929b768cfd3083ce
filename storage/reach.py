"""Which accounts can be written to now: those that can be reached, where the messenger's time has not run out."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.audience import Audience, people
from storage.models import Account


def open_now(closed_before: Mapping[str, datetime]) -> ColumnElement[bool]:
    """Accounts that can be written to. ``closed_before``: by channel the moment since which they must have written."""
    return and_(Account.unreachable_since.is_(None), not_(_closed(closed_before)))


def _closed(closed_before: Mapping[str, datetime]) -> ColumnElement[bool]:
    return or_(
        false(),
        *(
            and_(Account.channel == channel, Account.last_seen_at <= since)
            for channel, since in sorted(closed_before.items())
        ),
    )


async def waiting(
    session: AsyncSession, audience: Audience, path: str, closed_before: Mapping[str, datetime]
) -> dict[str, int]:
    """How many people of an audience have to write first, by the channel that waits for them.

    They have no account that can be written to now, and one whose time has run out. ``path`` is that of the
    audience's unit.
    """
    wanted = people(audience, path).subquery()
    allowed = [Account.channel.in_(audience.channels)] if audience.channels else []
    can = (
        select(Account.id)
        .where(Account.person_id == wanted.c.id, open_now(closed_before), *allowed)
        .correlate(wanted)
        .exists()
    )
    last = (
        select(
            Account.channel,
            func.row_number()
            .over(partition_by=Account.person_id, order_by=(Account.last_seen_at.desc(), Account.id.desc()))
            .label("place"),
        )
        .join(wanted, wanted.c.id == Account.person_id)
        .where(Account.unreachable_since.is_(None), _closed(closed_before), ~can, *allowed)
        .subquery()
    )
    rows = await session.execute(
        select(last.c.channel, func.count()).where(last.c.place == 1).group_by(last.c.channel)
    )
    return {channel: number for channel, number in rows}  # noqa: C416 - a row is no pair for the type checker
