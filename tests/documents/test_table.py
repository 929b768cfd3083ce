"""Tables that people made by hand: every encoding that a spreadsheet writes is read, and no file does harm."""

import io
import tempfile
import unicodedata
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bot.documents import table as tables
from bot.documents.table import read_table
from bot.services.refusal import Refusal
from bot.services.units.imports import COLUMNS


def written(folder: Path, content: bytes) -> Path:
    path = folder / "table"
    path.write_bytes(content)
    return path


TEXT = "Mã,Tên,Loại\nA,Công đoàn Phích nước Rạng Đông ở Hà Nội,cơ sở\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_vietnamese_is_read_in_each_encoding_that_excel_writes(encoding: str, tmp_path: Path) -> None:
    text = TEXT
    if encoding == "cp1258":
        # That page has letters with their marks, and the tones apart.
        text = "".join(_apart(char) for char in unicodedata.normalize("NFC", TEXT))

    table = read_table(written(tmp_path, text.encode(encoding)), COLUMNS)

    assert [row.cells["name"] for row in table.rows] == ["Công đoàn Phích nước Rạng Đông ở Hà Nội"]


def _apart(char: str) -> str:
    try:
        char.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", char)
        tone = next(part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323")
        return unicodedata.normalize("NFC", parts.replace(tone, "")) + tone
    return char


def test_an_old_font_encoding_is_refused_rather_than_read_as_nonsense(tmp_path: Path) -> None:
    # "Công đoàn" as TCVN3 has it.
    with pytest.raises(Refusal, match="not_a_table"):
        read_table(written(tmp_path, b"Ma,Ten,Loai\nA,C\xabng \xae\xb5n \xb8\xb9,co so\n"), COLUMNS)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"%PDF-1.7\n\xff\xfe\0",
        b"PK\x03\x04 not really",
        b"\0" * 50,
        bytes(range(256)),
    ],
)
def test_what_is_no_table_gives_one_clear_line(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_table(written(tmp_path, content), COLUMNS)
    assert refused.value.key in ("cli.table.not_a_table", "cli.table.missing")


@settings(max_examples=100)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"code,name,kind\n"]))
def test_any_bytes_are_read_or_refused(content: bytes, beginning: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, suppress(Refusal):
        read_table(written(Path(folder), beginning + content), COLUMNS)


def test_an_old_excel_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="old_excel"):
        read_table(written(tmp_path, b"\xd0\xcf\x11\xe0" + b"\0" * 600), COLUMNS)


def test_another_kind_of_archive_is_no_workbook(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(Refusal, match="not_a_table"):
        read_table(written(tmp_path, out.getvalue()), COLUMNS)


def test_an_archive_that_unpacks_to_far_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "LARGEST_UNPACKED", 1_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 1_000_001)
    assert len(out.getvalue()) < 3_000
    with pytest.raises(Refusal, match="bomb"):
        read_table(written(tmp_path, out.getvalue()), COLUMNS)


@pytest.mark.attack("A workbook of a quarter of a megabyte unpacks to millions of cells")
def test_a_workbook_that_is_hundreds_of_times_its_size_is_not_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    row = b'<row><c t="inlineStr"><is><t>A</t></is></c><c t="inlineStr"><is><t>x</t></is></c></row>'
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<sheetData>" + row * 900_000 + b"</sheetData>")
    assert len(out.getvalue()) < 400_000
    with pytest.raises(Refusal, match="bomb"):
        read_table(written(tmp_path, out.getvalue()), COLUMNS)


def test_too_many_rows_too_large_a_file_too_long_a_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, b"code,name,kind\n" + b"A,B,group\n" * 20 + b"A," + b"x" * 501 + b",group\n")
    assert [(one.row, one.column, one.key) for one in read_table(path, COLUMNS).problems] == [
        (22, "B (name)", "cli.cell.too_long")
    ]
    monkeypatch.setattr(tables, "MOST_ROWS", 20)
    with pytest.raises(Refusal, match="too_many_rows"):
        read_table(path, COLUMNS)
    monkeypatch.setattr(tables, "LARGEST_FILE", 100)
    with pytest.raises(Refusal, match="too_big"):
        read_table(path, COLUMNS)


def test_a_sheet_that_claims_a_billion_rows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 1_000)
    book = Workbook()
    book.active.append(["code", "name", "kind"])
    book.active["A2"] = "A"
    plain, forged = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(forged, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            target.writestr(
                part.filename, content.replace(b'r="2"', b'r="1000000000"').replace(b'"A2"', b'"A1000000000"')
            )
    with pytest.raises(Refusal, match="too_many_rows"):
        read_table(written(tmp_path, forged.getvalue()), COLUMNS)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1250", 1250),
        ("1.250", 1250),
        ("1,250,000", 1_250_000),
        ("0", 0),
        ("1.25", None),
        ("-1", None),
        ("1.2.3", None),
    ],
)
def test_whole_numbers_as_people_write_them(typed: str, number: int | None, tmp_path: Path) -> None:
    table = read_table(written(tmp_path, f"code;name;kind;members\nA;B;group;{typed}\n".encode()), COLUMNS)

    assert tables.number_of(table, table.rows[0], "members", 10**9) == number
    assert bool(table.problems) == (number is None)
