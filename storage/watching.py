"""Watching what a session writes: which rows are inserted, and which columns of others change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, UOWTransaction


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row that was inserted, or its key and the columns that changed."""

    table: str
    key: tuple[Any, ...]
    columns: Mapping[str, Any]


class RowWatch:
    """Notes rows from now on; what is rolled back is forgotten. End with :meth:`ends`."""

    def __init__(self, session: AsyncSession, rows: list[StoredRow]) -> None:
        """``rows`` is filled as they are written."""
        self._rows = rows
        self._async = session
        self._session = session.sync_session
        event.listen(self._session, "after_flush", self._flushed)
        event.listen(self._session, "after_soft_rollback", self._undone)

    async def ends(self) -> None:
        """Write what is left unwritten, and watch no more."""
        await self._async.flush()
        event.remove(self._session, "after_flush", self._flushed)
        event.remove(self._session, "after_soft_rollback", self._undone)

    def _flushed(self, session: Session, _context: UOWTransaction) -> None:
        for one in session.new:
            self._row(one, None)
        for one in session.dirty:
            attributes = inspect(one).attrs
            changed = {name for name in _names(one) if attributes[name].history.has_changes()}
            if changed:
                self._row(one, changed)

    def _row(self, one: Any, changed: set[str] | None) -> None:  # noqa: ANN401 - a row of any table
        mapper = inspect(one).mapper
        wanted = (
            changed | {mapper.get_property_by_column(key).key for key in mapper.primary_key}
            if changed
            else None
        )
        columns = {name: getattr(one, name) for name in _names(one) if wanted is None or name in wanted}
        key = tuple(mapper.primary_key_from_instance(one))
        self._rows.append(StoredRow(one.__tablename__, key, columns))

    def _undone(self, _session: Session, _previous: object) -> None:
        self._rows.clear()


def _names(row: Any) -> list[str]:  # noqa: ANN401 - a row of any table
    return [attribute.key for attribute in inspect(row).mapper.column_attrs]
