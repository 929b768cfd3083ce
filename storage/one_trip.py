"""SQLite's driver with one trip to its thread for each statement.

aiosqlite makes a trip for each of: opening a cursor, executing, fetching, closing. A trip costs more than most of our
statements do (measured: 0,8 ms a statement with four trips, 0,25 ms with one), so here a statement is executed and its
rows fetched in a single one. All our results are small: what is large is read in pieces.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import aiosqlite


class _Cursor:
    """What SQLAlchemy needs of a cursor; everything is there once ``execute`` has returned."""

    def __init__(self, connection: "OneTripConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """One statement, with all its rows."""
        return await self._go(lambda raw: raw.execute(statement, parameters))

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """One statement for many rows of parameters."""
        return await self._go(lambda raw: raw.executemany(statement, parameters))

    async def _go(self, work: Any) -> Self:  # noqa: ANN401 - a piece of work for the driver's thread
        def trip() -> tuple[Any, list[Any], int, int | None]:
            cursor = work(self._connection.raw)
            try:
                rows = cursor.fetchall() if cursor.description else []
                # Counted only when all rows have been fetched.
                return cursor.description, rows, cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        self.description, self._rows, self.rowcount, self.lastrowid = await self._connection.trip(trip)
        return self

    async def fetchall(self) -> list[Any]:
        """The rows; they are here already."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open."""


class OneTripConnection(aiosqlite.Connection):
    """A connection whose cursors make one trip."""

    @property
    def raw(self) -> sqlite3.Connection:
        """The driver's own connection, for use in its thread."""
        return self._conn

    async def trip(self, work: Any) -> Any:  # noqa: ANN401 - whatever the work gives
        """Do a piece of work in the connection's thread."""
        return await self._execute(work)  # type: ignore[no-untyped-call]  # the library left it untyped

    def cursor(self) -> _Cursor:  # type: ignore[override]
        """A cursor; opening it costs nothing."""
        return _Cursor(self)


class NoTripConnection(OneTripConnection):
    """A connection that works where it is asked, while the event loop stands still."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any:  # noqa: ANN401 - any piece of work
        return fn(*args, **options)


def connect(
    database: str,
    *,
    settings: Sequence[str] = (),
    alone: bool = False,
    **options: Any,  # noqa: ANN401 - sqlite3's own options
) -> OneTripConnection:
    """For SQLAlchemy's ``async_creator_fn``: the options are those of ``sqlite3.connect``.

    ``alone``: nothing else happens in this process meanwhile, so that statements need not go to another thread.

    The settings (``PRAGMA`` statements) are made on the way: there is no moment at which a caller who is cancelled
    leaves a connection behind that nobody has been given yet.
    """

    def open_it() -> sqlite3.Connection:
        raw: sqlite3.Connection = sqlite3.connect(database, **options)
        try:
            for setting in settings:
                raw.execute(setting).close()
        except BaseException:
            raw.close()
            raise
        return raw

    connection = (NoTripConnection if alone else OneTripConnection)(open_it, 64)
    # The thread must not keep a process alive that has ended.
    connection._thread.daemon = True  # noqa: SLF001 - SQLAlchemy does the same with the library's own connections
    return connection
