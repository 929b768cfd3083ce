"""An administrator at a terminal: commands run in the process, on a database of the test's."""

import csv
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner
from openpyxl import Workbook

from bot.cli.main import main


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Administrator:
    """Somebody with a terminal, a folder and a database."""

    url: str
    folder: Path

    def runs(self, *words: str | Path, language: str = "vi_VN.UTF-8") -> Ran:
        """A command that is expected to end well or badly; an exception is always a failure."""
        environment = {
            "SANGKIEN_DATABASE__URL": self.url,
            "SANGKIEN_MEDIA__FOLDER": str(self.folder / "media"),
            "SANGKIEN_WEB__PUBLIC_URL": "https://sangkien.example.vn",
            "LANG": language,
        }
        result = CliRunner().invoke(main, [str(word) for word in words], env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def does(self, *words: str | Path) -> str:
        """A command that ends well; what it says."""
        ran = self.runs(*words)
        assert ran.code == 0, ran.err
        return ran.out

    def is_refused(self, *words: str | Path) -> str:
        """A command that is refused; what it says instead."""
        ran = self.runs(*words)
        assert ran.code == 2, ran
        return ran.err

    def csv(self, text: str, name: str = "table.csv") -> Path:
        """A file typed by hand."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def xlsx(self, rows: Sequence[Sequence[object]], name: str = "table.xlsx") -> Path:
        """A workbook."""
        book = Workbook()
        for row in rows:
            book.active.append(list(row))
        path = self.folder / name
        book.save(path)
        return path

    def asks(self, question: str) -> list[tuple[object, ...]]:
        """Look into a SQLite database past the bot."""
        connection = sqlite3.connect(self.url.partition("///")[2])
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()


UNITS = """code,name,kind,parent,members
TOP,Công đoàn Ngành,sector,,
A,Công đoàn Tổng công ty A,upper,TOP,900
B,Công đoàn Tổng công ty B,upper,TOP,800
A1,Công đoàn Nhà máy A1,grassroots,A,120
A11,Công đoàn Phân xưởng A11,section,A1,30
"""


def set_up(admin: Administrator) -> None:
    """Units, and a programme with two phases."""
    admin.does("units", "import", admin.csv(UNITS, "units.csv"))
    admin.does(
        "programme", "set", "TR", "--name", "Triệu sáng kiến", "--unit", "TOP",
        "--starts", "1/9/2021", "--ends", "1/9/2023",
    )  # fmt: skip
    for code, starts, ends in (("P1", "1/9/2021", "31/5/2022"), ("P2", "1/6/2022", "1/9/2023")):
        admin.does("phase", "set", "TR", code, "--name", f"Phase {code}", "--starts", starts, "--ends", ends)


def read_csv(path: Path) -> list[dict[str, str]]:
    """A CSV file as its reader sees it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
