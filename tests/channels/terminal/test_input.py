"""Lines as they may come: letters in pieces, endless ones, what no terminal writes, and what is no UTF-8."""

import unicodedata

from tests.channels.terminal.at_terminal import SUBMISSION, Terminal


def test_vietnamese_in_pieces_is_understood_and_kept_whole(terminal: Terminal) -> None:
    lines = [unicodedata.normalize("NFD", line) for line in SUBMISSION]
    assert lines != list(SUBMISSION)

    ran = terminal.talks(*lines, as_name=unicodedata.normalize("NFD", "Nguyễn Thị Hoa"))

    assert ran.objects[1]["stored"] == {"name": "Đồ gá khoan bốn lỗ"}
    assert ran.last["step"] == "files"
    assert [one["said"] for one in ran.objects] == lines


def test_more_lines_at_once_than_anybody_types(terminal: Terminal) -> None:
    ran = terminal.talks(*["menu"] * 70, as_name="hoa")

    assert {one["screens"][0]["text"] for one in ran.objects} == {ran.text()}


def test_a_line_that_no_channel_would_take(terminal: Terminal) -> None:
    ran = terminal.talks("/sangkien", "a" * 10_001, "a" * 3_000_000, "Đồ gá", as_name="hoa")

    for refused in ran.objects[1:3]:
        assert "10.000 ký tự" in refused["error"]
        assert refused["stored"] == {}
    assert ran.last["stored"] == {"name": "Đồ gá"}


def test_control_characters_reach_neither_the_form_nor_the_terminal(terminal: Terminal) -> None:
    ran = terminal.talks("/sangkien", "Đồ \x1b[31mgá\x07\0 khoan", as_name="hoa")
    assert ran.last["stored"] == {"name": "Đồ [31mgá khoan"}

    ran = terminal.talks("\x1b]0;title\x07menu", ":file \x1b[2J.jpg", as_name="hoa", is_json=False)
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "\x07" not in ran.out


def test_bytes_that_are_no_utf_8_are_shown_as_such(terminal: Terminal) -> None:
    ran = terminal.talks("/sangkien", b"\xff\xfe \xc4\x90\xe1\xbb\x93 g\xc3", as_name="hoa")

    assert ran.code == 0, ran.err
    assert ran.last["said"] == "�� Đồ g�"
    assert ran.last["form"] == "submit"


def test_lines_may_end_as_on_windows_or_not_at_all(terminal: Terminal) -> None:
    ran = terminal.talks("/sangkien\r", "Đồ gá\r", as_name="hoa")

    assert [one["said"] for one in ran.objects] == ["/sangkien", "Đồ gá"]


def test_it_speaks_the_language_of_who_runs_it(terminal: Terminal) -> None:
    ran = terminal.talks("hello", ":why", ":nosuch", LANG="en_US.UTF-8")

    assert "I agree" in ran.text(0)
    assert "Somebody who has not registered" in ran.text(1)
    assert ran.last["error"].startswith("There is no command :nosuch")
    assert "You are a newcomer" in ran.err
