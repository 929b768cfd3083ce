"""The tests for what was changed, within a time: ``python -m pytest -p tests.changed --changed --within 40``.

The house's rules come first, so that they are checked on a busy machine too. Tests mirror the tree, so a changed module's
tests are found by its place; those that import it come next, and the fast ones last. They run on SQLite alone. ``make test`` runs everything; this is for the minute before a commit.
"""

import ast
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

#: The rules of the house, in a few seconds: what any change may break, and no test of its place would notice.
RULES = (
    "tests/test_house*.py",
    "tests/test_domains*.py",
    "tests/test_texts*.py",
    "tests/test_docs.py",
    "tests/*/test_features*.py",
)
#: Always worth running: what needs no database.
FAST = ("tests/test_config.py", "tests/conversation")
#: What takes minutes even when nothing is wrong: it is left to ``make test``.
_LONG = ("tests/kill/", "test_month.py")
#: Where packages lie whose tests mirror them; the first part of a path falls away for the bot's own.
_PACKAGES = ("bot", "storage")
#: Modules that are looked through at all; a change that concerns more of them is one for `make test`.
_MOST = 40
_BEGAN = pytest.StashKey[float]()


# ---------------------------------------------------------------- which tests


def choose(changed: Iterable[str], tests: Sequence[str], imports: Iterable[tuple[str, str]]) -> list[str]:
    """The tests for changed files: the house's rules first, then those nearest to the files, then the fast ones.

    ``changed``: paths from the root, the newest first. ``tests``: all test modules. ``imports``: pairs of a test module
    and a module that it imports, as a dotted name. Gives test modules, each once.
    """
    importing: dict[str, list[str]] = {}
    for test, module in imports:
        importing.setdefault(module, []).append(test)
    exact: list[str] = []
    near: list[str] = []
    around: list[str] = []
    for path in changed:
        exact += _exact(path, tests)
        near += importing.get(_dotted(path), ())
        around += _around(path, tests)
    fast = [test for one in FAST for test in tests if test == one or test.startswith(f"{one}/")]
    rules = [test for pattern in RULES for test in tests if fnmatchcase(test, pattern)]
    ranked = dict.fromkeys((*rules, *exact, *near, *around, *fast))
    return [test for test in ranked if not any(part in test for part in _LONG)]


def _exact(path: str, tests: Sequence[str]) -> list[str]:
    """A test module itself, or the one of the same name in the mirrored folder or the folders above that."""
    if path in tests:
        return [path]
    name = PurePosixPath(path).name.partition(".")[0]
    # A package is named by its folder.
    name = PurePosixPath(path).parent.name if name == "__init__" else name
    folder, name = _mirror(path), f"test_{name}.py"
    for above in (folder, *folder.parents):
        if (found := str(above / name)) in tests:
            return [found]
    return []


def _around(path: str, tests: Sequence[str]) -> list[str]:
    """All of the nearest folder that mirrors the changed file's; none when only the whole suite does."""
    folder = _mirror(path)
    for above in (folder, *folder.parents):
        if above in (PurePosixPath("tests"), PurePosixPath()):
            break
        if inside := [test for test in tests if test.startswith(f"{above}/")]:
            return inside
    return []


def _mirror(path: str) -> PurePosixPath:
    """The folder of tests that mirrors a file's: ``bot/web/chat.py`` has its own in ``tests/web``."""
    first, *rest = PurePosixPath(path).parent.parts or (".",)
    if first == "tests":
        return PurePosixPath(path).parent
    if first == "bot":
        return PurePosixPath("tests", *rest)
    return PurePosixPath("tests", first, *rest) if first in _PACKAGES else PurePosixPath("tests")


def _dotted(path: str) -> str:
    return (
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") if path.endswith(".py") else ""
    )


def imported_by(tests: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Which modules of ours each test imports."""
    for test in tests:
        for node in ast.walk(ast.parse((ROOT / test).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((test, name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield test, node.module
                yield from ((test, f"{node.module}.{name.name}") for name in node.names)


def changed_files() -> list[str]:
    """What was changed since this branch left the main one, the newest first; else what the last commit changed.

    Nothing where there is no history to ask: then only the fast tests are left.
    """
    found = [*_git("diff", "--name-only", "HEAD"), *_git("ls-files", "--others", "--exclude-standard")]
    for main in ("origin/main", "main", "origin/master", "master"):
        base = _git("merge-base", "HEAD", main)
        if base and base != _git("rev-parse", "HEAD"):
            found += _git("log", "--name-only", "--format=", f"{base[0]}..HEAD")
            break
    return list(dict.fromkeys(found or _git("log", "-1", "--name-only", "--format=")))


def _git(*words: str) -> list[str]:
    git = shutil.which("git")
    if git is None:
        return []
    # The words are ours, not a stranger's.
    ran = subprocess.run((git, *words), cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    return [line for line in ran.stdout.splitlines() if line] if ran.returncode == 0 else []


# ---------------------------------------------------------------- for pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--changed", action="store_true", help="only tests for what was changed, and the fast ones"
    )
    parser.addoption("--within", type=float, default=None, help="begin no test after so many seconds")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--changed"):
        return
    if hasattr(config, "workerinput"):
        config.args = config.workerinput["changed"]
        return
    tests = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))
    config.args = choose(changed_files(), tests, imported_by(tests))[:_MOST]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # xdist's own
    """What the processes that xdist starts run is chosen once."""
    node.workerinput["changed"] = node.config.args


def pytest_report_header(config: pytest.Config) -> str | None:
    if not config.getoption("--changed"):
        return None
    return f"for what was changed, and the fast ones: {len(config.args)} test modules, on SQLite"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take those on PostgreSQL out: starting it takes longer than many tests."""
    if config.getoption("--changed"):
        left = [item for item in items if _needs_postgresql(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not _needs_postgresql(item)]


def _needs_postgresql(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return "postgresql_url" in getattr(item, "fixturenames", ()) or (
        callspec is not None and "postgresql" in callspec.params.values()
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[_BEGAN] = time.monotonic()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    within = item.config.getoption("--within")
    if within is not None and time.monotonic() - item.config.stash[_BEGAN] > within:
        pytest.skip(f"left to `make test`: {within:g} seconds were over")
