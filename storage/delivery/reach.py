"""Which accounts can be written to now, and which of a person's: the rules that every message is addressed by.

An account can be written to while nothing says that it cannot be reached, and while its messenger's time after the
person's last message has not run out; ``closed`` is a mapping of channels to the moment since which somebody must have
written there. Of those of a person, the one on the channel that they chose to be told on, else the one they used last.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, func, not_, or_

from storage.people.tables import Account, Person

#: Channels, each with the moment since which somebody must have written to be written to.
Closed = Mapping[str, datetime]
#: Why a message waits: until they write, or somewhere else can be reached.
WAITS = "window"


def can_be_written_to(channels: Sequence[str]) -> ColumnElement[bool]:
    """Whether an account can; ``channels`` are those of a :data:`Closed`, whose moments :func:`moments` binds."""
    run_out = (
        and_(Account.channel == name, Account.last_seen_at <= bindparam(f"closed_{name}"))
        for name in sorted(channels)
    )
    return and_(Account.closed_at.is_(None), not_(or_(false(), *run_out)))


def moments(closed: Closed) -> dict[str, datetime]:
    """The parameters of :func:`can_be_written_to`."""
    return {f"closed_{name}": since for name, since in closed.items()}


def best_last(channels: Sequence[str]) -> tuple[ColumnElement[Any], ...]:
    """The order of a person's accounts, the one to write to last. ``Person`` must be among what is selected from."""
    is_chosen = func.coalesce(Account.channel == Person.notify_channel, false())
    return can_be_written_to(channels), is_chosen, Account.last_seen_at, Account.id  # type: ignore[return-value]  # columns


def best_first(channels: Sequence[str]) -> tuple[ColumnElement[Any], ...]:
    """The order of a person's accounts, the one to write to first."""
    return tuple(one.desc() for one in best_last(channels))
