"""A copy of a database, taken while others write to it, and whether a copy is whole."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url

#: Done and all there is, in whatever is being counted.
Progress = Callable[[int, int], None]

#: Pages of a SQLite file that are copied at a time.
_PAGES = 2_000


class CopyProblem(Exception):
    """Why there is no copy, or none that is worth anything."""


class NoDatabase(CopyProblem):
    """There is no such file."""


class Damaged(CopyProblem):
    """What is damaged, and how."""


class NoProgram(CopyProblem):
    """A program of PostgreSQL's is not on this machine."""


class NotCopied(CopyProblem):
    """PostgreSQL's program failed, in its own words."""


def is_sqlite(url: URL) -> bool:
    """Whether an address is that of a SQLite file."""
    return url.get_backend_name() == "sqlite"


def address(url: str) -> URL:
    """An address, taken apart. Raises ``sqlalchemy.exc.ArgumentError`` when it cannot be read."""
    return make_url(url)


def copy_sqlite(source: Path, copy: Path, progress: Progress) -> None:
    """A snapshot of a SQLite file, taken while the bot writes to it. Raises :class:`NoDatabase`, :class:`Damaged`."""
    if not source.is_file():
        raise NoDatabase(str(source))
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True)) as origin:
        # A snapshot held throughout: otherwise each write of the running bot would start the copying over.
        origin.execute("BEGIN")
        origin.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(copy)) as target:
            origin.backup(
                target, pages=_PAGES, progress=lambda _status, left, all_: progress(all_ - left, all_)
            )
            # One file, without the log that the original keeps beside itself.
            target.execute("PRAGMA journal_mode=DELETE")
    check_sqlite(copy)


def check_sqlite(copy: Path) -> list[str]:
    """The digests of the media that a database names. Raises :class:`Damaged`."""
    with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            media = [row[0] for row in connection.execute("SELECT sha256 FROM media")]
        except sqlite3.DatabaseError as problem:
            raise Damaged(f"{copy.name}: {problem}") from None
    if found != "ok":
        raise Damaged(f"{copy.name}: {found}")
    return media


def replace_sqlite(file: Path, new: Path, aside: Path, step: Callable[[str], None]) -> Path | None:
    """Put a database in the place of another one; gives where the other one is kept, None when there was none.

    Whenever this is cut off, ``file`` is the one or the other, whole. Nobody else may have it open.
    """
    if file.is_file():
        step("fold in")
        is_folded = _fold_in(file)
        step("set aside")
        for ending in ("",) if is_folded else ("", *_BESIDE):
            old, kept = Path(f"{file}{ending}"), Path(f"{aside}{ending}")
            if old.is_file() and not kept.exists():
                os.link(old, kept)
    for ending in _BESIDE:
        step(f"remove {ending}")
        Path(f"{file}{ending}").unlink(missing_ok=True)
    step("replace")
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    step("done")
    return aside if aside.exists() else None


#: What SQLite keeps beside a file: what is committed and not in it yet, and an index of that.
_BESIDE = ("-wal", "-shm", "-journal")


def _fold_in(file: Path) -> bool:
    """Bring what is committed beside a SQLite file into it; False for one that is too damaged for that."""
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=1)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return bool(connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete")
    except sqlite3.DatabaseError:
        return False


def dump_postgresql(url: URL, copy: Path) -> None:
    """A dump by PostgreSQL's own program. Raises :class:`NoProgram`, :class:`NotCopied`."""
    copy.touch(mode=0o600)
    _run(url, "pg_dump", "--format=custom", "--no-password", f"--file={copy}")


def load_postgresql(url: URL, dump: Path, script: Path) -> None:
    """Put what a dump holds in the place of all that a database holds, in one transaction.

    ``script``: where the dump may be written out as SQL meanwhile. Raises :class:`NoProgram`, :class:`NotCopied`.
    """
    script.touch(mode=0o600)
    _run(url, "pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump))
    _run(
        url,
        "psql",
        "--no-psqlrc",
        "--no-password",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--command=DROP SCHEMA public CASCADE",
        "--command=CREATE SCHEMA public",
        f"--file={script}",
    )


def _run(url: URL, name: str, *arguments: str) -> None:
    program = shutil.which(name)
    if program is None:
        raise NoProgram(name)
    # What the program is told on its command line, everyone on the machine can read.
    environment = dict(os.environ)
    for variable, value in (
        ("PGHOST", url.host or url.query.get("host")),
        ("PGPORT", url.port or url.query.get("port")),
        ("PGUSER", url.username),
        ("PGPASSWORD", url.password),
        ("PGDATABASE", url.database),
    ):
        if value:
            environment[variable] = str(value)
    done = subprocess.run(  # noqa: S603 - found on the path, and given no words of a stranger's
        [program, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise NotCopied(f"{name}: {' '.join(done.stderr.split()) or done.returncode}")


def check_dump(copy: Path) -> None:
    """Read a dump through, as far as this machine has PostgreSQL's program for it. Raises :class:`Damaged`."""
    with copy.open("rb") as file:
        if file.read(5) != b"PGDMP":
            raise Damaged(copy.name)
    program = shutil.which("pg_restore")
    if program is None:
        return
    # Written out as SQL and thrown away, so that every byte is read.
    done = subprocess.run(  # noqa: S603 - as above
        [program, f"--file={os.devnull}", str(copy)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise Damaged(f"{copy.name}: {done.stderr.strip().splitlines()[0]}")
