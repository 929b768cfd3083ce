"""The domains: the same names on every floor, each knowing only those before it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domains import ORDER

ROOT = Path(__file__).parent.parent

#: The floors that hold the product. The command line calls use cases of all domains, each in a folder of its own.
FLOORS = ("bot/handlers", "bot/screens", "bot/services", "storage")
WITH_FOLDERS = (
    *FLOORS,
    "bot/cli",
    "bot/locales/vi",
    "bot/locales/en",
    "tests/handlers",
    "tests/services",
    "tests/cli",
)

#: What stands beside the domains on a floor, in folders of its own.
BESIDE = {"storage": {"conversation", "delivery", "migrations"}}


def domain_of(module: str) -> str:
    """The domain of a dotted module name; empty for what stands beside them."""
    for floor in FLOORS:
        prefix = floor.replace("/", ".") + "."
        if module.startswith(prefix):
            name = module.removeprefix(prefix).partition(".")[0]
            return name if name in ORDER else ""
    return ""


def imported_by(path: Path) -> Iterator[str]:
    """What a file imports, each name in full."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{one.name}" for one in node.names)


def is_known_to_all(module: str) -> bool:
    """A choice may lead anywhere: what can be pressed is known to every domain, not what comes of it."""
    return module.startswith("bot.screens.") and ".actions" in module


def files(*floors: str) -> Iterator[Path]:
    for floor in floors:
        yield from sorted((ROOT / floor).rglob("*.py"))


def test_a_domain_knows_only_those_before_it() -> None:
    wrong = []
    for path in files(*FLOORS):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        mine = domain_of(module)
        for other in imported_by(path) if mine else ():
            theirs = domain_of(other)
            if theirs and ORDER.index(theirs) > ORDER.index(mine) and not is_known_to_all(other):
                wrong.append(f"{module} ({mine}) knows {other} ({theirs})")

    assert not wrong, "\n".join(wrong)


def test_what_stands_beside_the_domains_knows_none_of_their_handlers() -> None:
    wrong = []
    for path in files("bot/handlers", "bot/screens", "bot/services"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        floor = ".".join(module.split(".")[:2])
        if domain_of(module) or module == floor:
            continue
        wrong += [
            f"{module} knows {other}"
            for other in imported_by(path)
            if other.startswith("bot.handlers.") and domain_of(other)
        ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("floor", WITH_FOLDERS)
def test_every_folder_of_a_floor_is_a_domain(floor: str) -> None:
    folders = {one.name for one in (ROOT / floor).iterdir() if one.is_dir() and one.name != "__pycache__"}

    assert folders <= {*ORDER, *BESIDE.get(floor, ())}


def test_no_file_is_long() -> None:
    """Four hundred lines are what one reads at a sitting; data may be longer."""
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for top in ("bot", "storage", "tests", "bench")
        for suffix in ("*.py", "*.js")
        for path in sorted((ROOT / top).rglob(suffix))
        if "migrations/versions" not in path.as_posix()
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]

    assert not long, "\n".join(long)


def test_sql_stands_in_storage_alone() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for path in files("bot")
        if any(name.partition(".")[0] == "sqlalchemy" for name in imported_by(path))
    ]

    assert not found, "\n".join(found)


def test_no_handler_touches_the_session() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files("bot/handlers")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\bsession\.|turn\.session\b", line.partition("#")[0])
        and path.name != "turn.py"
        # Which the words of a notice are looked up with.
        and "await tell(turn.session, " not in line
    ]

    assert not found, "\n".join(found)


def test_what_differs_between_databases_stands_in_one_module() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files("storage")
        if path.name not in ("dialect.py", "types.py", "engine.py") and "migrations" not in path.parts
        for name in imported_by(path)
        if name.startswith("sqlalchemy.dialects")
    ]
    found += [
        f"{path.relative_to(ROOT)}: asks for the dialect's name"
        for path in files("storage", "bot")
        if path.name not in ("dialect.py", "types.py", "engine.py")
        and "migrations" not in path.parts
        and ".dialect.name" in path.read_text(encoding="utf-8")
    ]

    assert not found, "\n".join(found)


def test_no_two_classes_share_a_name() -> None:
    """Whoever reads of a class finds the one that is meant."""
    found: dict[str, list[str]] = {}
    for path in files("bot", "storage"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())

    shared = {name: places for name, places in found.items() if len(places) > 1}
    assert not shared
