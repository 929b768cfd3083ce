"""Who can sit at the terminal: people of the database by their name, each with an account of their own here."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from bot.channels.terminal.channel import NAME
from bot.conversation.text import fold
from storage.conversation import conversations
from storage.delivery import outbox
from storage.engine import Session
from storage.mailings import ledger
from storage.people import finding

_NEWCOMER = "guest-"
#: More people of one name are not listed.
MOST_NAMED = 20


def newcomer() -> str:
    """The account of somebody who has never been here."""
    return _NEWCOMER + secrets.token_hex(3)


async def known_newcomer(session: Session, typed: str) -> str | None:
    """The account of somebody who came as a newcomer, if there is such a one."""
    is_known = typed.startswith(_NEWCOMER) and await finding.account(session, NAME, typed) is not None
    return typed if is_known else None


async def named(session: Session, typed: str) -> list[finding.Namesake]:
    """Registered people of a name, with or without its diacritics, or by their number.

    Those of exactly that name; without any, those whose name has all its words.
    """
    folded, number = fold(typed), typed.strip()
    if not folded:
        return []
    if number.isascii() and number.isdecimal() and len(number) < 10:
        return await finding.registered(session, limit=MOST_NAMED, number=int(number))
    exactly = await finding.registered(session, limit=MOST_NAMED, name=folded)
    return exactly or await finding.registered(session, limit=MOST_NAMED, words=folded.split())


async def account_of(session: Session, person_id: int, now: datetime, *, away: bool = False) -> str:
    """A person's account here, made when they have none; ``away``: one that is made waits for them to sit down."""
    found = await finding.account_of(session, NAME, person_id)
    if found is not None:
        return found
    name = f"person-{person_id}"
    await finding.add_account(session, NAME, name, person_id, now, away=away)
    return name


async def sits_down(session: Session, account: str, now: datetime) -> None:
    """Somebody is at the terminal now: what waited for them goes on its way."""
    found = await finding.account(session, NAME, account)
    if found is not None:
        account_id, person_id = found
        await conversations.touch(session, [account_id], now)
        await outbox.wake(session, [person_id], now)
        await ledger.wake(session, [person_id], now)


async def elsewhere(session: Session, here: Iterable[str]) -> list[str]:
    """The channels on which people are and which are not run here."""
    return sorted(await finding.channels(session) - set(here))
