"""How often codes may be tried: whoever guesses has to wait, wherever they do it.

Only a wrong code is written down, and where no kill and no other process forgets it. What is counted are the accounts
as the messengers call them: a guest who leaves, and comes back as a new one, has not forgotten for us.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.act import Act
from bot.services.people import passes
from bot.services.people.passes import Opened
from bot.services.refusal import Refusal
from storage.people.tables import Account, PassKind, WrongCode

#: So many wrong codes of one person's accounts together ...
MOST = 10
#: ... within this time, and none of theirs is looked at until there are fewer.
WINDOW = timedelta(minutes=10)


async def look(act: Act, account_id: int, code: str, *kinds: PassKind) -> Opened | None:
    """Like :func:`bot.services.people.people.passes.look`, for somebody who typed a code; one that opens nothing is counted.

    What was counted has to be committed: a refusal after it would take it back. Raises :class:`Refusal`, for right
    codes too, after :data:`MOST` wrong ones.
    """
    account = await act.session.get(Account, account_id)
    if account is None or not passes.normal(code):
        return None
    until = await closed_until(act, account)
    if until is not None:
        raise Refusal("passes.too_often", n=-((act.now - until) // timedelta(minutes=1)))
    opened = await passes.look(act, code, *kinds)
    if opened is None:
        await act.session.execute(
            delete(WrongCode).where(
                WrongCode.channel == account.channel,
                WrongCode.account_external_id == account.external_id,
                WrongCode.at <= act.now - WINDOW,
            )
        )
        act.session.add(
            WrongCode(channel=account.channel, account_external_id=account.external_id, at=act.now)
        )
        await act.session.flush()
    return opened


async def closed_until(act: Act, account: Account) -> datetime | None:
    """Until when no code from this account, or its person's others, is looked at; None when one may be tried."""
    of_person = exists().where(
        Account.channel == WrongCode.channel,
        Account.external_id == WrongCode.account_external_id,
        Account.person_id == account.person_id,
    )
    of_account = and_(
        WrongCode.channel == account.channel, WrongCode.account_external_id == account.external_id
    )
    newest = await act.session.scalars(
        select(WrongCode.at)
        .where(WrongCode.at > act.now - WINDOW, or_(of_account, of_person))
        .order_by(WrongCode.at.desc())
        .limit(MOST)
    )
    at = newest.all()
    return at[-1] + WINDOW if len(at) == MOST else None


async def forget(session: AsyncSession, now: datetime) -> None:
    """What is older than it counts for need not be known."""
    await session.execute(delete(WrongCode).where(WrongCode.at <= now - WINDOW))
