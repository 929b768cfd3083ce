"""Somebody at a terminal: lines go in through the command ``chat``, and its answers come out."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from bot.cli.main import main

#: What is set for every run, so that nothing is written outside of the test's folder.
FOLDER = "SANGKIEN_TERMINAL__FOLDER"


@dataclass(frozen=True, slots=True)
class Ran:
    """How a talk went."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """One for each line, with ``--json``."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.objects[-1]

    def text(self, at: int = -1) -> str:
        """All that was shown for a line."""
        return "\n".join(screen["text"] for screen in self.objects[at]["screens"])


@dataclass(frozen=True, slots=True)
class Terminal:
    """A folder with a database of its own; each talk is another run of the command."""

    folder: Path
    database: str

    def talks(
        self,
        *lines: str | bytes,
        as_name: str | None = None,
        is_json: bool = True,
        options: tuple[str, ...] = (),
        **environment: str,
    ) -> Ran:
        words = ["chat", "--database", self.database, *options]
        words += ["--as", as_name] if as_name is not None else []
        words += ["--json"] if is_json else []
        typed = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
        settings = {"LANG": "vi_VN.UTF-8", FOLDER: str(self.folder / "chat"), **environment}
        result = CliRunner().invoke(main, words, input=typed, env=settings)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def copy(self, folder: Path) -> "Terminal":
        """The same database, in another folder."""
        target = folder / "chat.db"
        shutil.copyfile(self.database, target)
        return Terminal(folder, str(target))


def label(screen: dict[str, Any], label: str) -> str:
    """What is typed for a choice of a screen."""
    found = [one["typed"] for one in screen["choices"] if label in one["label"]]
    assert len(found) == 1, (label, screen["choices"])
    return str(found[0])


#: A submission from the first question to the summary.
SUBMISSION = (
    "/sangkien",
    "Đồ gá khoan bốn lỗ",
    "Hàn tấm gá dày & chắc",
    "kỹ thuật",
    "hôm qua",
    "Khoan từng lỗ",
    "15tr",
    "Đúng",
    "bỏ qua",
)
