"""What begins with a colon: being somebody else, sending files, the clock, and why."""

import fcntl
import io
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from bot.channels.terminal.clock import ClockAhead, span
from bot.clock import FixedClock
from tests.channels.terminal.at_terminal import SUBMISSION, Terminal, label

# ---------------------------------------------------------------- :as


def test_nobody_of_that_name_ends_it_before_it_begins(terminal: Terminal) -> None:
    ran = terminal.talks("menu", as_name="Không Có Ai")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.strip().startswith("Không có ai đã đăng ký tên “Không Có Ai”")
    assert "\n" not in ran.err.strip()


def test_several_of_a_name_are_told_apart_by_their_number(terminal: Terminal) -> None:
    with sqlite3.connect(terminal.database) as connection:
        first = connection.execute("SELECT id FROM person WHERE name = 'Nguyễn Thị Hoa'").fetchone()[0]
        connection.execute(
            "INSERT INTO person (name, name_folded, language, unit_id, created_at, registered_at)"
            " SELECT name, name_folded, language, unit_id, created_at, registered_at FROM person WHERE id = ?",
            (first,),
        )
        second = connection.execute("SELECT max(id) FROM person").fetchone()[0]
    connection.close()

    refused = terminal.talks("menu", as_name="nguyễn thị hoa")
    assert refused.code == 2
    assert f"{first} = Nguyễn Thị Hoa" in refused.err
    assert f"{second} = Nguyễn Thị Hoa" in refused.err

    ran = terminal.talks(":as hoa", f":as {second}", "/toi", as_name=str(first))
    assert f"{second} = Nguyễn Thị Hoa" in ran.objects[0]["error"]
    assert "Bây giờ bạn là Nguyễn Thị Hoa" in ran.text(1)
    assert "Họ và tên: Nguyễn Thị Hoa" in ran.text(2)


def test_somebody_else_has_a_talk_of_their_own(terminal: Terminal) -> None:
    ran = terminal.talks(*SUBMISSION[:2], ":as minh", "menu", ":as hoa", as_name="hoa")

    assert [one["form"] for one in ran.objects[1:]] == ["submit", None, None, "submit"]
    assert "submit / content" in ran.text()


# ---------------------------------------------------------------- :file


def photo(path: Path) -> Path:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(out, "JPEG")
    path.write_bytes(out.getvalue())
    return path


def test_a_photo_is_taken_and_junk_is_not(terminal: Terminal) -> None:
    taken = photo(terminal.folder / "ảnh chụp.jpg")
    junk = terminal.folder / "junk.jpg"
    junk.write_bytes(b"no picture at all")

    ran = terminal.talks(
        *SUBMISSION, f":file {junk}", ":why", f":file '{taken}'", f":file {taken}", as_name="hoa"
    )

    _, refused, why, first, same = ran.objects[-5:]
    assert "“junk.jpg” không phải loại đó" in refused["screens"][0]["text"]
    assert "files.kind" in why["screens"][0]["text"]
    assert [one["name"] for one in first["stored"]["files"]] == ["ảnh chụp.jpg"]
    assert same["stored"] == {}


def test_a_file_that_is_not_there_or_too_big_is_said_to_be(terminal: Terminal) -> None:
    big = terminal.folder / "big.pdf"
    with big.open("wb") as file:
        file.truncate(21 * 1024 * 1024)

    ran = terminal.talks(*SUBMISSION, ":file /nowhere.jpg", f":file {big}", as_name="hoa")

    assert ran.objects[-2]["error"] == "Không có tệp /nowhere.jpg."
    assert "lớn quá (tối đa 20 MB)" in ran.text()


# ---------------------------------------------------------------- :clock


def test_what_is_due_by_then_comes_when_the_clock_is_put_forward(terminal: Terminal) -> None:
    planned = terminal.talks(
        "/guitin", "Mai họp tổ lúc 9h nhé", "bỏ qua", "a", "Mọi người", "bỏ qua", "8:00 ngày mai", "Đúng", "Xem trước",
        as_name="Lê Thu Hà",
    )  # fmt: skip
    confirmed = terminal.talks(label(planned.last["screens"][-1], "Gửi đến"), as_name="Lê Thu Hà")
    assert confirmed.last["stored"]["mailing"]["state"] == "planned"

    ran = terminal.talks(":clock", ":clock +2d", as_name="hoa")

    assert not any("📢" in screen["text"] for screen in ran.objects[0]["screens"])
    assert any("Mai họp tổ lúc 9h nhé" in screen["text"] for screen in ran.last["screens"])


def test_the_clock_goes_on_and_never_back() -> None:
    start = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    clock = ClockAhead(FixedClock(start))

    clock.put_forward(timedelta(days=1))

    assert clock.now() == start + timedelta(days=1)
    with pytest.raises(ValueError, match="forward"):
        clock.put_forward(timedelta(seconds=-1))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("+1d", timedelta(days=1)),
        ("2h30m", timedelta(hours=2, minutes=30)),
        (" + 1W ", timedelta(weeks=1)),
        ("-1d", None),
        ("1", None),
        ("0d", None),
        ("tomorrow", None),
        ("+9999w", None),
        ("+1d-2d", None),
    ],
)
def test_a_stretch_of_time_is_read(typed: str, expected: timedelta | None) -> None:
    assert span(typed) == expected


# ---------------------------------------------------------------- :why


def why(terminal: Terminal, *lines: str) -> str:
    return terminal.talks(*lines, ":why", as_name="hoa").text()


def test_why_an_amount(terminal: Terminal) -> None:
    told = why(terminal, *SUBMISSION[:7])

    assert "“15tr”" in told
    assert "Lúc đó đang hỏi: submit / benefit" in told
    assert '15.000.000 đ một năm   {"in_money": true, "vnd": 15000000}' in told
    assert "hỏi lại" in told
    assert "Không lưu gì" in told
    told = why(terminal, "Đúng")
    assert 'benefit: – → {"in_money": true, "vnd": 15000000}' in told
    assert "Bây giờ đang hỏi: submit / benefit_words" in told


def test_why_a_date_was_not_understood(terminal: Terminal) -> None:
    told = why(terminal, *SUBMISSION[:4], "31/2/2026")

    assert "submit / first_applied" in told
    assert "parse.date.no_such_day – “Không có ngày 31/2/2026." in told
    assert "Không lưu gì" in told


def test_why_a_word_is_none_of_the_options(terminal: Terminal) -> None:
    told = why(terminal, *SUBMISSION[:3], "trồng cây")

    assert "Được hiểu là câu trả lời cho: submit / field" in told
    assert "form.not_an_option" in told


def test_why_outside_of_a_form(terminal: Terminal) -> None:
    reasons = {
        "/menu": "Được hiểu là lệnh /menu",
        "/help": "Được hiểu là lệnh /trogiup",
        "asdf qwer": "Không hiểu là gì cả",
        "/nosuch": "Không hiểu là gì cả",
        "2": "chọn trong danh sách vừa hiện: mine",
        "77": "không có lựa chọn đó (numbers.not_there)",
        "#77a": "không có lựa chọn đó (numbers.code_gone)",
    }

    ran = terminal.talks(*(line for said in reasons for line in (said, ":why")), as_name="hoa")

    for at, (said, reason) in enumerate(reasons.items()):
        told = ran.text(2 * at + 1)
        assert f"“{said}”" in told
        assert reason in told


def test_why_a_code_of_a_notice(terminal: Terminal) -> None:
    terminal.talks(*SUBMISSION, "bỏ qua hết", "gửi", as_name="hoa")

    told = terminal.talks("#1a", ":why", as_name="minh").text()

    assert "một tin bot tự nhắn: rv.ok.1.1" in told
    assert "initiative" in told


def test_why_a_newcomer_is_asked_to_register(terminal: Terminal) -> None:
    lines = ("tôi có sáng kiến", "1", "không có công ty này", "rạng đông")

    ran = terminal.talks(*(line for said in lines for line in (said, ":why")))

    asked, agreed, unknown, found = (ran.text(at) for at in (1, 3, 5, 7))
    assert "chưa đăng ký" in asked
    assert "consent: – → {" in agreed
    assert "register.unit_not_found" in unknown
    assert "“rạng đông” cho câu unit" in found
    assert "Công đoàn Công ty CP Bóng đèn Phích nước Rạng Đông" in found


def test_why_is_of_the_last_words_of_who_sits_here(terminal: Terminal) -> None:
    ran = terminal.talks(":why", "menu", ":why", ":why", ":as minh", ":why", as_name="hoa")

    assert [bool(one.get("error")) for one in ran.objects] == [True, False, False, False, False, True]
    assert ran.objects[2]["screens"] == ran.objects[3]["screens"]


def test_a_colon_is_not_always_for_the_console(terminal: Terminal) -> None:
    ran = terminal.talks("/sangkien", ":) đồ gá", "::why hàn tấm gá dày", as_name="hoa")

    assert ran.objects[1]["stored"] == {"name": ":) đồ gá"}
    assert ran.objects[2]["stored"] == {"content": ":why hàn tấm gá dày"}


# ---------------------------------------------------------------- databases


def test_a_database_that_another_process_holds(terminal: Terminal) -> None:
    with Path(terminal.database + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = terminal.talks("menu", as_name="hoa")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.strip() == (
        f"{terminal.database} đang được một tiến trình khác dùng. Hãy dừng tiến trình kia trước"
        " (SQLite chỉ cho một tiến trình; cần nhiều thì dùng PostgreSQL)."
    )


@pytest.mark.parametrize(
    ("database", "told"),
    [
        ("mysql://here", "Cấu hình sai – --database:"),
        ("{folder}/text.db", "Không mở được cơ sở dữ liệu: {folder}/text.db không phải"),
        ("{folder}/inside", "Không mở được cơ sở dữ liệu: {folder}/inside không phải"),
        ("{folder}/text.db/below.db", "Không mở được cơ sở dữ liệu:"),
    ],
)
def test_a_database_that_cannot_be_used(tmp_path: Path, database: str, told: str) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "text.db").write_text("no database at all")
    before = sorted(tmp_path.iterdir())

    ran = Terminal(tmp_path, database.format(folder=tmp_path)).talks("menu")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(told.format(folder=tmp_path))
    assert "\n" not in ran.err.strip()
    assert sorted(tmp_path.iterdir()) == before


def test_with_settings_of_ones_own_a_new_database_is_empty_and_said_to_be_real(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[holder]\nname = "Công đoàn Nhà máy A"\ncontact = "0900"\n')

    ran = Terminal(tmp_path, str(tmp_path / "own.db")).talks(
        "xin chào", "1", "rạng đông", options=("--config", str(config))
    )

    assert ran.code == 0, ran.err
    assert "Đây không phải bản dùng thử" in ran.err
    assert str(tmp_path / "own.db") in ran.err
    assert "Công đoàn Nhà máy A" in ran.text(0)
    assert ran.last["step"] == "unit"


def test_no_messenger_is_called_whatever_the_settings_say(tmp_path: Path) -> None:
    ran = Terminal(tmp_path, str(tmp_path / "own.db")).talks(
        "xin chào", SANGKIEN_TELEGRAM__TOKEN="1:abc", SANGKIEN_TELEGRAM__API="http://192.0.2.1"
    )

    assert ran.code == 0, ran.err
    assert ran.last["form"] == "register"
