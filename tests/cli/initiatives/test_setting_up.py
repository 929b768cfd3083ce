"""Programmes, phases, invites and posters from the command line."""

import io
import json
import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.cli.administrator import UNITS, Administrator, set_up


@pytest.fixture
def admin_ready(admin_on_sqlite: Administrator) -> Administrator:
    set_up(admin_on_sqlite)
    return admin_on_sqlite


def test_a_programme_is_made_then_changed(admin: Administrator) -> None:
    admin.does("units", "import", admin.csv(UNITS))

    new = ("--name", "Triệu sáng kiến", "--unit", "top", "--starts", "1/9/2021", "--ends", "2023-09-01")
    assert "Đã tạo" in admin.does("programme", "set", "TR", *new)
    assert "Đã sửa" in admin.does("programme", "set", "TR", "--counts", "recorded")

    listed = admin.does("programme", "list")
    assert "TR  Triệu sáng kiến  TOP  1/9/2021 – 1/9/2023  đã vào phần mềm quốc gia" in listed


def test_a_new_programme_needs_all_its_facts(admin_ready: Administrator) -> None:
    assert "--name" in admin_ready.is_refused("programme", "set", "NEW", "--unit", "TOP")


def test_phases_do_not_overlap_and_stay_inside(admin_ready: Administrator) -> None:
    late = ("--name", "Late", "--starts", "1/9/2023", "--ends", "2/9/2023")
    over = ("--name", "Over", "--starts", "1/9/2022", "--ends", "2/9/2022")

    assert "nằm trong thời gian" in admin_ready.is_refused("phase", "set", "TR", "P3", *late)
    assert "chồng lên giai đoạn P2" in admin_ready.is_refused("phase", "set", "TR", "P3", *over)
    assert "chồng lên giai đoạn P1" in admin_ready.is_refused(
        "phase", "set", "TR", "P2", "--starts", "31/5/2022"
    )
    assert "P1" in admin_ready.is_refused("programme", "set", "TR", "--starts", "2/9/2021")
    assert "Phase P1  1/9/2021 – 31/5/2022" in admin_ready.does("programme", "list")


def test_rules_are_checked_and_unknown_ones_named(admin_ready: Administrator) -> None:
    bad, good = admin_ready.folder / "bad.toml", admin_ready.folder / "good.json"
    bad.write_text("check_within_day = 10\nsimilar_from = 'x'\n")
    good.write_text(json.dumps({"check_within_days": 10}))

    said = admin_ready.is_refused("programme", "set", "TR", "--rules", bad)
    assert "không có quy định nào tên là “check_within_day”" in said
    assert "“similar_from”" in said
    assert admin_ready.asks("SELECT rules FROM programme") == [("{}",)]

    admin_ready.does("programme", "set", "TR", "--rules", good)
    assert admin_ready.asks("SELECT rules FROM programme") == [('{"check_within_days": 10}',)]


def test_an_invite_gives_a_code_and_its_link(admin: Administrator) -> None:
    set_up(admin)

    said = admin.does("invite", "a1", "--role", "support", "--uses", "3").splitlines()

    assert "Tổ hỗ trợ sáng kiến của Công đoàn Nhà máy A1, dùng được 3 lần" in said[0]
    assert re.fullmatch("[2-9A-Z]{10}", said[1])
    assert said[2] == f"https://sangkien.example.vn/i/{said[1]}"
    assert len(said) == 3


def test_an_invite_into_nowhere_is_refused(admin_ready: Administrator) -> None:
    assert "NOWHERE" in admin_ready.is_refused("invite", "NOWHERE")


def test_scanning_the_poster_leads_to_the_unit(admin_ready: Administrator) -> None:
    file = admin_ready.folder / "poster.png"
    admin_ready.does("poster", "A1", "-o", file)

    ((code,),) = admin_ready.asks("SELECT join_code FROM unit WHERE code = 'A1'")
    read = zxingcpp.read_barcodes(Image.open(io.BytesIO(file.read_bytes())))
    assert [one.text for one in read] == [f"https://sangkien.example.vn/i/{code}"]


def test_a_poster_as_pdf_or_nothing_else(admin_ready: Administrator) -> None:
    file = admin_ready.folder / "poster.pdf"
    admin_ready.does("poster", "A1", "-o", file)
    assert file.read_bytes().startswith(b"%PDF-")

    assert ".png" in admin_ready.is_refused("poster", "A1", "-o", admin_ready.folder / "poster.gif")
    said = admin_ready.is_refused("poster", "A1", "-o", Path("/nowhere/at/all.png"))
    assert "Không ghi được" in said


def test_every_command_explains_itself_in_both_languages(admin_on_sqlite: Administrator) -> None:
    for command in (
        (), ("run",), ("units",), ("units", "import"), ("units", "list"), ("targets", "import"),
        ("people", "import"), ("programme", "set"), ("programme", "list"), ("phase", "set"), ("invite",),
        ("poster",), ("export",), ("check",), ("db",), ("db", "upgrade"), ("db", "check"), ("backup",),
        ("backup", "make"), ("backup", "check"), ("counts", "import"), ("progress",), ("dayoff", "fill"),
        ("campaign",), ("campaign", "make"), ("campaign", "list"), ("campaign", "show"),
        ("campaign", "targets"), ("campaign", "pause"), ("campaign", "resume"), ("campaign", "end"),
    ):  # fmt: skip
        vietnamese = admin_on_sqlite.runs(*command, "--help")
        english = admin_on_sqlite.runs(*command, "--help", language="en_US.UTF-8")
        assert (vietnamese.code, english.code) == (0, 0)
        assert "Cách dùng:" in vietnamese.out
        assert "Usage:" in english.out
        assert "\n\n  \n" not in vietnamese.out
