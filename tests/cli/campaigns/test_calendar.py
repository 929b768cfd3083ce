"""Days off from the command line: Tết by its dates, each year."""

import time_machine

from tests.cli.administrator import Administrator


def test_a_stretch_is_added_renamed_listed_and_removed(admin: Administrator) -> None:
    assert "7 ngày nghỉ" in admin.does("dayoff", "add", "4/2/2027", "Tết Đinh Mùi", "--until", "10/2/2027")
    assert "1 ngày nghỉ" in admin.does("dayoff", "add", "2027-02-06", "Mùng một")
    listed = admin.does("dayoff", "list")
    assert "6/2/2027  Mùng một" in listed
    assert listed.count("Tết Đinh Mùi") == 6
    assert "7 ngày nghỉ" in admin.does("dayoff", "remove", "4/2/2027", "--until", "10/2/2027")
    assert "Chưa có ngày nghỉ" in admin.does("dayoff", "list")


def test_a_stretch_that_cannot_be_meant_is_refused(admin: Administrator) -> None:
    assert "dài nhất 31 ngày" in admin.is_refused("dayoff", "add", "4/2/2027", "Tết", "--until", "10/2/2028")
    assert "dài nhất 31 ngày" in admin.is_refused("dayoff", "add", "4/2/2027", "Tết", "--until", "3/2/2027")


def test_the_holidays_of_years_come_with_tet_by_the_moon(admin: Administrator) -> None:
    with time_machine.travel("2026-12-01", tick=False):
        shown = admin.does("dayoff", "fill", "2027", "2030", "--dry-run")
        assert "Chưa ghi gì cả" in shown
        assert "Chưa có ngày nghỉ" in admin.does("dayoff", "list")

        assert "Đã thêm" in admin.does("dayoff", "fill", "2027", "2030")
        listed = admin.does("dayoff", "list")
        again = admin.does("dayoff", "fill", "2027")

    for day in ("5/2/2027  Giao thừa", "6/2/2027  Tết Nguyên Đán", "16/4/2027  Ngày Giỗ Tổ Hùng Vương"):
        assert day in listed
    # The first day of 2030 by Vietnam's calendar is a day before China's.
    assert "2/2/2030  Tết Nguyên Đán" in listed
    assert "2/9/2030  Quốc khánh" in listed
    assert "Đã thêm 0 ngày nghỉ" in again
    assert "6/2/2027    Tết Nguyên Đán (đã có)" in again


def test_a_day_that_was_taken_back_returns_only_when_that_is_said(admin: Administrator) -> None:
    with time_machine.travel("2026-12-01", tick=False):
        admin.does("dayoff", "add", "6/2/2027", "Nghỉ Tết của nhà máy")
        admin.does("dayoff", "fill", "2027")
        assert "1 ngày nghỉ" in admin.does("dayoff", "remove", "24/11/2027")

        said = admin.does("dayoff", "fill", "2027")
        assert "– 24/11/2027  Ngày Văn hóa Việt Nam (đã bỏ trước đây, giữ nguyên)" in said
        assert "24/11/2027" not in admin.does("dayoff", "list")

        assert "Đã thêm 1 ngày nghỉ" in admin.does("dayoff", "fill", "2027", "--again")
        listed = admin.does("dayoff", "list")
        assert "24/11/2027" in listed
        assert "6/2/2027  Nghỉ Tết của nhà máy" in listed
        # What was put back by hand is a day off like others, and not one that was taken back.
        admin.does("dayoff", "remove", "24/11/2027")
        admin.does("dayoff", "add", "24/11/2027", "Văn hóa")
        assert "trước đây" not in admin.does("dayoff", "fill", "2027")


def test_only_years_that_can_be_known_are_filled(admin_on_sqlite: Administrator) -> None:
    with time_machine.travel("2026-12-01", tick=False):
        for year in ("2025", "2037", "0"):
            assert "từ năm 2026 đến năm 2036" in admin_on_sqlite.is_refused("dayoff", "fill", year)
