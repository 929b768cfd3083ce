"""A copy of everything, taken while the bot runs: one tar file with the database and the media."""

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.services.refusal import Refusal
from storage import copying
from storage.copying import Progress

SQLITE_NAME = "database.sqlite3"
POSTGRESQL_NAME = "database.dump"
_MEDIA = "media/"


@dataclass(frozen=True, slots=True)
class CheckedBackup:
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
    parsed = copying.address(url)
    with working_folder(target) as folder, told():
        if copying.is_sqlite(parsed):
            database = folder / SQLITE_NAME
            copying.copy_sqlite(Path(parsed.database or ""), database, progress)
        else:
            database = folder / POSTGRESQL_NAME
            copying.dump_postgresql(parsed, database)
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


def check_backup(target: Path) -> CheckedBackup:
    """Read a backup through. Raises :class:`Refusal` that says what is wrong with it."""
    wrong = Refusal("cli.backup.not_one", file=str(target))
    try:
        with working_folder(target) as folder, told(), tarfile.open(target, "r:") as archive:
            names = {member.name: member for member in archive.getmembers() if member.isfile()}
            kind = next((name for name in (SQLITE_NAME, POSTGRESQL_NAME) if name in names), None)
            if kind is None:
                raise wrong
            database = folder / kind
            unpack(archive, kind, database)
            media = {Path(name).name: member for name, member in names.items() if name.startswith(_MEDIA)}
            for digest, member in media.items():
                if _digest(archive, member) != digest:
                    raise Refusal("cli.backup.damaged", what=member.name)
            if kind == SQLITE_NAME:
                for digest in copying.check_sqlite(database):
                    if digest not in media:
                        raise Refusal("cli.backup.media_missing", what=digest)
            else:
                copying.check_dump(database)
            return CheckedBackup(kind, len(media))
    except (tarfile.TarError, EOFError):
        raise wrong from None
    except OSError as problem:
        raise Refusal(
            "cli.table.unreadable", file=str(target), problem=problem.strerror or str(problem)
        ) from None


def unpack(archive: tarfile.TarFile, name: str, to: Path) -> None:
    """Write one file of a backup to a place of its own, readable by nobody else, and see it safely there."""
    source = archive.extractfile(name)
    if source is None:
        raise Refusal("cli.backup.damaged", what=name)
    to.touch(mode=0o600)
    with source, to.open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
    _sync(to)


def unpack_media(archive: tarfile.TarFile, media: Path, step: Callable[[str], None]) -> None:
    """Add what a backup holds of media and a folder does not; each appears whole or not at all.

    The backup has been checked: each is what its name says. One that stands there damaged is replaced.
    """
    for member in archive.getmembers():
        digest = Path(member.name).name
        if not member.isfile() or not member.name.startswith(_MEDIA) or not _is_digest(digest):
            continue
        place = media / digest[:2] / digest
        if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == digest:
            continue
        step(f"media {digest}")
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = place.with_name(f"{digest}.part")
        part.unlink(missing_ok=True)
        unpack(archive, member.name, part)
        part.replace(place)


def _is_digest(name: str) -> bool:
    return len(name) == hashlib.sha256().digest_size * 2 and set(name) <= set("0123456789abcdef")


@contextmanager
def told() -> Iterator[None]:
    """What is wrong with a database or its copy, as a refusal that says what to do."""
    try:
        yield
    except copying.NoDatabase as problem:
        raise Refusal("cli.backup.no_database", file=str(problem)) from None
    except copying.Damaged as problem:
        raise Refusal("cli.backup.damaged", what=str(problem)) from None
    except copying.NoProgram as problem:
        raise Refusal("cli.backup.no_program", program=str(problem)) from None
    except copying.NotCopied as problem:
        raise Refusal("cli.backup.program_failed", problem=str(problem)) from None


@contextmanager
def working_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target, so that renaming into place is one step; readable by nobody else."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=target.parent))
    except OSError as problem:
        raise Refusal("cli.backup.cannot_write", problem=problem.strerror or "") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
