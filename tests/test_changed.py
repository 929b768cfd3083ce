"""Which tests `make check` chooses: the house's rules, then those of what was changed, then the fast ones."""

import pytest

from tests import changed
from tests.changed import FAST, choose, imported_by

TESTS = (
    "tests/cli/test_people.py",
    "tests/conversation/test_money.py",
    "tests/handlers/people/test_register.py",
    "tests/handlers/people/test_roles.py",
    "tests/handlers/review/test_queue.py",
    "tests/kill/test_kill_web.py",
    "tests/services/people/test_roles.py",
    "tests/services/test_counts.py",
    "tests/storage/test_tally.py",
    "tests/test_config.py",
    "tests/test_docs.py",
    "tests/test_house_rules.py",
    "tests/test_start.py",
    "tests/web/test_chat.py",
)
RULES = ["tests/test_house_rules.py", "tests/test_docs.py"]
#: What runs whatever was changed.
ALWAYS = [*RULES, "tests/test_config.py", "tests/conversation/test_money.py"]


@pytest.mark.parametrize(
    ("path", "first"),
    [
        # The module of the same name, then the others of its folder.
        (
            "bot/handlers/people/roles.py",
            ["tests/handlers/people/test_roles.py", "tests/handlers/people/test_register.py"],
        ),
        ("storage/tally.py", ["tests/storage/test_tally.py"]),
        ("bot/conversation/money.py", ["tests/conversation/test_money.py"]),
        # A test is its own.
        ("tests/web/test_chat.py", ["tests/web/test_chat.py"]),
        # What tests of a folder share concerns all of them.
        ("tests/handlers/review/conftest.py", ["tests/handlers/review/test_queue.py"]),
        # Where nothing mirrors the folder, the nearest one above it does.
        ("bot/web/static/js/stream.js", ["tests/web/test_chat.py"]),
        ("bot/handlers/review/cards/decided.py", ["tests/handlers/review/test_queue.py"]),
        # A module became a folder: its tests stand above it as yet.
        ("bot/services/counts/__init__.py", ["tests/services/test_counts.py"]),
        ("config.example.toml", ["tests/test_config.py"]),
    ],
)  # fmt: skip
def test_a_changed_file_brings_the_tests_of_its_place_after_the_rules(path: str, first: list[str]) -> None:
    chosen = choose([path], TESTS, ())

    assert chosen[: len(RULES) + len(first)] == [*RULES, *first]
    assert set(ALWAYS) <= set(chosen)


@pytest.mark.parametrize(
    "path", ["Makefile", "README.md", "bench/rate.py", "bot/__init__.py", "storage/new/unheard_of.py"]
)
def test_where_nothing_can_be_told_the_fast_ones_run(path: str) -> None:
    tests = [test for test in TESTS if not test.startswith("tests/storage/")]

    assert choose([path], tests, ()) == ALWAYS


def test_what_imports_a_changed_module_comes_before_the_rest_of_its_folder() -> None:
    imports = [
        ("tests/web/test_chat.py", "bot.services.people.roles"),
        ("tests/cli/test_people.py", "bot.texts"),
    ]

    chosen = choose(["bot/services/people/roles.py"], TESTS, imports)

    assert chosen[:4] == [*RULES, "tests/services/people/test_roles.py", "tests/web/test_chat.py"]
    assert "tests/cli/test_people.py" not in chosen


def test_the_newest_change_comes_first_and_nothing_comes_twice() -> None:
    chosen = choose(["bot/web/chat.py", "storage/tally.py", "bot/web/page.py"], TESTS, ())

    assert chosen == [*RULES, "tests/web/test_chat.py", "tests/storage/test_tally.py", *ALWAYS[len(RULES) :]]


def test_what_takes_minutes_is_left_out() -> None:
    assert choose(["tests/kill/test_kill_web.py"], TESTS, ()) == ALWAYS


def test_the_rules_and_the_fast_ones_are_there() -> None:
    for path in (*RULES, *FAST):
        assert (changed.ROOT / path).exists(), path


def test_the_tests_of_this_very_tree_are_read() -> None:
    assert ("tests/test_changed.py", "tests.changed") in set(imported_by(["tests/test_changed.py"]))


SUITE = """
import pytest

def test_first():
    pass

@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_on(database):
    pass
"""


def test_no_test_begins_when_the_time_is_over(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    pytester.makepyprojecttoml("[tool.pytest]\nasyncio_default_fixture_loop_scope = 'session'\n")

    pytester.runpytest("-p", "tests.changed", "--within", "60").assert_outcomes(passed=3)
    pytester.runpytest("-p", "tests.changed", "--within", "-1").assert_outcomes(skipped=3)
