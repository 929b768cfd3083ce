"""How often codes may be tried: whoever guesses has to wait, wherever they do it.

Only a wrong code is written down, and where no kill and no other process forgets it. What is counted are the accounts
as the messengers call them: a guest who leaves, and comes back as a new one, has not forgotten for us.
"""

from datetime import datetime, timedelta

from bot.services.act import Act
from bot.services.people import passes
from bot.services.people.passes import Opened
from bot.services.refusal import Refusal
from storage.people import codes as stored
from storage.people.tables import Account, PassKind

#: After this many wrong codes from one person's accounts together ...
MOST = 10
#: ... within this time, none of theirs is looked at until there are fewer.
WINDOW = timedelta(minutes=10)


async def look(act: Act, account_id: int, code: str, *kinds: PassKind) -> Opened | None:
    """Like :func:`bot.services.people.passes.look`, for a code that somebody typed; counts one that opens nothing.

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
        await stored.note_wrong(act.session, account, act.now, act.now - WINDOW)
    return opened


async def closed_until(act: Act, account: Account) -> datetime | None:
    """Until when codes from this account and its person's others are refused; None when one may be tried."""
    newest = await stored.newest_wrong(act.session, account, act.now - WINDOW, MOST)
    return newest[-1] + WINDOW if len(newest) == MOST else None
