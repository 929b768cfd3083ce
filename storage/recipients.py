"""The people of a mailing, with all that decides whether, when and where each is written to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Account, Conversation, Person, Shift, Unit


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whom a mailing may go to. Without an account that can be reached ``account_id`` is empty."""

    person_id: int
    name: str
    language: str
    unit_id: int | None
    unit_path: str
    shift: Shift | None
    #: Registered, and neither gone nor erased.
    is_here: bool
    wants_reminders: bool
    #: Since when a form is open before them; empty when none is.
    in_form_since: datetime | None
    account_id: int | None
    channel: str
    chat: str


_READERS = (
    select(
        Person.id,
        Person.name,
        Person.language,
        Person.unit_id,
        Unit.path,
        Person.shift,
        Person.registered_at,
        Person.erased_at,
        Person.reminders_off_at,
        Conversation.form.is_not(None),
        Conversation.updated_at,
    )
    .join(Unit, Unit.id == Person.unit_id, isouter=True)
    .join(Conversation, Conversation.person_id == Person.id, isouter=True)
    .where(Person.id.in_(bindparam("people", expanding=True)))
)
_ACCOUNTS = (
    select(Account.person_id, Account.id, Account.channel, Account.chat_id)
    .where(Account.person_id.in_(bindparam("people", expanding=True)), Account.unreachable_since.is_(None))
    .order_by(Account.last_seen_at, Account.id)
)


async def load(session: AsyncSession, people: Sequence[int], channels: Sequence[str]) -> dict[int, Reader]:
    """These people by id, each with the account they used last of those that these channels reach."""
    if not people:
        return {}
    reached: dict[int, tuple[int, str, str]] = {}
    for person_id, account_id, channel, chat in await session.execute(_ACCOUNTS, {"people": list(people)}):
        if channel in channels:
            reached[person_id] = (account_id, channel, chat)  # the later row is the one used later
    found = {}
    for row in await session.execute(_READERS, {"people": list(people)}):
        number, name, language, unit_id, path, shift, registered, erased, off, in_form, since = row
        account = reached.get(number)
        found[number] = Reader(
            person_id=number,
            name=name,
            language=language,
            unit_id=unit_id,
            unit_path=path or "",
            shift=shift,
            is_here=registered is not None and erased is None and unit_id is not None,
            wants_reminders=off is None,
            in_form_since=since if in_form else None,
            account_id=account[0] if account else None,
            channel=account[1] if account else "",
            chat=account[2] if account else "",
        )
    return found
