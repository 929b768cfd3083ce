"""What is kept of somebody who never registered can be erased when they ask for it."""

from tests.cli.administrator import Administrator, set_up

PEOPLE = "staff_code,name,unit,born\nNV1,Trần Văn Bền,A1,2/3/1985\nNV2,Trần Văn Bền,B,1/1/1990\n"


def test_somebody_on_a_list_is_shown_first_and_then_erased(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    set_up(admin)
    admin.does("people", "import", admin.csv(PEOPLE, "people.csv"))

    assert "NV1" in admin.does("people", "forget", "A1", "trần văn bền")
    assert len(admin.asks("SELECT 1 FROM person WHERE born = '1985-03-02'")) == 1

    assert "Đã xoá 1 chỗ" in admin.does("people", "forget", "A1", "TRẦN VĂN BỀN", "--yes")
    assert admin.asks("SELECT name, born FROM person WHERE staff_code IS NULL") == [("—", None)]
    assert "không có ai" in admin.is_refused("people", "forget", "A1", "Trần Văn Bền")
    assert admin.asks("SELECT staff_code FROM person WHERE name_folded = 'tran van ben'") == [("NV2",)]


def test_an_unknown_unit_is_named(admin: Administrator) -> None:
    set_up(admin)
    assert "ZZ" in admin.is_refused("people", "forget", "ZZ", "Trần Văn Bền")


def test_the_administrator_sees_what_is_kept_and_for_how_long(admin_on_sqlite: Administrator) -> None:
    set_up(admin_on_sqlite)
    told = admin_on_sqlite.does("privacy", "report")
    assert "Đoạn chat trên web: giữ 730 ngày; đang có 0" in told
    assert "Chưa dọn lần nào" in told
