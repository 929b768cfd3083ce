"""The whole loop in a terminal: a newcomer registers and submits, the support team decides, the decision arrives."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.channels.terminal.at_terminal import SUBMISSION, Terminal, label

ROOT = Path(__file__).parents[3]

REGISTRATION = ("xin chào", "1", "rạng đông", "a", "Phạm Văn Mới")


def chat(folder: Path, typed: str) -> subprocess.CompletedProcess[str]:
    """The command as a developer runs it, in a folder of its own and without any setting."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SANGKIEN_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", "chat"],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), "LANG": "vi_VN.UTF-8"},
        input=typed,
        encoding="utf-8",
        capture_output=True,
        check=False,
        timeout=120,
    )


def test_without_any_setting_it_is_the_demo_in_text(tmp_path: Path) -> None:
    lines = [*REGISTRATION, *SUBMISSION, "bỏ qua hết", "gửi", ":as tran van minh", "#2a", ":as Phạm Văn Mới"]

    ran = chat(tmp_path, "\n".join(lines) + "\n")

    assert ran.returncode == 0, ran.stderr
    assert "--as guest-" in ran.stderr
    for said, answer in (
        ("> xin chào", "1. ✓ Tôi đồng ý"),
        ("> 15tr", "Mình ghi là 15.000.000 đ một năm. Đúng không bạn?"),
        ("> gửi", "🎉 Đã gửi! Mã sáng kiến của bạn: CTVN-"),
        ("> :as tran van minh", "🆕 Sáng kiến mới"),
        ("> #2a", "đã được duyệt"),
        ("> :as Phạm Văn Mới", "🎉 Chúc mừng bạn!"),
    ):
        _, found, rest = ran.stdout.partition(said + "\n")
        assert found, said
        assert answer in rest.partition("\n> ")[0]
    assert "<b>" not in ran.stdout
    assert "\x1b" not in ran.stdout
    assert (tmp_path / "data" / "demo.db").is_file()


def test_what_comes_for_somebody_waits_until_one_is_them_again(terminal: Terminal) -> None:
    sent = terminal.talks(*SUBMISSION, "bỏ qua hết", "gửi", as_name="Nguyễn Thị Hoa")
    assert "Đã gửi" in sent.text()

    decided = terminal.talks("xem", as_name="minh")
    card = decided.objects[0]["screens"][0]
    assert "Sáng kiến mới" in card["text"]
    approved = terminal.talks(label(card, "Duyệt"), as_name="minh")
    assert "đã được duyệt" in approved.text()
    assert approved.last["stored"]["initiative"]["state"] == "approved"

    told = terminal.talks("menu", as_name="hoa")
    assert "Chúc mừng bạn" in told.objects[0]["screens"][0]["text"]
    assert "Chúc mừng bạn" not in terminal.talks("menu", as_name="hoa").text()


def test_who_was_a_newcomer_can_come_back(terminal: Terminal) -> None:
    begun = terminal.talks("xin chào", "1")
    account = begun.err.partition("--as ")[2].strip()

    again = terminal.talks("rạng đông", "a", as_name=account)

    assert again.last["form"] == "register"
    assert again.last["step"] == "name"
    other = terminal.talks("rạng đông")
    assert other.last["step"] == "consent"


def test_the_end_of_the_lines_in_the_middle_of_a_form_is_a_good_end(terminal: Terminal) -> None:
    assert terminal.talks(as_name="hoa").objects == []

    ran = terminal.talks(*SUBMISSION[:2], as_name="hoa")

    assert ran.code == 0
    assert terminal.talks(":as hoa", as_name="minh").last["step"] == "content"


def test_who_stops_reading_ends_it_quietly(tmp_path: Path, terminal: Terminal) -> None:
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", "chat", "--database", terminal.database, "--as", "hoa", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"menu\n" * 3)
        process.stdin.flush()
        assert process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b"menu\n" * 40)
        process.stdin.close()
        told = process.stderr.read().decode()
        process.wait(60)

    assert "Traceback" not in told


def test_people_on_messengers_wait_for_the_bot_that_runs_those(terminal: Terminal) -> None:
    with sqlite3.connect(terminal.database) as connection:
        cursor = connection.execute(
            "INSERT INTO person (name, name_folded, language, unit_id, created_at, registered_at)"
            " SELECT 'Phạm Thị Lan', 'pham thi lan', language, unit_id, created_at, registered_at"
            " FROM person WHERE name = 'Trần Văn Minh'"
        )
        lan = cursor.lastrowid
        connection.execute(
            "INSERT INTO role_grant (person_id, unit_id, role, granted_at)"
            " SELECT id, unit_id, 'support', created_at FROM person WHERE id = ?",
            (lan,),
        )
        connection.execute(
            "INSERT INTO account (channel, external_id, person_id, chat_id, last_seen_at, transcript_rev)"
            " VALUES ('telegram', '77', ?, '77', '2026-11-24 03:00:00', 0)",
            (lan,),
        )
    connection.close()

    terminal.talks(*SUBMISSION, "bỏ qua hết", "gửi", as_name="hoa")

    with sqlite3.connect(terminal.database) as connection:
        rows = connection.execute("SELECT state FROM outbox WHERE person_id = ?", (lan,)).fetchall()
    connection.close()
    assert rows == [("pending",)]
