"""Putting a backup back in place: everything that it holds, or nothing, whenever this is cut off.

What was there before is kept beside it. On SQLite the write-ahead file belongs to the database that it was written for;
left beside another one it would be replayed over that, so it is folded in before anything is replaced.
"""

import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.services import backup
from bot.services.backup import POSTGRESQL_NAME, SQLITE_NAME, CheckedBackup
from bot.services.refusal import Refusal
from storage import copying

#: Told before each step; for showing how far it is, and for tests that cut it off there.
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where what had been there is kept."""

    checked: CheckedBackup
    set_aside: Path | None


def restore(
    url: str, media: Path, source: Path, now: datetime, *, step: Step = lambda _name: None
) -> Restored:
    """Put the backup ``source`` in the place of a database and its media. Nobody else may have the database open.

    The backup is read through first, and the database after it was put in place. Media are named by what they hold: those
    that are missing are added, none is changed. Until the last step what was there is still in place, whole; from then on
    it is the backup. Raises :class:`Refusal` that says what is wrong.
    """
    step("check")
    checked = backup.check_backup(source)
    parsed = copying.address(url)
    wanted = SQLITE_NAME if copying.is_sqlite(parsed) else POSTGRESQL_NAME
    if checked.database != wanted:
        raise Refusal("cli.restore.other_database", kind=parsed.get_backend_name())
    aside_name = f"before-restore-{now:%Y%m%d-%H%M%S}"
    beside = Path(parsed.database or "").resolve() if wanted == SQLITE_NAME else source.resolve()
    if not beside.parent.is_dir():
        beside.parent.mkdir(parents=True, mode=0o700)
    with backup.working_folder(beside) as folder, backup.told():
        with tarfile.open(source, "r:") as archive:
            step("unpack")
            unpacked = folder / wanted
            backup.unpack(archive, wanted, unpacked)
            step("media")
            backup.unpack_media(archive, media, step)
        if wanted == SQLITE_NAME:
            aside = copying.replace_sqlite(beside, unpacked, beside.with_name(aside_name), step)
            copying.check_sqlite(beside)
        else:
            aside = beside.with_name(f"{aside_name}.dump")
            step("set aside")
            copying.dump_postgresql(parsed, aside)
            step("replace")
            copying.load_postgresql(parsed, unpacked, folder / "restore.sql")
    return Restored(checked, aside)
