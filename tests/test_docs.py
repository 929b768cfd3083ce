"""What the pages say is there: the files that they lead to, the targets of make, and the commands of the bot."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli.main import main

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_something(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [one for one in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in one]

    missing = [one for one in links if not (ROOT / page).parent.joinpath(one).exists()]
    assert not missing


def _commands() -> Iterator[tuple[str, str, str]]:
    for page in PAGES:
        for words in re.findall(
            r"python -m bot ((?:[a-z][a-z-]* ?){1,2})", (ROOT / page).read_text(encoding="utf-8")
        ):
            first, _, second = words.strip().partition(" ")
            if first:
                yield page, first, second


def test_the_commands_that_pages_name_are_there() -> None:
    named = list(_commands())
    assert named
    for page, first, second in named:
        command = main.commands.get(first)
        assert command is not None, f"{page}: python -m bot {first}"
        if isinstance(command, click.Group) and second:
            assert second in command.commands, f"{page}: python -m bot {first} {second}"


def test_the_targets_that_pages_name_are_there() -> None:
    targets = set(
        re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )

    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        named = set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE))
        assert named <= targets, page


def test_every_target_explains_itself_and_is_told_of() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", makefile, re.MULTILINE)

    assert targets
    for target in targets:
        assert re.search(rf"^{target}:.*## \S", makefile, re.MULTILINE), target
        assert target == "help" or re.search(rf"`(make )?{target}\b", contributing), target


def test_the_list_of_decisions_is_whole() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text(encoding="utf-8"))

    assert listed == sorted(path.name for path in folder.glob("0*.md"))


def test_the_table_of_requirements_is_whole_and_names_tests_that_are_there() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\d., ]+) \|.*\| (held|open|does not apply) \| (.*) \|$", text, re.MULTILINE)
    numbers = [number for row in rows for number in row[0].split(", ")]
    # ASVS 5.0.0 has 253 requirements at levels 1 and 2.
    assert len(numbers) == len(set(numbers)) == 253
    for listed, state, why in rows:
        tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", why)
        assert bool(tests) or state != "held", listed
        assert why.strip(), listed
        for path, name in tests:
            assert f"def {name}(" in (ROOT / path).read_text("utf-8"), (listed, path, name)
    counted = {state: sum(len(row[0].split(", ")) for row in rows if row[1] == state) for _, state, _ in rows}
    said = f"{counted['held']} are held, {counted['open']} open, {counted['does not apply']} do not apply"
    assert said in text
