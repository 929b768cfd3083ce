"""Taking a name, a file's name or a sentence out of every place in which anybody may be named."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Column, Table, Text, and_, cast, or_, select, update

from storage.base import Base
from storage.dialect import is_postgresql
from storage.engine import Session
from storage.people.tables import Account
from storage.registry import REGISTRY, MayHold

#: Changes one text.
Change = Callable[[str], str]


def changed(value: Any, change: Change) -> Any:  # noqa: ANN401 - JSON
    """JSON with each of its texts changed; what is not text stays."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: changed(one, change) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [changed(one, change) for one in value]
    return value


def places() -> Iterable[Column[Any]]:
    """The columns in which anybody may be named."""
    for name, holds in REGISTRY.items():
        if holds is MayHold.WORDS:
            table, _, column = name.partition(".")
            yield Base.metadata.tables[table].columns[column]


async def scrub(session: Session, said: Sequence[str], change: Change) -> int:
    """Change each text that has one of these in it, wherever it stands; gives how many rows changed.

    A chat's bubbles count as changed, so that browsers which show them hear of it.
    """
    found = 0
    for column in places():
        found += await _in_column(session, column, said, change)
    await session.flush()
    return found


async def _in_column(session: Session, column: Column[Any], said: Sequence[str], change: Change) -> int:
    table = Base.metadata.tables[str(column.table)]
    keys = list(table.primary_key.columns)
    is_json = isinstance(column.type, JSON)
    looked_for = set(said)
    if is_json and not is_postgresql(session):
        # There JSON is kept as the text that was written, with all but ASCII escaped.
        looked_for |= {json.dumps(one)[1:-1] for one in said}
    text = cast(column, Text)
    has = or_(*(text.contains(one, autoescape=True) for one in sorted(looked_for)))
    number = 0
    for row in (await session.execute(select(*keys, column).where(has))).all():
        before = row[-1]
        after = changed(before, change)
        if after == before:
            continue
        this = and_(*(key == value for key, value in zip(keys, row[:-1], strict=True)))
        values = {column.name: after}
        if table.name == "event_words":
            # Words that were changed prove nothing any more, and say so.
            values["salt"] = None
        await session.execute(
            update(table).where(this).values(values).execution_options(synchronize_session=False)
        )
        if table.name == "transcript_line":
            await _is_newer(session, table, row[0])
        number += 1
    return number


async def _is_newer(session: Session, table: Table, line_id: int) -> None:
    account_id = await session.scalar(select(table.c.account_id).where(table.c.id == line_id))
    rev = await session.scalar(
        update(Account)
        .where(Account.id == account_id)
        .values(transcript_rev=Account.transcript_rev + 1)
        .returning(Account.transcript_rev)
        .execution_options(synchronize_session=False)
    )
    if rev is not None:
        await session.execute(
            update(table)
            .where(table.c.id == line_id)
            .values(rev=rev)
            .execution_options(synchronize_session=False)
        )
