"""The export: one row for each initiative, nothing that a spreadsheet would run, nothing confidential unasked."""

import asyncio
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select

from bot.services.recognition.export import COLUMNS, harmless
from storage.engine import Database, open_engine
from storage.initiatives.tables import Author, Initiative, InitiativeState, Phase, Programme
from storage.people.tables import Person
from storage.units.tables import Unit
from tests.cli.administrator import Administrator, read_csv, set_up
from tests.conftest import MORNING


async def _fill(url: str) -> None:
    database = Database(open_engine(url))
    try:
        async with database.write() as session:
            units = {unit.code: unit for unit in await session.scalars(select(Unit))}
            programme = (await session.scalars(select(Programme))).one()
            phase = (await session.scalars(select(Phase).where(Phase.code == "P1"))).one()
            person = Person(name="Nguyễn Văn An", name_folded="nguyen van an", created_at=MORNING)
            session.add(person)
            await session.flush()
            for number, (unit, name, confidential) in enumerate(
                (
                    ("A11", "=cmd|'/c calc'!A1", False),
                    ("A1", "Máy cắt", True),
                    ("B", "Không phải của A", False),
                ),
                1,
            ):
                initiative = Initiative(
                    code=f"TR-2022-00000{number}",
                    programme_id=programme.id,
                    phase_id=phase.id,
                    unit_id=units[unit].id,
                    entered_by=person.id,
                    state=InitiativeState.APPROVED,
                    name=name,
                    name_folded="x",
                    content="+ Nội dung\x07 bí mật",
                    field="technical",
                    topics=["safety", "saving"],
                    situation_before="@SUM(A1)",
                    first_applied=date(2022, 3, 1),
                    first_applied_precision="month",
                    benefit=15_000_000,
                    confidential=confidential,
                    submitted_at=MORNING,
                    due_at=MORNING,
                )
                session.add(initiative)
                await session.flush()
                for position, (author, share) in enumerate((("Nguyễn Văn An", 6_250), ("Trần Bình", 3_750))):
                    session.add(
                        Author(initiative_id=initiative.id, position=position, name=author, share=share)
                    )
    finally:
        await database.close()


@pytest.fixture
def filled(admin: Administrator) -> Administrator:
    set_up(admin)
    asyncio.run(_fill(admin.url))
    return admin


def test_the_subtree_comes_out_as_a_workbook(filled: Administrator) -> None:
    file = filled.folder / "out.xlsx"

    assert "Đã ghi 2 sáng kiến" in filled.does("export", "A", "-o", file)

    rows = list(load_workbook(file).active.iter_rows(values_only=True))
    assert len(rows) == 3
    assert rows[0][0] == "Mã sáng kiến"
    first = dict(zip(COLUMNS, rows[1], strict=True))
    assert first["name"] == "'=cmd|'/c calc'!A1"
    assert first["content"] == "'+ Nội dung bí mật"
    assert first["situation_before"] == "'@SUM(A1)"
    assert first["benefit"] == 15_000_000
    assert first["first_applied"] == "3/2022"
    assert first["authors"] == "Nguyễn Văn An (62,5 %); Trần Bình (37,5 %)"
    assert first["field"] == "Kỹ thuật"
    assert first["submitted_at"] == "2022-10-03 09:00:00"
    assert first["unit_code"] == "A11"


def test_confidential_content_stays_unless_it_is_asked_for(filled: Administrator) -> None:
    file = filled.folder / "out.csv"

    filled.does("export", "TOP", "-o", file)
    rows = {row["Tên sáng kiến"]: row for row in read_csv(file)}
    assert len(rows) == 3
    assert rows["Máy cắt"]["Nội dung"] == "(giữ kín)"
    assert rows["Máy cắt"]["Tình trạng trước khi có sáng kiến"] == "(giữ kín)"
    assert rows["Máy cắt"]["Giá trị làm lợi (đồng/năm)"] == "15000000"
    assert "bí mật" in rows["Không phải của A"]["Nội dung"]

    filled.does("export", "TOP", "-o", file, "--confidential")
    assert all("bí mật" in row["Nội dung"] for row in read_csv(file))


def test_other_kinds_of_file_are_refused(admin_on_sqlite: Administrator, tmp_path: Path) -> None:
    assert ".xlsx" in admin_on_sqlite.is_refused("export", "A", "-o", tmp_path / "out.pdf")


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n 'aＡ＝＋－＠\x00\x0b\ud800")) | st.text())
def test_no_text_is_a_formula(text: str) -> None:
    written = harmless(text)

    assert not written.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert not written.startswith(("\t", "\r", "\n"))
    written.encode()


@given(st.text(alphabet="aá 1/.,", max_size=30))
def test_harmless_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text
