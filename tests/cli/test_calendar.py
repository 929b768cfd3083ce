"""Days off from the command line: Tết by its dates, each year."""

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
