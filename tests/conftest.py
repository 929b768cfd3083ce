"""What every test can ask for, and what no test may do."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import wiring
from bot.clock import FixedClock
from storage.engine import open_engine
from tests.browser import Phones, find_chromium, is_needed, launch
from tests.databases import (
    Engines,
    PostgresqlDatabases,
    SqliteDatabases,
    folder_for_postgresql,
    stop_postgresql,
)
from tests.network import NetworkGuard
from tests.talk import START

#: A Monday in the programme's second phase, nine in the morning where the workers are.
MORNING = datetime(2022, 10, 3, 2, 0, tzinfo=UTC)

# No deadlines: how long an example takes says something about the machine, not about the code.
settings.register_profile("quick", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=200, print_blob=True)
settings.load_profile("quick")  # `--hypothesis-profile=ci` comes later and wins

_POSTGRESQL = pytest.StashKey[Path]()


# One PostgreSQL for a run: the process that was started by hand makes its folder and ends it; the test
# processes that it starts are told the folder, and the first of them that needs the server starts it.


def pytest_configure(config: pytest.Config) -> None:
    told = getattr(config, "workerinput", {}).get("postgresql")
    config.stash[_POSTGRESQL] = Path(told) if told else folder_for_postgresql()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgresql"] = str(node.config.stash[_POSTGRESQL])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (folder := config.stash.get(_POSTGRESQL, None)):
        stop_postgresql(folder)


def pytest_collection_finish() -> None:
    # What the tests import stays to the end: it need not be looked through again and again for what can go.
    gc.collect()
    gc.freeze()


# What no test may do.


@pytest.fixture(scope="session", autouse=True)
def _guard() -> Iterator[NetworkGuard]:
    guard = NetworkGuard()
    guard.install()
    yield guard
    guard.uninstall()


@pytest.fixture(autouse=True)
def network(_guard: NetworkGuard) -> Iterator[NetworkGuard]:
    """The guard that keeps this test on this machine."""
    yield _guard
    refused, _guard.refused = _guard.refused, []
    if refused:
        pytest.fail(f"tests stay on this machine, and this one tried {', '.join(refused)}", pytrace=False)


@pytest.fixture(autouse=True)
async def _nothing_left_behind() -> AsyncIterator[None]:
    """Fail a test that leaves tasks running, or errors that nobody awaited."""
    loop = asyncio.get_running_loop()
    before = asyncio.all_tasks()
    unhandled: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, context: unhandled.append(context))
    yield
    # A task that was awaited in this very step is done; its callbacks come in the next one.
    await asyncio.sleep(0)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    names = sorted(repr(task.get_coro()) for task in left)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    # The error of a task that nobody awaited is told when the task is collected.
    gc.collect(1)
    loop.set_exception_handler(None)
    if names:
        pytest.fail(f"left running: {', '.join(names)}", pytrace=False)
    if unhandled:
        lines = [f"{context['message']}: {context.get('exception')!r}" for context in unhandled]
        pytest.fail("nobody handled: " + "; ".join(lines), pytrace=False)


# Databases.


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def _postgresql(request: pytest.FixtureRequest) -> Iterator[PostgresqlDatabases]:
    process = os.environ.get("PYTEST_XDIST_WORKER", "main")
    databases = PostgresqlDatabases(request.config.stash[_POSTGRESQL], process)
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database. A test that asks for it runs twice: on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        sqlite: SqliteDatabases = request.getfixturevalue("_sqlite")
        yield sqlite.create(tmp_path)
        return
    yield request.getfixturevalue("postgresql_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def demo_on(request: pytest.FixtureRequest) -> str:
    """Which database the demo is in."""
    return str(request.param)


@pytest.fixture
def demo_url(
    demo_on: str, request: pytest.FixtureRequest, demo_from: datetime, _engines: Engines
) -> Iterator[str]:
    """The same with the demo in it: a copy of one that has it. All have one address, and their bots one engine."""
    databases: SqliteDatabases | PostgresqlDatabases = request.getfixturevalue(f"_{demo_on}")
    url = databases.create_demo(demo_from)
    _engines.keep(url)
    yield url
    _engines.let_go()
    databases.drop_demo()


@pytest.fixture
def demo_from() -> datetime:
    """When the demo was made."""
    return START


@pytest.fixture(scope="session")
def _engines() -> Iterator[Engines]:
    engines = Engines()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "open_engine", engines.open)
        yield engines


@pytest.fixture
def postgresql_url(_postgresql: PostgresqlDatabases) -> Iterator[str]:
    """A fresh, migrated database that several processes may share."""
    url = _postgresql.create()
    yield url
    _postgresql.drop(url)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh database."""
    engine = open_engine(database_url)
    yield engine
    await engine.dispose()


# Time.


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at a Monday morning until the test moves it."""
    return FixedClock(MORNING)


# The browser.


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The one browser of this test process; tests take a phone of their own, see :func:`phones`."""
    executable = find_chromium()
    if executable is None:
        reason = "no Chromium was found; install it, or name it in SANGKIEN_TESTS_CHROMIUM"
        if is_needed():
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        browser = await launch(playwright, executable)
        yield browser
        await browser.close()


@pytest.fixture
async def phones(chromium: Browser) -> AsyncIterator[Phones]:
    """Opens as many phones as the test has people: ``page = await phones.open()``.

    The test fails when a page logs an error, throws, or asks for anything outside this machine.
    """
    phones = Phones(chromium)
    yield phones
    await phones.close()
    if phones.complaints:
        pytest.fail("the browser complains of " + "; ".join(phones.complaints), pytrace=False)


@pytest.fixture
async def phone(phones: Phones) -> Page:
    """One person's phone, with an empty page."""
    return await phones.open()
