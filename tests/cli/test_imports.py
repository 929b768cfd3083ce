"""Importing files: dry run first, errors by row and column, nothing half-imported, twice is once."""

import sqlite3

from openpyxl import load_workbook

from tests.cli.administrator import UNITS, Administrator, set_up


def test_units_come_in_and_coming_again_changes_nothing(admin: Administrator) -> None:
    file = admin.csv(UNITS)

    assert "5 mới, 0 thay đổi, 0 giữ nguyên" in admin.does("units", "import", file)
    first = admin.does("units", "list")
    assert "0 mới, 0 thay đổi, 5 giữ nguyên" in admin.does("units", "import", file)

    assert admin.does("units", "list") == first
    assert "    A1  Công đoàn Nhà máy A1 (công đoàn cơ sở)" in first


def test_a_dry_run_writes_nothing(admin: Administrator) -> None:
    assert "5 mới" in admin.does("units", "import", admin.csv(UNITS), "--dry-run")

    assert "Chưa có đơn vị nào" in admin.does("units", "list")


def test_errors_name_row_and_column_and_stop_everything(admin: Administrator) -> None:
    file = admin.csv(
        "Mã;Tên;Loại;Mã cấp trên;Số đoàn viên;Hiệu lực từ\n"
        "TOP;Ngành;công đoàn ngành;;;1/1/2020\n"
        "A;;cấp trên;TOP;một trăm;31/2/2020\n"
        "B;Công đoàn B;hội;NOWHERE;5;\n"
        "top;Lặp;ngành;;;\n"
    )

    said = admin.is_refused("units", "import", file)

    for line in (
        "Dòng 3, cột B (Tên): còn trống",
        "Dòng 3, cột E (Số đoàn viên): “một trăm” không phải số nguyên",
        "Dòng 3, cột F (Hiệu lực từ): “31/2/2020” không phải ngày",
        "Dòng 4, cột C (Loại): không biết loại “hội”",
        "Dòng 4, cột D (Mã cấp trên): không có đơn vị cấp trên nào mang mã “NOWHERE”",
        "Dòng 5, cột A (Mã): “top” đã có ở dòng 2",
        "Có 6 lỗi nên chưa ghi gì cả",
    ):
        assert line in said
    assert "Chưa có đơn vị nào" in admin.does("units", "list")


def test_units_that_are_above_themselves_are_refused(admin: Administrator) -> None:
    admin.does("units", "import", admin.csv(UNITS))

    said = admin.is_refused(
        "units", "import", admin.csv("code,name,kind,parent\nA,Công đoàn A,upper,A11\n", "moved.csv")
    )

    assert "A11 → A1 → A" in said or "A → A11 → A1" in said or "A1 → A → A11" in said


def test_a_moved_unit_takes_its_counts_along(admin: Administrator) -> None:
    set_up(admin)
    admin.does(
        "targets",
        "import",
        admin.csv("unit,phase,number,opening\nA11,P1,10,7\nA1,P1,20,2\nB,P1,5,1\n", "t.csv"),
    )

    moved = admin.does(
        "units", "import", admin.csv("code,name,kind,parent\nA1,Nhà máy A1,grassroots,B\n", "m.csv")
    )

    assert "2 đơn vị đã sang chỗ mới" in moved
    assert "Số liệu đúng" in admin.does("check")
    assert "    A1" in admin.does("units", "list", "--below", "TOP").partition("  B  ")[2]
    assert "      A11" in admin.does("units", "list")


def test_targets_by_the_name_of_the_phase_and_with_points_for_thousands(admin: Administrator) -> None:
    set_up(admin)
    file = admin.csv("Mã đơn vị\tGiai đoạn\tChỉ tiêu\nTOP\tphase p1\t16.000\nA\tP2\t1 250\n")

    assert "2 mới" in admin.does("targets", "import", file)
    assert "0 mới, 0 thay đổi, 2 giữ nguyên" in admin.does("targets", "import", file)


def test_targets_of_unknown_units_and_phases_are_refused(admin: Administrator) -> None:
    set_up(admin)

    said = admin.is_refused(
        "targets", "import", admin.csv("unit,phase,number\nNOBODY,P1,1\nA,P9,1\nA,P1,-5\nA,P1,2\n")
    )

    assert "Dòng 2, cột A (unit): không có đơn vị nào mang mã “NOBODY”" in said
    assert "Dòng 3, cột B (phase): không có giai đoạn “P9”; các giai đoạn: P1, P2" in said
    assert "Dòng 4, cột C (number): “-5” không phải số nguyên" in said
    assert "đã có ở dòng 4" in said


def test_people_come_in_once_and_are_mended_later(admin: Administrator) -> None:
    set_up(admin)
    rows: list[list[object]] = [
        ["Danh sách đoàn viên", None, None, None],
        [],
        ["Họ và tên", "Mã NV", "Đơn vị", "Ngày sinh"],
        ["NGUYỄN VĂN AN", 1001, "A1", "2/9/1990"],
        ["Trần Thị Bình", 1002, "a11", None],
    ]

    assert "2 mới" in admin.does("people", "import", admin.xlsx(rows))
    assert "0 mới, 0 thay đổi, 2 giữ nguyên" in admin.does("people", "import", admin.xlsx(rows))
    rows[4][3] = "1/5/1995"
    assert "0 mới, 1 thay đổi, 1 giữ nguyên" in admin.does("people", "import", admin.xlsx(rows))
    assert "0 mới, 0 thay đổi, 2 giữ nguyên" in admin.does("people", "import", admin.xlsx(rows))


def test_errors_in_a_workbook_are_where_the_workbook_shows_them(admin: Administrator) -> None:
    set_up(admin)
    rows: list[list[object]] = [
        ["Danh sách"],
        [],
        ["Mã NV", "Họ tên", "Mã đơn vị", "Ngày sinh"],
        ["1", "Nguyễn Văn An", "A1", "1/1/2999"],
        [],
        ["2", "123", "A1", None],
    ]

    said = admin.is_refused("people", "import", admin.xlsx(rows))

    assert "Dòng 4, cột D (Ngày sinh): ngày này chưa tới" in said
    assert "Dòng 6, cột B (Họ tên): “123” không giống tên người" in said


def test_who_has_registered_is_left_as_they_are(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    header = "staff_code,name,unit\n"
    admin.does("people", "import", admin.csv(f"{header}1,Nguyễn Văn An,A1\n"))
    with sqlite3.connect(admin.url.partition("///")[2]) as connection:
        connection.execute("UPDATE person SET registered_at = '2022-10-03 02:00:00.000000'")
    connection.close()

    said = admin.does("people", "import", admin.csv(f"{header}1,Lê Văn Khác,A1\n"))

    assert "1 người đã tự đăng ký" in said
    assert admin.asks("SELECT name FROM person") == [("Nguyễn Văn An",)]


def test_a_file_without_the_needed_columns_names_them(admin_on_sqlite: Administrator) -> None:
    said = admin_on_sqlite.is_refused("units", "import", admin_on_sqlite.csv("code,note\nA,b\n"))

    assert "thiếu cột: Tên, Loại" in said


def test_columns_that_mean_nothing_are_told(admin_on_sqlite: Administrator) -> None:
    ran = admin_on_sqlite.runs(
        "units", "import", admin_on_sqlite.csv("code,name,kind,sdv\nA,Công đoàn A,upper,5\n")
    )

    assert (ran.code, "không dùng: sdv" in ran.err) == (0, True)


def test_english_for_who_asks_for_it(admin_on_sqlite: Administrator) -> None:
    ran = admin_on_sqlite.runs("units", "import", admin_on_sqlite.csv("code\nA\n"), language="en_GB.UTF-8")

    assert "lacks columns: name, kind" in ran.err


def test_what_is_typed_wrongly_is_told_in_one_line(admin_on_sqlite: Administrator) -> None:
    for words in (
        ("units", "imprt"),
        ("units", "import"),
        ("units", "list", "--foo"),
        ("invite", "A", "--uses", "0"),
    ):
        said = admin_on_sqlite.is_refused(*words)
        assert said.count("\n") == 1
        assert "--help" in said


def test_a_formula_is_read_as_its_value(admin_on_sqlite: Administrator) -> None:
    path = admin_on_sqlite.xlsx([["code", "name", "kind", "members"], ["A", "Công đoàn A", "upper", "=1+1"]])
    assert load_workbook(path).active["D2"].data_type == "f"

    # A formula that no spreadsheet has worked out has no value yet.
    admin_on_sqlite.does("units", "import", path)

    assert admin_on_sqlite.asks("SELECT members FROM unit") == [(None,)]
