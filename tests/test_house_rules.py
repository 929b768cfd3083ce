"""The rules of the house that no single test of behaviour would notice."""

import ast
import logging
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "bot" / "locales"
LANGUAGES = ("vi", "en")
TOPICS = sorted(
    {
        path.relative_to(LOCALES / language).as_posix()
        for language in LANGUAGES
        for path in (LOCALES / language).rglob("*.toml")
    }
)

#: The names of plural forms (CLDR) that stand in a table in place of one sentence.
PLURALS = {"zero", "one", "two", "few", "many", "other"}

#: What no file needs, since pip finds packages by the settings of the machine that it runs on, and what would
#: tell of one person's machine.
FORBIDDEN = re.compile(
    r"pypi\.org|pythonhosted\.org|(?<![\w-])--(?:(?:extra-)?index-url|find-links|trusted-host)"
    r"|(?<![\w.}/-])/(?:work|root|tmp|home|Users)/\w"
)

#: Where Vietnamese words are no sentences of the bot's: the parsers know what people write, the demo has people
#: and units with names, and a setting's default is what a union replaces by its own name.
NO_SENTENCES = (
    *(f"bot/conversation/{name}.py" for name in ("text", "money", "dates", "shares")),
    "bot/demo/",
    "bot/config/",
)
VIETNAMESE = re.compile(
    "[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE
)


def project_files() -> Iterator[Path]:
    """What is, or would be, committed; without git, what stands outside the folders of the tools."""
    git = shutil.which("git")
    arguments = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    # The words are ours, not a stranger's.
    listed = git and subprocess.run([git, *arguments], cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    if listed and listed.returncode == 0:
        yield from filter(Path.is_file, (ROOT / name for name in listed.stdout.split("\0") if name))
        return
    for top in ROOT.iterdir():
        if top.is_file():
            yield top
        elif top.name == ".ci" or not top.name.startswith((".", "build", "data")):
            yield from filter(Path.is_file, top.rglob("*"))


def test_imports_point_one_way(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)

    status = lint_imports(no_cache=True, no_logo=True)
    # It switches off all loggers that there are, and later tests in this process would see nothing in their logs.
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False

    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_no_file_names_a_machine_or_where_packages_come_from() -> None:
    found = []
    for path in project_files():
        if path == Path(__file__):
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            for number, line in enumerate(lines, 1)
            if FORBIDDEN.search(line)
        ]

    assert not found, "\n".join(found)


def test_there_are_sentences_to_check() -> None:
    assert TOPICS


@pytest.mark.parametrize("topic", TOPICS)
def test_every_sentence_is_there_in_both_languages(topic: str) -> None:
    vietnamese, english = (sentences_of(LOCALES / language / topic) for language in ("vi", "en"))

    assert sorted(vietnamese) == sorted(english)


@pytest.mark.parametrize("topic", TOPICS)
def test_both_languages_fill_in_the_same(topic: str) -> None:
    vietnamese, english = (sentences_of(LOCALES / language / topic) for language in ("vi", "en"))

    differing = {
        key: (vietnamese[key], english[key])
        for key in vietnamese.keys() & english.keys()
        if vietnamese[key] != english[key]
    }
    assert not differing


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_sentences_have_no_markup_but_bold_and_italic(language: str, topic: str) -> None:
    text = (LOCALES / language / topic).read_text(encoding="utf-8")

    assert set(re.findall(r"</?\w+[^>]*>", text)) <= {"<b>", "</b>", "<i>", "</i>"}


def test_every_sentence_that_a_person_reads_is_in_a_locale_file() -> None:
    found = []
    for path in sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "storage").rglob("*.py")]):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(NO_SENTENCES):
            found += [f"{name}:{line}: {text!r}" for line, text in vietnamese_in(path)]

    assert not found, "\n".join(found)


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(rf"^## .*\b{re.escape(version)}\b", changelog, re.MULTILINE)


def sentences_of(path: Path) -> dict[str, set[str]]:
    """The keys of a locale file, each with the names that its sentence fills in."""
    return dict(_sentences(tomllib.loads(path.read_text(encoding="utf-8")), ""))


def _sentences(table: Mapping[str, object], prefix: str) -> Iterator[tuple[str, set[str]]]:
    for key, value in table.items():
        if isinstance(value, dict) and value.keys() <= PLURALS:
            # A language has as many forms as it needs; "other" is the one that all have, and the fullest.
            yield prefix + key, _placeholders(value["other"])
        elif isinstance(value, dict):
            yield from _sentences(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield prefix + key, _placeholders(value)
        else:
            raise TypeError(f"{prefix}{key} is no sentence: {value!r}")


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def vietnamese_in(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a Python file that are written in Vietnamese; docstrings and comments may use the field's words."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docstrings:
            continue
        # One letter or one sign (đ) is no sentence; two words are the beginning of one.
        if VIETNAMESE.search(node.value) and re.search(r"\w \w", node.value):
            yield node.lineno, node.value
