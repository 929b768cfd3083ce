"""The audit trail at the command line: who did what there, and whether anything was changed since."""

import getpass
import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.administrator import Administrator, set_up


def changes(admin: Administrator, statement: str) -> None:
    """Somebody who may write to the file takes the triggers away, and changes something."""
    connection = sqlite3.connect(admin.url.partition("///")[2])
    with connection:
        for table in ("event", "seal"):
            for verb in ("update", "delete"):
                connection.execute(f"DROP TRIGGER IF EXISTS {table}_{verb}_refused")
        connection.execute(statement)
    connection.close()


def test_what_is_done_at_the_command_line_names_who_did_it(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    admin.does("--by", "Chị Thu", "invite", "A1")
    admin.does("backup", admin.folder / "copy.tar")
    rows = admin.asks(
        "SELECT e.kind, e.details, w.words FROM event e JOIN event_words w ON w.event_id = e.id ORDER BY e.id"
    )
    told = [(kind, json.loads(str(details)), json.loads(str(words))) for kind, details, words in rows]
    assert ("command", {"what": "invite"}, {"operator": f"{getpass.getuser()} (Chị Thu)"}) in told
    assert {kind for kind, _, _ in told} >= {"command", "units_imported", "invited", "backed_up"}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE event SET kind = 'x' WHERE kind = 'invited'", "bị sửa"),
        ("DELETE FROM seal WHERE seq = 2", "bị xoá"),
        (
            "INSERT INTO event (at, kind, details) VALUES ('2020-01-01 00:00:00.000000', 'x', '{}')",
            "bị chèn vào",
        ),
    ],
)
def test_a_row_that_was_changed_is_named(admin_on_sqlite: Administrator, statement: str, said: str) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    admin.does("invite", "A1")
    assert "nguyên vẹn" in admin.does("audit", "verify")
    changes(admin, statement)
    told = admin.is_refused("audit", "verify")
    assert said in told
    assert "KHÔNG nguyên vẹn" in told


def test_old_events_go_into_a_file_and_the_rest_still_verifies(admin: Administrator, tmp_path: Path) -> None:
    set_up(admin)
    file = tmp_path / "trail.jsonl.gz"
    assert "Không có gì cũ hơn" in admin.is_refused("audit", "archive", file, "--before", "2020-01-01")
    assert "Đã chuyển" in admin.does("audit", "archive", file, "--before", "2100-01-01")
    assert "nguyên vẹn" in admin.does("audit", "verify", "--archive", file)
    assert "units_imported" in admin.does("audit", "list", "--archive", file)
    assert "command" in admin.does("audit", "list")
