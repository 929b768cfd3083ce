"""The terminal that the tests type at."""

from pathlib import Path

import pytest

from tests.channels.terminal.at_terminal import Terminal


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A database that ``chat`` made once; bringing up the tables is most of a talk's time."""
    folder = tmp_path_factory.mktemp("terminal")
    made = Terminal(folder, str(folder / "made.db"))
    assert made.talks().code == 0
    return made


@pytest.fixture
def terminal(_made: Terminal, tmp_path: Path) -> Terminal:
    """A terminal with a demo of its own."""
    return _made.copy(tmp_path)
