"""Campaigns from a file: looked at before they are made, made once, followed, and ended."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.cli.administrator import Administrator, set_up
from tests.talk import stage

WEEK = """name = "Tuần an toàn"
kind = "peak_week"
unit = "A"
starts = 2022-10-03
target = 60

[targets]
A1 = 45

[steps.first_days]
at = "11h45"
days = 2

[steps.unfinished]
on = false
"""


TARGETS = "unit,phase,number\nA,P2,100\nA1,P2,40\nB,P2,70\n"


@pytest.fixture
def admin(admin_on_sqlite: Administrator) -> Iterator[Administrator]:
    """At a desk in September 2022, with units and targets for the phase."""
    with time_machine.travel("2022-09-20T03:00:00Z", tick=False):
        set_up(admin_on_sqlite)
        admin_on_sqlite.does("targets", "import", admin_on_sqlite.csv(TARGETS, "targets.csv"))
        yield admin_on_sqlite


def test_a_dry_run_shows_everything_and_makes_nothing(admin: Administrator) -> None:
    ran = admin.runs("campaign", "make", admin.csv(WEEK, "week.toml"), "--dry-run")

    assert "Tuần cao điểm: 3/10/2022 – 9/10/2022. Chưa ghi gì cả" in ran.out
    assert "A  Công đoàn Tổng công ty A: 60\n" in ran.out
    assert "A1  Công đoàn Nhà máy A1: 45\n" in ran.out
    assert "08:00 3/10/2022   Khai mạc: 0 người" in ran.out
    assert "11:45 5/10/2022   Nhắc những ngày đầu: 0 người" in ran.out
    assert "Nhắc bản dở dang: " not in ran.out
    assert "Nhắc bản dở dang lần nữa: 0 người" in ran.out
    assert "dayoff fill 2022" in ran.err
    assert "Chưa có đợt cao điểm nào" in admin.does("campaign", "list")


def test_running_it_twice_makes_one(admin: Administrator) -> None:
    file = admin.csv(WEEK, "week.toml")

    assert "Đã tạo đợt số 1" in admin.does("campaign", "make", file)
    shown = admin.does("campaign", "show", "1")
    file.write_text(WEEK.replace("A1 = 45", "A1 = 5"), "utf-8")
    assert "Đợt này đã có rồi, số 1" in admin.does("campaign", "make", file)

    assert admin.does("campaign", "list").splitlines() == [
        "1  3/10/2022 – 9/10/2022  A  Tuần an toàn  (sắp diễn ra)"
    ]
    assert admin.does("campaign", "show", "1") == shown
    # One that was taken back may be made anew.
    assert "chưa bắt đầu" in admin.does("campaign", "end", "1")
    assert "đã bỏ" in admin.does("campaign", "end", "1", "--yes")
    assert "Đã tạo đợt số 2" in admin.does("campaign", "make", file)


def test_without_numbers_it_takes_what_is_missing_and_overlaps_are_told(admin: Administrator) -> None:
    admin.does("campaign", "make", admin.csv(WEEK, "week.toml"))
    other = 'name = "Tháng thi đua"\nkind = "peak_month"\nunit = "a"\nstarts = "5/10/2022"\n'

    said = admin.does("campaign", "make", admin.csv(other, "month.toml"))

    assert "Tháng cao điểm: 5/10/2022 – 4/11/2022" in said
    assert "A  Công đoàn Tổng công ty A: 100\n" in said
    assert "A1  Công đoàn Nhà máy A1: 40\n" in said
    assert "Trùng ngày với: Tuần an toàn" in said


def test_the_example_is_a_file_that_can_be_made(admin: Administrator) -> None:
    example = admin.does("campaign", "make", "--example")
    file = admin.csv(example.replace('"CTVN"', '"TOP"').replace("2027-03-01", "2022-10-03"), "e.toml")
    # Each line that is offered may be taken up as it stands.
    taken_up = admin.csv(
        file.read_text("utf-8").replace("# at =", "at =").replace("# days =", "days ="), "t.toml"
    )

    plain = admin.does("campaign", "make", file, "--dry-run")
    assert plain == admin.does("campaign", "make", taken_up, "--dry-run")
    assert plain.count("Báo cáo cho cán bộ") == 7


WRONG = (
    (('kind = "peak_week"', 'kind = "week"'), 'kind: ghi "peak_week"'),
    (('name = "Tuần an toàn"', ""), "name: còn thiếu"),
    (('"A"', '"Z"'), "unit: không có đơn vị nào mang mã “Z”"),
    (("2022-10-03", "2022-09-19"), "starts: ngày bắt đầu đã qua"),
    (("2022-10-03", '"31/9/2022"'), "starts: không phải ngày"),
    (("target = 60", "ends = 2022-10-02"), "ends: ngày cuối trước ngày đầu"),
    (("target = 60", 'phase = "P1"'), "phase: đợt không nằm trong giai đoạn “P1”; các giai đoạn có thể chọn: P2"),
    (("on = false", 'words = "x"'), "steps.unfinished.words: lời nhắn có từ 2 đến 600 ký tự"),
    (("days = 2", "days = 61"), "steps.first_days.days: số ngày là số từ 1 đến 60"),
    (("target = 60", "target = 0"), "target: chỉ tiêu là số từ 1 đến 1.000.000"),
    (("target = 60", "targets_file = 1"), "targets_file: không có mục này; các mục: name, kind"),
    (("A1 = 45", "B = 45"), "targets.B: đơn vị “B” không thuộc A"),
    (("A1 = 45", "A1 = 45\na1 = 44"), "targets.a1: đơn vị “a1” có hai chỉ tiêu"),
    (("11h45", "23:30"), "steps.first_days.at: Giờ này nhiều người đang ngủ, mình không nhắc. Bạn chọn trong khoảng 07:00"),
    (("11h45", "25:00"), 'steps.first_days.at: giờ gửi ghi như "11:30"'),
    (("[steps.unfinished]\non = false", "[steps.middle]\ndays = 2"), "steps.middle.days: tin này gửi vào ngày cố định"),
    (("on = false", "on = 0"), "steps.unfinished.on: ghi on = true"),
    (("steps.unfinished", "steps.finish"), "steps.finish: không có tin nào tên như vậy; các tin: opening"),
    (("target = 60", "target = "), "không phải tệp TOML đọc được"),
)  # fmt: skip


def test_what_is_wrong_is_named_with_what_to_do(admin: Administrator) -> None:
    for change, said in WRONG:
        told = admin.is_refused("campaign", "make", admin.csv(WEEK.replace(*change), "week.toml"))
        assert "week.toml" in told
        assert said in told
    assert "Chưa có đợt cao điểm nào" in admin.does("campaign", "list")


def test_targets_come_from_a_sheet_and_twice_changes_nothing(admin: Administrator) -> None:
    admin.does("campaign", "make", admin.csv(WEEK, "week.toml"))
    sheet = admin.xlsx([["Mã", "Chỉ tiêu"], ["A1", 30], ["A11", "1.200"]])

    assert "1 mới, 1 thay đổi, 0 giữ nguyên. Chưa ghi" in admin.does(
        "campaign", "targets", "1", sheet, "--dry-run"
    )
    assert "A1  Công đoàn Nhà máy A1: 45" in admin.does("campaign", "show", "1")
    assert "1 mới, 1 thay đổi" in admin.does("campaign", "targets", "1", sheet)
    assert "0 mới, 0 thay đổi, 2 giữ nguyên" in admin.does("campaign", "targets", "1", sheet)
    shown = admin.does("campaign", "show", "1")
    assert "A1  Công đoàn Nhà máy A1: 30\n" in shown
    assert "A11  Công đoàn Phân xưởng A11: 1.200\n" in shown


def test_wrong_targets_name_row_and_column_and_nothing_is_written(admin: Administrator) -> None:
    admin.does("campaign", "make", admin.csv(WEEK, "week.toml"))
    sheet = admin.csv("unit,target\nA1,30\nB,5\nNO,5\nA11,0\nA,\nA1,31\nA,nhiều\n", "sheet.csv")

    said = admin.is_refused("campaign", "targets", "1", sheet)

    for line in (
        "Dòng 3, cột A (unit): đơn vị “B” không thuộc A, là đơn vị của đợt này",
        "Dòng 4, cột A (unit): không có đơn vị nào mang mã “NO”",
        "Dòng 5, cột B (target): chỉ tiêu là số từ 1 đến 1.000.000",
        "Dòng 6, cột B (target): còn trống",
        "Dòng 7, cột A (unit): “A1” đã có ở dòng 2",
        "Dòng 8, cột B (target): “nhiều” không phải số nguyên",
    ):
        assert line in said
    assert "A1  Công đoàn Nhà máy A1: 45\n" in admin.does("campaign", "show", "1")
    assert "campaign list" in admin.is_refused("campaign", "targets", "7", sheet)


def test_it_is_paused_resumed_and_ended(admin: Administrator) -> None:
    admin.does("campaign", "make", admin.csv(WEEK, "week.toml"))

    assert "đang tạm dừng" in admin.does("campaign", "pause", "1")
    assert "(đang tạm dừng)" in admin.does("campaign", "list")
    assert "sắp diễn ra" in admin.does("campaign", "resume", "1")
    admin.does("campaign", "end", "1", "--yes")
    assert "đã kết thúc, không đổi được nữa" in admin.is_refused("campaign", "pause", "1")
    assert "đã kết thúc, không đổi được nữa" in admin.is_refused(
        "campaign", "targets", "1", admin.csv("unit,target\nA1,1\n", "sheet.csv")
    )
    assert "Không có đợt số 2" in admin.is_refused("campaign", "show", "2")


def test_a_day_off_moves_what_is_not_sent_yet(admin: Administrator) -> None:
    admin.does("campaign", "make", admin.csv(WEEK, "week.toml"))

    admin.does("dayoff", "add", "3/10/2022", "Nghỉ bù", "--until", "4/10/2022")
    shown = admin.does("campaign", "show", "1")
    assert "08:00 5/10/2022   Khai mạc: " in shown
    assert "3/10/2022   " not in shown

    admin.does("dayoff", "remove", "3/10/2022")
    assert "08:00 3/10/2022   Khai mạc: " in admin.does("campaign", "show", "1")


@pytest.fixture
def two_weeks(database_url: str, tmp_path: Path) -> Administrator:
    """Two campaigns of one unit on the same days."""
    admin = Administrator(database_url, tmp_path)
    with time_machine.travel("2022-09-20T03:00:00Z", tick=False):
        set_up(admin)
        admin.does("campaign", "make", admin.csv(WEEK, "week.toml"))
        admin.does(
            "campaign", "make", admin.csv(WEEK.replace("Tuần an toàn", "Tuần tiết kiệm"), "other.toml")
        )
    return admin


async def test_to_whom_each_message_went_and_to_whom_not_is_shown(
    two_weeks: Administrator, tmp_path: Path
) -> None:
    async with stage(two_weeks.url, tmp_path, start=datetime(2022, 10, 3, 0, 55, tzinfo=UTC)) as bot:
        await bot.person("Nguyễn Thị Nga", unit="A1")
        await bot.works(timedelta(minutes=10))
        shown = [
            await asyncio.to_thread(two_weeks.does, "campaign", "show", str(number)) for number in (1, 2)
        ]

    for one in shown:
        assert "đang diễn ra" in one
        assert "09:00 10/10/2022  Kết quả và cảm ơn: Đang hẹn giờ · 1 người (trang web 1)" in one
    opened, held_back = sorted(shown, key=lambda one: "✓ Đã đến: 1" not in one)
    assert "08:00 3/10/2022   Khai mạc: Đã gửi xong · ✓ Đã đến: 1\n" in opened
    assert "08:00 3/10/2022   Khai mạc: Đã gửi xong · Không gửi cho họ: 1\n" in held_back
    assert "hôm đó đã được nhắc: 1\n" in held_back
