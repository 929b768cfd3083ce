"""Reading a table from a CSV or XLSX file that somebody made by hand: headings in any order, cells as text."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from bot.conversation.text import clean, fold
from bot.services.refusal import Refusal

LARGEST_FILE = 50 * 1024 * 1024
#: What a workbook may unpack to, and its list of strings, which is held in memory whole; and how many times its own size
#: it may be, once that is more than a little: a spreadsheet's is five to twenty times, a bomb's hundreds.
LARGEST_UNPACKED = 200 * 1024 * 1024
LARGEST_STRINGS = 40 * 1024 * 1024
MOST_TIMES, _A_LITTLE = 100, 10 * 1024 * 1024
#: More people than any of our units has; a larger list comes in several files.
MOST_ROWS = 200_000
MOST_COLUMNS = 100
LONGEST_CELL = 500
#: A title and some empty rows may stand above the headings.
_HEADING_WITHIN = 20

#: All letters of Vietnamese that ASCII lacks: what a guess at an old code page must come to.
_VIETNAMESE = frozenset(
    unicodedata.normalize("NFC", letter + mark + tone)
    for letter in "aeiouyAEIOUY"
    for mark in ("", "\u0306", "\u0302", "\u031b")
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
) | frozenset("đĐ–—‘’“”…\u00a0₫")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is looked for. ``name`` is its name in code; ``headings`` are folded, as :func:`fold` does."""

    name: str
    headings: frozenset[str]
    required: bool = True


def column(name: str, *headings: str, required: bool = True) -> Column:
    """A column by its name in code, which is one of its headings too."""
    return Column(name, frozenset({name.replace("_", " "), *headings}), required)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one place. ``key`` is the sentence that says what it is and what to do."""

    row: int
    #: As a spreadsheet shows it, such as ``C (Số đoàn viên)``; empty for the whole row.
    column: str
    key: str
    args: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number as a spreadsheet shows it, and the cells of the columns that are there."""

    number: int
    cells: Mapping[str, str]


@dataclass(slots=True)
class Table:
    """A table that was read."""

    rows: list[Row]
    #: For each column that the file has: how a spreadsheet shows it.
    places: Mapping[str, str]
    #: Headings that mean nothing here.
    ignored: Sequence[str]
    problems: list[Problem]

    def has(self, name: str) -> bool:
        """Whether the file has this column."""
        return name in self.places

    def wrong(self, row: Row, name: str, key: str, **args: object) -> None:
        """Note a problem in a cell."""
        self.problems.append(Problem(row.number, self.places.get(name, ""), key, args))


def read_table(path: Path, columns: Sequence[Column]) -> Table:
    """Read a file. Raises :class:`Refusal` with one line when it is no table that can be used at all."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise Refusal("cli.table.too_big", file=path.name, most=LARGEST_FILE // 2**20)
        content = path.read_bytes()
    except OSError as problem:
        raise Refusal("cli.table.unreadable", file=str(path), problem=problem.strerror or "") from None
    if not content.strip():
        raise Refusal("cli.table.empty", file=path.name)
    if content.startswith(b"PK"):
        return _from_workbook(content, path.name, columns)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refusal("cli.table.old_excel", file=path.name)
    return _from_text(_decoded(content, path.name), path.name, columns)


def pasted(text: str, code: str, number: str) -> Table:
    """Lines that begin with a code and end with a number, as somebody types them or pastes them from a sheet.

    What stands between (a unit's name) is passed over, and so are headings: lines without any digit. The names are
    those of the two columns.
    """
    table = Table([], {code: "", number: ""}, (), [])
    for at, line in enumerate(text.splitlines(), 1):
        words = line[:LONGEST_CELL].replace(";", " ").split()
        if words and any(char.isdigit() for char in line):
            last = words[-1] if len(words) > 1 else ""
            table.rows.append(Row(at, {code: words[0].rstrip(",:"), number: last}))
    return table


# ---------------------------------------------------------------- CSV


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1258")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # An old code page reads any bytes; only what comes out as Vietnamese was written in it.
        if encoding == "cp1258" and not _is_vietnamese(text):
            continue
        if "\0" in text:
            break
        return text
    raise Refusal("cli.table.not_a_table", file=name)


def _is_vietnamese(text: str) -> bool:
    return all(char.isascii() or char in _VIETNAMESE for char in unicodedata.normalize("NFC", text))


def _from_text(text: str, name: str, columns: Sequence[Column]) -> Table:
    tables = []
    try:
        for delimiter in ",;\t":
            lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            head = _Head.find(islice(lines, _HEADING_WITHIN), columns)
            tables.append((len(head.missing), delimiter, head))
        _, delimiter, head = min(tables, key=lambda one: one[0])
        head.check(name)
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return _rows(head, lines, name)
    except csv.Error:
        raise Refusal("cli.table.not_a_table", file=name) from None


# ---------------------------------------------------------------- XLSX


def _from_workbook(content: bytes, name: str, columns: Sequence[Column]) -> Table:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            # The library reads no more of a part than is declared here.
            unpacked = sum(part.file_size for part in parts)
            if unpacked > max(_A_LITTLE, MOST_TIMES * len(content)):
                raise Refusal("cli.table.bomb", file=name)
            if unpacked > LARGEST_UNPACKED or any(
                part.file_size > LARGEST_STRINGS for part in parts if "sharedStrings" in part.filename
            ):
                raise Refusal("cli.table.bomb", file=name)
        # Formulas are read as the values that were last seen in the spreadsheet.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        with closing(book):
            if not book.worksheets:
                raise Refusal("cli.table.empty", file=name)
            sheet = book.worksheets[0]
            # What a sheet says of its own size may be wrong.
            sheet.reset_dimensions()
            head = _Head.find(islice(_sheet_rows(sheet), _HEADING_WITHIN), columns)
            head.check(name)
            return _rows(head, _sheet_rows(sheet), name)
    except Refusal:
        raise
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError) as problem:
        raise Refusal("cli.table.not_a_table", file=name) from problem
    except (AttributeError, IndexError, EOFError, OSError, NotImplementedError, RuntimeError) as problem:
        raise Refusal("cli.table.not_a_table", file=name) from problem


def _sheet_rows(sheet: object) -> Iterator[list[str]]:
    rows: Iterable[Sequence[object]] = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)  # type: ignore[attr-defined]
    for row in rows:
        yield [_text(value) for value in row]


def _text(value: object) -> str:
    """A cell as one would type it."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        # Six decimals cannot be mistaken for thousands, as the three of 1.234 can.
        return str(int(value)) if value.is_integer() else f"{value:.6f}"
    return str(value)


# ---------------------------------------------------------------- both


@dataclass(slots=True)
class _Head:
    """Where the columns are."""

    number: int
    #: By position: the column's name in code.
    names: Mapping[int, str]
    titles: Sequence[str]
    missing: Sequence[str]
    doubled: Sequence[str]

    @classmethod
    def find(cls, rows: Iterable[Sequence[str]], columns: Sequence[Column]) -> "_Head":
        """The row with the most of the headings."""
        best = cls(0, {}, (), [one.name for one in columns if one.required], ())
        for number, cells in enumerate(rows, 1):
            names: dict[int, str] = {}
            doubled = []
            for position, title in enumerate(cells[:MOST_COLUMNS]):
                folded = fold(title[:LONGEST_CELL])
                found = next((one.name for one in columns if folded in one.headings), None)
                if found in names.values():
                    doubled.append(clean(title))
                elif found is not None:
                    names[position] = found
            missing = [one.name for one in columns if one.required and one.name not in names.values()]
            if len(missing) < len(best.missing) or (not best.names and names):
                best = cls(number, names, [clean(title) for title in cells], missing, doubled)
        return best

    def check(self, file: str) -> None:
        if self.doubled:
            raise Refusal("cli.table.doubled", file=file, column=", ".join(self.doubled))
        if self.missing:
            raise MissingColumns(file, self.missing)

    def place(self, position: int) -> str:
        return f"{get_column_letter(position + 1)} ({self.titles[position]})"


class MissingColumns(Refusal):
    """The headings do not say all that is needed. ``columns`` are their names in code."""

    def __init__(self, file: str, columns: Sequence[str]) -> None:
        """``file`` is its name."""
        super().__init__("cli.table.missing", file=file, columns=", ".join(columns))
        self.columns = tuple(columns)


def _rows(head: _Head, lines: Iterable[Sequence[str]], name: str) -> Table:
    places = {column: head.place(position) for position, column in head.names.items()}
    ignored = [title for at, title in enumerate(head.titles) if title and at not in head.names]
    table = Table([], places, ignored, [])
    for number, cells in enumerate(lines, 1):
        # Rows that were never written count too: a sheet may claim billions of them.
        if number - head.number > MOST_ROWS:
            raise Refusal("cli.table.too_many_rows", file=name, most=MOST_ROWS)
        if number <= head.number or not any(cell and not cell.isspace() for cell in cells):
            continue
        values: dict[str, str] = {}
        row = Row(number, values)
        for position, column_name in head.names.items():
            cell = cells[position] if position < len(cells) else ""
            if len(cell) > LONGEST_CELL:
                table.wrong(row, column_name, "cli.cell.too_long", most=LONGEST_CELL)
                cell = ""
            values[column_name] = " ".join(clean(cell).split())
        table.rows.append(row)
    return table


# ---------------------------------------------------------------- cells

_NUMBER = re.compile(r"\d{1,15}|\d{1,3}([., ])\d{3}(?:\1\d{3}){0,4}")
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-]*")
_EARLIEST_YEAR = 1900


def text_of(table: Table, row: Row, name: str, longest: int, *, required: bool = False) -> str | None:
    """A cell's text; None when it is empty or wrong."""
    text = row.cells.get(name, "")
    if len(text) > longest:
        table.wrong(row, name, "cli.cell.too_long", most=longest)
        return None
    if not text and required:
        table.wrong(row, name, "cli.cell.empty")
    return text or None


def code_of(table: Table, row: Row, name: str, longest: int, *, required: bool = True) -> str | None:
    """A code: letters, digits, dots, dashes; None when it is empty or wrong."""
    text = text_of(table, row, name, longest, required=required)
    if text is not None and not _CODE.fullmatch(text):
        table.wrong(row, name, "cli.cell.not_a_code", typed=text)
        return None
    return text


def number_of(table: Table, row: Row, name: str, most: int) -> int | None:
    """A whole number from 0 on, also written 1.234 or 1,234; None when it is empty or wrong."""
    text = row.cells.get(name, "")
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        table.wrong(row, name, "cli.cell.not_a_number", typed=text)
        return None
    number = int(re.sub(r"\D", "", text))
    if number > most:
        table.wrong(row, name, "cli.cell.too_large", most=most)
        return None
    return number


def day_of(table: Table, row: Row, name: str) -> date | None:
    """A day, as 31/1/2026 or 2026-01-31; None when it is empty or wrong."""
    text = row.cells.get(name, "")
    if not text:
        return None
    day, iso = _DAY.fullmatch(text), _ISO_DAY.fullmatch(text)
    parts = (iso[1], iso[2], iso[3]) if iso else (day[3], day[2], day[1]) if day else None
    try:
        found = date(int(parts[0]), int(parts[1]), int(parts[2])) if parts else None
    except ValueError:
        found = None
    if found is None or found.year < _EARLIEST_YEAR:
        table.wrong(row, name, "cli.cell.not_a_day", typed=text)
        return None
    return found
