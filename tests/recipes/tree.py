"""A copy of the tree, in which a recipe of CONTRIBUTING.md is followed step by step."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

#: What runs and what tests it; documents, builds and environments are not needed.
_COPIED = ("bot", "storage", "tests", "pyproject.toml")


@dataclass
class Tree:
    """The copy, and what the recipe has changed in it."""

    root: Path
    #: The files that were changed or added, besides those of sentences.
    changed: set[str] = field(default_factory=set)
    #: The files of sentences.
    sentences: set[str] = field(default_factory=set)

    @classmethod
    def copied_to(cls, folder: Path) -> "Tree":
        """As it stands now."""
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")
                shutil.copytree(source, folder / name, ignore=ignored)
            else:
                shutil.copy(source, folder / name)
        return cls(folder)

    def adds(self, path: str, text: str) -> None:
        """A new file."""
        target = self.root / path
        assert not target.exists(), f"{path} is there already"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        self._note(path)

    def changes(self, path: str, before: str, after: str) -> None:
        """Put ``after`` in the place of ``before``, which has to stand there once."""
        target = self.root / path
        text = target.read_text(encoding="utf-8")
        assert text.count(before) == 1, (
            f"{path} has {before!r} {text.count(before)} times: is the recipe still true?"
        )
        target.write_text(text.replace(before, after), encoding="utf-8")
        self._note(path)

    def says(self, path: str, vi: str, en: str) -> None:
        """Sentences at the end of a locale file, ``path`` below the language, in both languages."""
        for language, words in (("vi", vi), ("en", en)):
            target = self.root / "bot" / "locales" / language / path
            old = target.read_text(encoding="utf-8") if target.exists() else ""
            target.write_text(f"{old}\n{words}\n", encoding="utf-8")
            self.sentences.add(path)

    def _note(self, path: str) -> None:
        self.changed.add(path)

    def runs(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Python in the copy, with none of this process's settings."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        return subprocess.run(  # noqa: S603 - our own interpreter, in our own copy
            [sys.executable, *words],
            cwd=self.root,
            env={**environment, "PYTHONPATH": str(self.root), "LANG": "vi_VN.UTF-8"},
            input=typed,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=170,
            check=False,
        )

    def tests(self, which: str, *paths: str) -> subprocess.CompletedProcess[str]:
        """The tests of the copy, those that ``pytest -k which`` chooses of them."""
        return self.runs("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", which, *paths)
