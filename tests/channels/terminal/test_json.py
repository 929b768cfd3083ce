"""``chat --json``: one object for each line, whatever the line is, with what was shown and what was stored."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.terminal import console
from tests.channels.terminal.at_terminal import SUBMISSION, Terminal, label

KEYS = {"said", "screens", "form", "step", "stored"}


def check_shape(found: dict[str, Any]) -> None:
    assert set(found) - {"error"} == KEYS
    assert isinstance(found["said"], str)
    assert isinstance(found["stored"], dict)
    for name in ("form", "step"):
        assert found[name] is None or isinstance(found[name], str)
    for screen in found["screens"]:
        assert set(screen) == {"text", "choices", "pictures", "documents"}
        assert isinstance(screen["text"], str)
        for name, keys in (
            ("choices", {"typed", "label", "action"}),
            ("pictures", {"alt", "path"}),
            ("documents", {"name", "path"}),
        ):
            for one in screen[name]:
                assert set(one) == keys
                assert all(isinstance(value, str) and value for value in one.values())


def test_each_line_has_one_object_in_the_same_shape(terminal: Terminal) -> None:
    lines = (
        "menu",
        "",
        "   ",
        ":why",
        ":nobody",
        ":as",
        ":as ai đó",
        ":clock -1d",
        ":file",
        "9",
        "#9z",
        ":help",
    )

    ran = terminal.talks(*lines, as_name="hoa")

    assert ran.code == 0
    assert [one["said"] for one in ran.objects] == list(lines)
    for one in ran.objects:
        check_shape(one)
    assert [one["said"] for one in ran.objects if one.get("error")] == [
        ":nobody", ":as", ":as ai đó", ":clock -1d", ":file"
    ]  # fmt: skip
    assert [one["said"] for one in ran.objects if not one["screens"] and "error" not in one] == ["", "   "]


def test_the_choices_say_what_to_type_and_typing_it_chooses(terminal: Terminal) -> None:
    asked = terminal.talks(*SUBMISSION[:3], as_name="hoa").last
    screen = asked["screens"][0]
    assert [one["typed"] for one in screen["choices"]] == ["1", "2", "3", "4", "5", "0", "huy"]
    assert screen["choices"][0]["label"] == "Kỹ thuật"
    assert screen["choices"][0]["action"].endswith(".field.o.technical")

    chosen = terminal.talks(label(screen, "Quản lý"), as_name="hoa").last

    assert chosen["stored"] == {"field": "management"}
    assert chosen["step"] == "first_applied"
    assert [one["typed"] for one in chosen["screens"][0]["choices"][:2]] == ["a", "b"]
    assert terminal.talks("0", as_name="hoa").last["step"] == "field"


def test_what_is_stored_is_told_answer_by_answer_and_then_as_rows(terminal: Terminal) -> None:
    ran = terminal.talks(*SUBMISSION, "bỏ qua hết", "gửi", as_name="hoa")

    stored = {one["said"]: one["stored"] for one in ran.objects}
    assert stored["/sangkien"] == {}
    assert stored["Đồ gá khoan bốn lỗ"] == {"name": "Đồ gá khoan bốn lỗ"}
    assert stored["15tr"] == {}
    assert stored["Đúng"] == {"benefit": {"in_money": True, "vnd": 15_000_000}}
    assert stored["bỏ qua"] == {}
    assert [(one["form"], one["step"]) for one in ran.objects[-2:]] == [("submit", "summary"), (None, None)]
    rows = stored["gửi"]
    assert set(rows) == {"initiative", "author", "event"}
    initiative = rows["initiative"]
    assert (initiative["name"], initiative["benefit"]) == ("Đồ gá khoan bốn lỗ", 15_000_000)
    assert initiative["state"] == "submitted"
    assert (
        date.fromisoformat(initiative["first_applied"]) < datetime.fromisoformat(initiative["due_at"]).date()
    )
    assert datetime.fromisoformat(initiative["submitted_at"]).tzinfo is not None
    assert rows["author"]["name"] == "Nguyễn Thị Hoa"


def test_an_answer_that_is_taken_back_is_null(terminal: Terminal) -> None:
    ran = terminal.talks(*SUBMISSION, "0", "0", "bỏ qua", as_name="hoa")

    assert ran.last["stored"] == {"benefit": None}


def test_several_rows_of_a_table_are_a_list(terminal: Terminal) -> None:
    ran = terminal.talks(
        *SUBMISSION, "bỏ qua", "Trần Thị Bình 40%, tôi 60%", "Đúng", "bỏ qua hết", "gửi", as_name="hoa"
    )

    assert [one["name"] for one in ran.last["stored"]["author"]] == ["Trần Thị Bình", "Nguyễn Thị Hoa"]


def test_what_is_refused_has_stored_nothing(terminal: Terminal) -> None:
    ran = terminal.talks("/tiendo", "/guitin", as_name="hoa")

    # But that it was tried.
    stored = [one["stored"] for one in ran.objects]
    assert [set(one) for one in stored] == [{"event"}, {"event"}]
    assert "submitted" not in str(stored)
    assert str(stored).count("refused") == 2


def test_pictures_and_documents_are_files_that_are_named(terminal: Terminal) -> None:
    ran = terminal.talks("/tiendo", "Ảnh tiến độ", "/toi", "Lấy về máy", as_name="Lê Thu Hà")

    picture = ran.objects[1]["screens"][0]["pictures"][0]
    assert Path(picture["path"]).parent == terminal.folder / "chat"
    assert Path(picture["path"]).read_bytes().startswith(b"\x89PNG")
    document = next(one for screen in ran.last["screens"] for one in screen["documents"])
    with zipfile.ZipFile(document["path"]) as archive:
        assert "Lê Thu Hà" in archive.read("du-lieu.html").decode()
    as_text = terminal.talks("/tiendo", "Ảnh tiến độ", as_name="ha", is_json=False)
    assert "[ảnh] " in as_text.out
    assert " KB)" in as_text.out


def test_a_folder_that_cannot_be_written_to_takes_nothing_away_but_the_file(terminal: Terminal) -> None:
    (terminal.folder / "chat").write_text("no folder")

    ran = terminal.talks("/tiendo", "Ảnh tiến độ", as_name="Lê Thu Hà")

    assert ran.last["screens"][0]["pictures"][0]["path"] is None
    assert "9.493" in ran.text(0)


def test_as_somebody_by_name_however_it_is_written(terminal: Terminal) -> None:
    ran = terminal.talks(
        ":as Nguyễn Thị Hoa", ":as MINH", ":as  nguyen thi hoa ", "menu", as_name="Lê Thu Hà"
    )

    assert [ran.text(at) for at in (0, 1, 2)] == [
        "Bây giờ bạn là Nguyễn Thị Hoa.",
        "Bây giờ bạn là Trần Văn Minh.",
        "Bây giờ bạn là Nguyễn Thị Hoa.",
    ]
    assert "Nguyễn Thị Hoa ơi" in ran.text()


def test_it_also_runs_on_postgresql_where_several_may_work(terminal: Terminal, postgresql_url: str) -> None:
    shared = Terminal(terminal.folder, postgresql_url)

    ran = shared.talks(*SUBMISSION, "bỏ qua hết", "gửi", ":as minh", as_name="hoa")

    assert ran.code == 0, ran.err
    assert ran.objects[-2]["stored"]["initiative"]["name"] == "Đồ gá khoan bốn lỗ"
    assert "Sáng kiến mới" in ran.text()


def test_a_line_that_breaks_something_has_its_object_too(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_understood: object, _say: object, _theirs: object) -> list[str]:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(console, "explain", breaks)

    ran = terminal.talks("menu", ":why", "menu", as_name="hoa")

    assert ran.code == 0
    assert ["error" in one for one in ran.objects] == [False, True, False]
    check_shape(ran.objects[1])
    assert "RuntimeError" in ran.objects[1]["error"]
