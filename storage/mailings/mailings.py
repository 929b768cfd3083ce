"""Mailings as they are read: those that are going, one of them, and what became of its messages."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from storage.delivery.reach import WAITS
from storage.engine import Session
from storage.mailings.tables import FINAL, Delivery, DeliveryState, Mailing, MailingState
from storage.people.tables import Person, Role, RoleGrant
from storage.units.tables import Unit
from storage.units.tree import below, path_ids


async def going(session: Session, now: datetime) -> Sequence[Mailing]:
    """Mailings that are being sent, the most urgent first."""
    return (
        await session.scalars(
            select(Mailing)
            .where(Mailing.state == MailingState.GOING, Mailing.paused_at.is_(None), Mailing.due_at <= now)
            .order_by(Mailing.lane, Mailing.due_at, Mailing.id)
            .execution_options(populate_existing=True)
        )
    ).all()


async def waiting(session: Session, mailing_id: int) -> int:
    """How many messages of a mailing wait until their reader writes again."""
    statement = select(func.count()).where(
        Delivery.mailing_id == mailing_id,
        Delivery.state == DeliveryState.PENDING,
        Delivery.not_before.is_not(None),
        Delivery.error == WAITS,
    )
    return await session.scalar(statement) or 0


async def reasons(session: Session, mailing_id: int) -> dict[tuple[DeliveryState, str], int]:
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


async def hold(session: Session, mailing_id: int) -> Mailing | None:
    """A mailing, locked: pausing, confirming and taking back happen one after the other."""
    found: Mailing | None = await session.scalar(
        select(Mailing)
        .where(Mailing.id == mailing_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def lately(
    session: Session, kind: str, *, author_id: int | None, paths: Sequence[str], offset: int, limit: int
) -> Sequence[Mailing]:
    """Mailings of a kind, the newest first: those of an author, and those of these subtrees but their drafts."""
    rows = await session.scalars(
        select(Mailing)
        .join(Unit, Unit.id == Mailing.unit_id)
        .where(
            Mailing.kind == kind,
            or_(Mailing.created_by == author_id, *(below(path) for path in paths)),
            or_(Mailing.state != MailingState.DRAFT, Mailing.created_by == author_id),
        )
        .order_by(Mailing.created_at.desc(), Mailing.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return rows.all()


async def others_since(session: Session, mailing: Mailing, since: datetime) -> Sequence[Mailing]:
    """Other mailings of its kind and unit that were written since then and confirmed."""
    rows = await session.scalars(
        select(Mailing).where(
            Mailing.unit_id == mailing.unit_id,
            Mailing.kind == mailing.kind,
            Mailing.id != mailing.id,
            Mailing.created_at >= since,
            Mailing.state.not_in([MailingState.DRAFT, MailingState.CANCELLED]),
        )
    )
    return rows.all()


async def may_agree(
    session: Session, path: str, roles: Collection[Role], *, besides: int | None, given_by: Collection[int]
) -> Sequence[int]:
    """Registered people with one of these roles in the unit of a path or above it, except one person.

    ``given_by``: roles that one of these gave do not count.
    """
    rows = await session.scalars(
        select(RoleGrant.person_id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.unit_id.in_(path_ids(path)),
            RoleGrant.role.in_(roles),
            RoleGrant.revoked_at.is_(None),
            Person.registered_at.is_not(None),
            RoleGrant.person_id != besides,
            or_(RoleGrant.granted_by.is_(None), RoleGrant.granted_by.not_in(list(given_by))),
        )
        .distinct()
        .order_by(RoleGrant.person_id)
    )
    return rows.all()
