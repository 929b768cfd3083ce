"""A copy of everything, taken while the bot runs: one tar file with the database and the media."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from bot.services.refusal import Refusal

#: Done and all there is, in whatever is being counted.
Progress = Callable[[int, int], None]

SQLITE_NAME = "database.sqlite3"
POSTGRESQL_NAME = "database.dump"
_MEDIA = "media/"
_PAGES = 2_000


@dataclass(frozen=True, slots=True)
class Checked:
    """What a backup holds."""

    database: str
    media: int


def back_up(
    url: str, media: Path, target: Path, *, overwrite: bool = False, progress: Progress = lambda _d, _a: None
) -> int:
    """Write everything into one tar file; it appears whole or not at all. Gives its size in bytes.

    The database goes first: media are never changed and only added, so each one that it names is there afterwards.
    """
    if target.exists() and not overwrite:
        raise Refusal("cli.backup.exists", file=str(target))
    if not target.parent.is_dir():
        raise Refusal("cli.backup.no_folder", folder=str(target.parent))
    parsed = make_url(url)
    with _working_folder(target) as folder:
        if parsed.get_backend_name() == "sqlite":
            database = folder / SQLITE_NAME
            _copy_sqlite(Path(parsed.database or ""), database, progress)
        else:
            database = folder / POSTGRESQL_NAME
            _dump_postgresql(parsed, database)
        part = folder / "backup.tar"
        # It holds what people entrusted to the bot, so nobody else on the machine may read it.
        part.touch(mode=0o600)
        with tarfile.open(part, "w") as archive:
            archive.add(database, database.name)
            _add_media(archive, media, progress)
        _sync(part)
        part.replace(target)
        _sync(target.parent)
    return target.stat().st_size


def check_backup(target: Path) -> Checked:
    """Read a backup through. Raises :class:`Refusal` that says what is wrong with it."""
    wrong = Refusal("cli.backup.not_one", file=str(target))
    try:
        with _working_folder(target) as folder, tarfile.open(target, "r:") as archive:
            names = {member.name: member for member in archive.getmembers() if member.isfile()}
            kind = next((name for name in (SQLITE_NAME, POSTGRESQL_NAME) if name in names), None)
            if kind is None:
                raise wrong
            database = folder / kind
            source = archive.extractfile(names[kind])
            if source is None:
                raise wrong
            with source, database.open("wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
            media = {Path(name).name: member for name, member in names.items() if name.startswith(_MEDIA)}
            for digest, member in media.items():
                if _digest(archive, member) != digest:
                    raise Refusal("cli.backup.damaged", what=member.name)
            if kind == SQLITE_NAME:
                for digest in _check_sqlite(database):
                    if digest not in media:
                        raise Refusal("cli.backup.media_missing", what=digest)
            else:
                _check_dump(database)
            return Checked(kind, len(media))
    except (tarfile.TarError, EOFError):
        raise wrong from None
    except OSError as problem:
        raise Refusal(
            "cli.table.unreadable", file=str(target), problem=problem.strerror or str(problem)
        ) from None


@contextmanager
def _working_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target, so that renaming into place is one step; readable by nobody else."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=target.parent))
    except OSError as problem:
        raise Refusal("cli.backup.cannot_write", problem=problem.strerror or "") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_sqlite(source: Path, copy: Path, progress: Progress) -> None:
    if not source.is_file():
        raise Refusal("cli.backup.no_database", file=str(source))
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
    _check_sqlite(copy)


def _check_sqlite(copy: Path) -> list[str]:
    """The digests of the media that a database names. Raises :class:`Refusal` when it is damaged."""
    with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            media = [row[0] for row in connection.execute("SELECT sha256 FROM media")]
        except sqlite3.DatabaseError as problem:
            raise Refusal("cli.backup.damaged", what=f"{copy.name}: {problem}") from None
    if found != "ok":
        raise Refusal("cli.backup.damaged", what=f"{copy.name}: {found}")
    return media


def _dump_postgresql(url: URL, copy: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise Refusal("cli.backup.no_pg_dump")
    # What the program is told on its command line, everyone on the machine can read.
    environment = dict(os.environ)
    host = url.host or url.query.get("host")
    port = url.port or url.query.get("port")
    for name, value in (
        ("PGHOST", host),
        ("PGPORT", port),
        ("PGUSER", url.username),
        ("PGPASSWORD", url.password),
        ("PGDATABASE", url.database),
    ):
        if value:
            environment[name] = str(value)
    done = subprocess.run(  # noqa: S603 - found on the path, and given no words of a stranger's
        [program, "--format=custom", "--no-password", f"--file={copy}"],
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise Refusal(
            "cli.backup.pg_dump_failed", problem=" ".join(done.stderr.split()) or str(done.returncode)
        )


def _check_dump(copy: Path) -> None:
    with copy.open("rb") as file:
        if file.read(5) != b"PGDMP":
            raise Refusal("cli.backup.damaged", what=copy.name)
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
        raise Refusal("cli.backup.damaged", what=f"{copy.name}: {done.stderr.strip().splitlines()[0]}")


def _add_media(archive: tarfile.TarFile, media: Path, progress: Progress) -> None:
    # Parts that are being written are not named by any row yet.
    files = sorted(path for path in media.glob("??/*") if path.is_file() and path.suffix != ".part")
    for number, path in enumerate(files, 1):
        archive.add(path, f"{_MEDIA}{path.parent.name}/{path.name}")
        progress(number, len(files))


def _digest(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    source = archive.extractfile(member)
    if source is None:
        return ""
    with source:
        digest = hashlib.sha256()
        while piece := source.read(1 << 20):
            digest.update(piece)
        return digest.hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
