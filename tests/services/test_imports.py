"""Imports as rules: any tree comes in, in any order, once; moving keeps counts right; no file does harm."""

import io
import random
import tempfile
import unicodedata
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import FixedClock
from bot.documents import table as imports_table
from bot.documents.table import read_table
from bot.services.act import Act
from bot.services.people.imports import COLUMNS as PEOPLE_COLUMNS
from bot.services.people.imports import import_people
from bot.services.refusal import Refusal
from bot.services.units.imports import COLUMNS, import_units
from storage.base import Base
from storage.engine import Database, open_engine
from storage.initiatives import tally
from storage.initiatives.tables import CountedState, OpeningBalance, Phase, Programme
from storage.units.tables import Unit
from tests.conftest import MORNING


@asynccontextmanager
async def fresh() -> AsyncIterator[Database]:
    """An empty database of one example."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(open_engine(f"sqlite:///{folder}/t.db"))
        try:
            async with database.engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def act(database: Database) -> AsyncIterator[Act]:
    async with database.write() as session:
        yield Act(session, FixedClock(MORNING).now(), None)


@dataclass(frozen=True)
class Tree:
    """Parents by number; ``None`` for a top. ``order`` is that of the rows."""

    parents: tuple[int | None, ...]
    order: tuple[int, ...]

    def write(self, folder: Path) -> Path:
        lines = ["code,name,kind,parent"]
        for number in self.order:
            parent = self.parents[number]
            lines.append(f"U{number},Công đoàn {number},group,{'' if parent is None else f'u{parent}'}")
        path = folder / "units.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def trail(self, number: int) -> list[str]:
        """The codes from the top down."""
        parent = self.parents[number]
        return [*([] if parent is None else self.trail(parent)), f"U{number}"]


@st.composite
def trees(draw: st.DrawFn, size: int | None = None) -> Tree:
    size = draw(st.integers(1, 12)) if size is None else size
    # A parent is earlier in some order, so there is no circle; which order is drawn too.
    names = draw(st.permutations(range(size)))
    parents: dict[int, int | None] = {}
    for place, name in enumerate(names):
        above = draw(st.none() | st.integers(0, place - 1)) if place else None
        parents[name] = None if above is None else names[above]
    return Tree(tuple(parents[name] for name in range(size)), tuple(draw(st.permutations(range(size)))))


async def _import(database: Database, tree: Tree, folder: Path) -> tuple[int, int, int]:
    async with act(database) as one:
        found = await import_units(one, read_table(tree.write(folder), COLUMNS))
        assert not found.problems
        return found.new, found.changed, found.same


async def _join_codes(session: AsyncSession) -> dict[str, str]:
    return {unit.code: unit.join_code for unit in await session.scalars(select(Unit))}


async def _check_paths(database: Database, tree: Tree) -> None:
    async with database.read() as session:
        units = {unit.id: unit for unit in await session.scalars(select(Unit))}
    for unit in units.values():
        ids = [int(part) for part in unit.path.strip("/").split("/")]
        assert unit.path == f"/{'/'.join(map(str, ids))}/"
        assert [units[one].code for one in ids] == tree.trail(int(unit.code[1:]))


@settings(max_examples=30)
@given(trees())
async def test_any_tree_in_any_order_comes_in_once(tree: Tree) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with fresh() as database:
            size = len(tree.parents)
            assert await _import(database, tree, Path(folder)) == (size, 0, 0)
            await _check_paths(database, tree)
            async with database.read() as session:
                before = await _join_codes(session)
            assert len(set(before.values())) == size

            assert await _import(database, tree, Path(folder)) == (0, 0, size)

            async with database.read() as session:
                assert await _join_codes(session) == before


@settings(max_examples=30)
@given(st.integers(2, 10).flatmap(lambda size: st.tuples(trees(size), trees(size))), st.randoms())
async def test_moving_units_about_keeps_paths_and_counts_right(
    two: tuple[Tree, Tree], chance: random.Random
) -> None:
    before, after = two
    with tempfile.TemporaryDirectory() as folder:
        async with fresh() as database:
            await _import(database, before, Path(folder))
            async with act(database) as one:
                ids = (await one.session.scalars(select(Unit.id).order_by(Unit.id))).all()
                day = one.today
                programme = Programme(
                    code="P",
                    name="P",
                    unit_id=ids[0],
                    starts=day,
                    ends=day,
                    counts=CountedState.APPROVED,
                    rules={},
                )
                one.session.add(programme)
                await one.session.flush()
                phase = Phase(programme_id=programme.id, code="1", name="1", starts=day, ends=day)
                one.session.add(phase)
                await one.session.flush()
                for unit_id in ids:
                    one.session.add(
                        OpeningBalance(
                            unit_id=unit_id, phase_id=phase.id, number=chance.randint(1, 99), benefit=5
                        )
                    )
                await one.session.flush()
                await tally.rebuild(one.session)

            await _import(database, after, Path(folder))

            await _check_paths(database, after)
            async with database.read() as session:
                assert await tally.kept(session) == await tally.recount(session)


_NAMES = st.sampled_from(["Nguyễn Văn An", "TRẦN THỊ BÌNH", "lê hoà", "Đỗ Đức"])
_PEOPLE = st.dictionaries(
    st.tuples(st.sampled_from(["A", "a1"]), st.integers(1, 30)),
    st.tuples(
        _NAMES, st.sampled_from(["", "1/2/1990", "1988-12-31"]), st.sampled_from(["", "Xưởng 1", "x" * 200])
    ),
    max_size=20,
)


@settings(max_examples=20)
@given(_PEOPLE, _PEOPLE)
async def test_people_become_what_the_last_file_says(
    first: dict[tuple[str, int], tuple[str, str, str]], second: dict[tuple[str, int], tuple[str, str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        async with fresh() as database:
            async with act(database) as one:
                (Path(folder) / "u.csv").write_text("code;name;kind\nA;A;upper\nA1;A1;group")
                await import_units(one, read_table(Path(folder) / "u.csv", COLUMNS))
            last = (-1, -1)
            for people in (first, second, second):
                lines = ["staff_code,unit,name,born,workplace"]
                lines += [f"{number},{unit},{','.join(rest)}" for (unit, number), rest in people.items()]
                path.write_text("\n".join(lines), encoding="utf-8")
                async with act(database) as one:
                    found = await import_people(one, read_table(path, PEOPLE_COLUMNS))
                    assert not found.problems
                    assert found.new + found.changed + found.same == len(people)
                    last = (found.new, found.changed)
            assert last == (0, 0)


# Reading files.


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
    monkeypatch.setattr(imports_table, "LARGEST_UNPACKED", 1_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 1_000_001)
    assert len(out.getvalue()) < 3_000
    with pytest.raises(Refusal, match="bomb"):
        read_table(written(tmp_path, out.getvalue()), COLUMNS)


def test_too_many_rows_too_large_a_file_too_long_a_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, b"code,name,kind\n" + b"A,B,group\n" * 20 + b"A," + b"x" * 501 + b",group\n")
    assert [(one.row, one.column, one.key) for one in read_table(path, COLUMNS).problems] == [
        (22, "B (name)", "cli.cell.too_long")
    ]
    monkeypatch.setattr(imports_table, "MOST_ROWS", 20)
    with pytest.raises(Refusal, match="too_many_rows"):
        read_table(path, COLUMNS)
    monkeypatch.setattr(imports_table, "LARGEST_FILE", 100)
    with pytest.raises(Refusal, match="too_big"):
        read_table(path, COLUMNS)


def test_a_sheet_that_claims_a_billion_rows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports_table, "MOST_ROWS", 1_000)
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

    assert imports_table.number_of(table, table.rows[0], "members", 10**9) == number
    assert bool(table.problems) == (number is None)


async def test_counts_that_went_wrong_are_right_after_a_move() -> None:
    """The whole is counted anew, not only what moved."""
    async with fresh() as database, act(database) as one:
        with tempfile.TemporaryDirectory() as folder:
            await import_units(one, read_table(Tree((None, None, 0), (0, 1, 2)).write(Path(folder)), COLUMNS))
            await one.session.execute(update(Unit).values(path="/9/"))
            one.session.expire_all()
            found = await import_units(
                one, read_table(Tree((None, None, 1), (0, 1, 2)).write(Path(folder)), COLUMNS)
            )
        assert (found.changed, found.moved) == (1, 3)
