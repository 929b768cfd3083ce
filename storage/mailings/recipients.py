"""The people of a mailing, with all that decides whether, when and where each is written to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, case, select

from storage.conversation.tables import Conversation
from storage.delivery.reach import Closed, best_last, can_be_written_to, moments
from storage.dialect import among
from storage.engine import Session
from storage.people.tables import Account, Person, Shift
from storage.units.tables import Unit


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whom a mailing may go to. Without an account that can be written to ``account_id`` is empty."""

    person_id: int
    name: str
    language: str
    unit_id: int | None
    unit_path: str
    shift: Shift | None
    #: Registered, and neither gone nor erased; nor have they asked that their data is not used.
    is_here: bool
    wants_reminders: bool
    #: Since when a form is open before them; empty when none is.
    in_form_since: datetime | None
    account_id: int | None
    channel: str
    chat: str
    #: Without an account: the channel on which they can be reached once they write, or it takes more; or empty.
    waits_on: str = ""
    #: The account takes only paid messages now.
    is_closed: bool = False


@lru_cache(maxsize=64)
def _readers(closed: tuple[str, ...]) -> Select[Any]:
    """Kept, because making it costs more than asking it."""
    return (
        select(
            Person.id,
            Person.name,
            Person.language,
            Person.unit_id,
            Unit.path,
            Person.shift,
            Person.registered_at.is_not(None)
            & Person.erased_at.is_(None)
            & Person.restricted_since.is_(None),
            Person.reminders_off_at.is_(None),
            # A moment costs more to read than all the rest, and few have a form open.
            case((Conversation.form.is_not(None), Conversation.updated_at)),
            Account.id,
            Account.channel,
            Account.chat_id,
            can_be_written_to(closed),
        )
        .join(Unit, Unit.id == Person.unit_id, isouter=True)
        .join(Conversation, Conversation.person_id == Person.id, isouter=True)
        .join(
            Account,
            (Account.person_id == Person.id)
            & Account.unreachable_since.is_(None)
            & Account.channel.in_(bindparam("channels", expanding=True)),
            isouter=True,
        )
        .where(among(Person.id, "people"))
        .order_by(*best_last(closed))
    )


async def load(
    session: Session,
    people: Sequence[int],
    channels: Sequence[str],
    closed: Closed,
    paid: Collection[str] = (),
) -> dict[int, Reader]:
    """These people by id, each with the account where they are written to, of those that these channels reach.

    ``paid``: channels over which somebody is written to against payment when nothing else takes it.
    """
    if not people:
        return {}
    found = {}
    values = {"people": people, "channels": list(channels), **moments(closed)}
    for row in await session.execute(_readers(tuple(sorted(closed))), values):
        (
            number,
            name,
            language,
            unit_id,
            path,
            shift,
            is_there,
            wants,
            in_form_since,
            account,
            channel,
            chat,
            is_open,
        ) = row
        # Of somebody's rows the last stays: that of the account where they are written to.
        found[number] = Reader(
            number,
            name,
            language,
            unit_id,
            path or "",
            shift,
            is_there and unit_id is not None,
            wants,
            in_form_since,
            account if is_open or channel in paid else None,
            channel or "",
            chat or "",
            "" if is_open or account is None or channel in paid else channel,
            is_closed=account is not None and not is_open,
        )
    return found
