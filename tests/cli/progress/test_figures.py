"""The report of 2022, loaded with the commands that its page names: what everybody then reads is what it says."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.documents.progress_picture import lay_out_progress
from bot.documents.words import picture_words
from bot.screens.progress.picture import progress_view
from bot.services.progress.progress import progress
from storage.people.tables import Role
from tests.cli.administrator import Administrator
from tests.talk import stage

ROOT = Path(__file__).parents[3]
SHEET = ROOT / "docs/figures/cong-thuong-2022.csv"
FIRST = "1. Công đoàn Tổng Công ty Máy động lực và Máy nông nghiệp Việt Nam: "
#: The day to which the report counts.
REPORTED = datetime(2022, 7, 11, 3, 0, tzinfo=UTC)


def commands() -> list[list[str]]:
    page = (ROOT / "docs/figures/README.md").read_text("utf-8")
    lines = re.findall(r"^python -m bot (.*)$", page, re.MULTILINE)
    return [
        [word.replace("docs/", f"{ROOT}/docs/") for word in shlex.split(one, comments=True)] for one in lines
    ]


@pytest.fixture
def loaded(admin: Administrator, monkeypatch: pytest.MonkeyPatch) -> Administrator:
    monkeypatch.chdir(admin.folder)
    for words in commands()[:-2]:
        admin.does(*words)
    return admin


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_command_line_reads_what_the_report_says(loaded: Administrator) -> None:
    whole, first = (plain(loaded.does(*words)) for words in commands()[-2:])

    assert "9.493 / 16.000 sáng kiến · 59,3 %" in whole
    assert FIRST + "6.707" in whole
    assert "5.431 / 6.000 sáng kiến · 90,5 %" in first
    assert FIRST + "2.956" in first
    assert (loaded.folder / "progress.png").read_bytes().startswith(b"\x89PNG")
    assert "0 mới, 0 thay đổi, 15 giữ nguyên" in loaded.does("counts", "import", SHEET)
    assert "Số liệu đúng" in loaded.does("check")


async def test_the_chat_and_its_picture_read_what_the_report_says(
    loaded: Administrator, tmp_path: Path
) -> None:
    async with stage(loaded.url, tmp_path, start=REPORTED) as bot:
        officer = await bot.person("Lê Thu Hà", unit="CTVN", role=Role.OFFICER)

        whole = plain((await officer.says("/tiendo")).text)
        assert "9.493 / 16.000 sáng kiến · 59,3 %" in whole
        assert FIRST + "6.707" in whole
        first = plain((await officer.taps("Giai đoạn I")).text)
        assert "5.431 / 6.000 sáng kiến · 90,5 %" in first
        assert FIRST + "2.956" in first

        unit = await bot.unit("CTVN")
        programme = bot.bot.services.programmes.for_unit(unit.path, REPORTED.date())
        async with bot.bot.database.read() as session:
            view = progress_view(await progress(bot.act(session), unit.id, programme, None), REPORTED)
        words = picture_words(bot.bot.services.texts.say("vi"))
        shown = " | ".join(plain(one.text) for one in lay_out_progress(view, words=words).texts)
        for said in ("59,3 %", "9.493", "trên chỉ tiêu 16.000", "còn 6.507 nữa", "6.707"):
            assert said in shown


def test_a_number_holds_those_of_the_units_below(admin: Administrator) -> None:
    for words in commands()[:4]:
        admin.does(*words)
    add = admin.csv("code,name,kind,parent\nVEAM-1,Công đoàn Nhà máy Một,grassroots,VEAM\n", "more.csv")
    admin.does("units", "import", add)

    assert "3 mới" in admin.does("counts", "import", admin.csv("Mã;P1\nCTVN;5.431\nVEAM;2.956\nVEAM-1;56\n"))
    assert "5.431 sáng kiến" in plain(admin.does("progress", "CTVN"))
    assert "1. Công đoàn Nhà máy Một: 56" in admin.does("progress", "VEAM")

    # A lower unit's number alone: those above it grow by as much.
    assert "1 thay đổi" in admin.does("counts", "import", admin.csv("Mã;Giai đoạn I\nVEAM-1;66\n"))
    assert "5.441 sáng kiến" in plain(admin.does("progress", "CTVN"))
    assert "Số liệu đúng" in admin.does("check")


def test_sheets_that_cannot_be_right_name_the_cell(admin: Administrator) -> None:
    for words in commands()[:4]:
        admin.does(*words)

    said = admin.is_refused(
        "counts",
        "import",
        admin.csv("code,phase 1,phase2\nCTVN,300,\nVEAM,200,x\nSABECO,101,\nNO,1,\nVEAM,1,\n"),
    )

    assert "Dòng 2, cột B (phase 1): 300 ít hơn 301 là tổng của các đơn vị bên dưới" in said
    assert "Dòng 3, cột C (phase2): “x” không phải số nguyên" in said
    assert "Dòng 5, cột A (code): không có đơn vị nào mang mã “NO”" in said
    assert "Dòng 6, cột A (code): “VEAM” đã có ở dòng 3" in said
    assert "0 sáng kiến" in admin.does("progress", "CTVN")
    assert "P1, P2" in admin.is_refused("counts", "import", admin.csv("code,phase 9\nCTVN,1\n"))
    assert "P1, P2" in admin.is_refused("progress", "CTVN", "--phase", "P9")
