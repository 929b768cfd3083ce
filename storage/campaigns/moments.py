"""The mailings of a campaign: each is a moment of its plan."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from storage.engine import Session
from storage.mailings.tables import Mailing, MailingState


async def hold(session: Session, campaign_id: int) -> Sequence[Mailing]:
    """All of them, locked: one whose rows are being made elsewhere has begun by the time it is read here."""
    rows = await session.scalars(
        select(Mailing)
        .where(Mailing.campaign_id == campaign_id)
        .order_by(Mailing.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def in_order(session: Session, campaign_id: int) -> Sequence[Mailing]:
    """All of them, as they are due."""
    rows = await session.scalars(
        select(Mailing).where(Mailing.campaign_id == campaign_id).order_by(Mailing.due_at, Mailing.id)
    )
    return rows.all()


async def that_have_come(session: Session, campaign_id: int, *, offset: int, limit: int) -> Sequence[Mailing]:
    """Those whose moment has come, however they went, the newest first."""
    rows = await session.scalars(
        select(Mailing)
        .where(Mailing.campaign_id == campaign_id, Mailing.state != MailingState.PLANNED)
        .order_by(Mailing.due_at.desc(), Mailing.id.desc())
        .offset(offset)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def change_all(
    session: Session,
    campaign_id: int,
    states: Sequence[MailingState],
    **values: Any,  # noqa: ANN401 - columns
) -> None:
    """Change those that stand at one of these states."""
    await session.execute(
        update(Mailing)
        .where(Mailing.campaign_id == campaign_id, Mailing.state.in_(states))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
