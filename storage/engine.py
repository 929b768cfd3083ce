"""Opening the database: one way for SQLite and PostgreSQL, with the settings that make a commit last."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import sessionmaker

from storage import one_trip
from storage.tables import metadata

log = logging.getLogger(__name__)

#: A transaction in hand; who knows no SQL only passes it on.
Session = AsyncSession

#: How long a statement waits for another process's lock on the SQLite file, in milliseconds.
BUSY_MS = 5_000
#: A commit is on the disk before it is said to have happened.
_SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    # What is read comes from the mapped file, so each connection's own pages are few: those that it is changing.
    # What is deleted is overwritten: who was erased is not to be found in the file's empty pages.
    "PRAGMA secure_delete=ON",
    "PRAGMA mmap_size=268435456",
    "PRAGMA cache_size=-8192",
)


def open_engine(
    url: str, *, pool_size: int = 8, idle: timedelta = timedelta(seconds=60), alone: bool = False
) -> AsyncEngine:
    """An engine for a URL such as ``sqlite:///data/bot.db`` or ``postgresql://user@host/name``.

    ``idle``: PostgreSQL ends a transaction in which nothing is asked for so long. ``alone``: the process does nothing
    else meanwhile, so on SQLite no statement waits for another thread. The driver need not be named. Raises
    ``sqlalchemy.exc.ArgumentError`` when the URL cannot be read. Errors name no parameters: those are people's words.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = create_async_engine(
            parsed.set(drivername="sqlite+aiosqlite"),
            pool_size=pool_size,
            hide_parameters=True,
            connect_args={
                "timeout": BUSY_MS / 1000,
                # The driver would open transactions by its own rules; we say BEGIN ourselves.
                "isolation_level": None,
                "async_creator_fn": partial(one_trip.connect, settings=_SQLITE_SETTINGS, alone=alone),
            },
        )
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine
    if backend == "postgresql":
        return create_async_engine(
            parsed.set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            hide_parameters=True,
            max_overflow=4,
            pool_pre_ping=True,
            connect_args={
                "server_settings": {
                    "idle_in_transaction_session_timeout": str(round(idle.total_seconds() * 1000))
                }
            },
        )
    raise ValueError(f"the database must be SQLite or PostgreSQL, not {backend!r}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer that begins as a reader can fail in the middle with "locked"; one that begins as a writer waits.
    options = connection.get_execution_options()
    if options.get("bare", False):
        return  # what is done to the file as a whole is done outside of any transaction
    reading = options.get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Database:
    """The one database of a process: short transactions for writing and for reading.

    ``write()`` commits at the end of its block and rolls back when the block raises. On SQLite writers of this
    process take turns here rather than on the file's lock, where they would sleep and poll.
    """

    #: All tables; sessions can resolve every foreign key once this module is imported.
    metadata = metadata

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine made by :func:`open_engine`."""
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        #: What is written here can be listened to.
        self.writing = sessionmaker()
        self._write_sessions = async_sessionmaker(
            engine, expire_on_commit=False, sync_session_class=self.writing
        )
        reading = engine.execution_options(reading=True)
        self._read_sessions = async_sessionmaker(reading, expire_on_commit=False)
        self._turn = asyncio.Lock()
        #: The write-ahead log may hold what was erased since; at the start, what was erased before a process died.
        self.log_is_stale = self.is_sqlite

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may change things."""
        if not self.is_sqlite:
            async with self._write_sessions.begin() as session:
                yield session
            return
        async with self._turn:
            async with self._write_sessions.begin() as session:
                yield session
            if session.info.pop("erased", False):
                self.log_is_stale = True
                await self._empty_log()

    async def empty_log(self) -> None:
        """Write everything into SQLite's file and empty the log beside it, if that is due and nobody is reading."""
        if self.log_is_stale:
            async with self._turn:
                await self._empty_log()

    async def _empty_log(self) -> None:
        try:
            async with self.engine.execution_options(bare=True).connect() as connection:
                found = await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                self.log_is_stale = bool(found.one()[0])
        except OperationalError as problem:
            log.info("the write-ahead log is emptied later (%s)", type(problem.orig).__name__)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads."""
        async with self._read_sessions() as session:
            yield session

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
