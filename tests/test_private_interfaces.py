"""What we use of libraries without their having promised it: each name is looked at, so that a break says which it was."""

import inspect
import re
import tomllib
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from telegram import Bot
from telegram.request import BaseRequest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

ROOT = Path(__file__).parent.parent

#: The libraries whose private names we use.
LIBRARIES = ("aiosqlite", "python-telegram-bot", "uvicorn")


def unopened() -> aiosqlite.Connection:
    """A connection as ``storage.one_trip.connect`` makes it; nothing is opened before it is awaited."""
    return aiosqlite.Connection(lambda: pytest.fail("nobody opened it"), 64)


def looked_up(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


#: What must be true of each, by its name as the code has it.
PRIVATE: dict[tuple[str, str], Callable[[], object]] = {
    ("aiosqlite", "Connection(connector, iter_chunk_size)"): lambda: (
        list(inspect.signature(aiosqlite.Connection).parameters)[:2] == ["connector", "iter_chunk_size"]
    ),
    ("aiosqlite", "Connection._thread.daemon"): lambda: unopened()._thread.daemon is False,
    ("aiosqlite", "Connection._conn"): lambda: isinstance(
        inspect.getattr_static(aiosqlite.Connection, "_conn"), property
    ),
    ("aiosqlite", "Connection._execute(fn)"): lambda: (
        inspect.iscoroutinefunction(aiosqlite.Connection._execute)
        and list(inspect.signature(aiosqlite.Connection._execute).parameters)[1] == "fn"
    ),
    ("uvicorn", "HttpToolsProtocol(config, server_state, app_state, _loop)"): lambda: (
        list(inspect.signature(HttpToolsProtocol).parameters)
        == ["config", "server_state", "app_state", "_loop"]
    ),
    ("uvicorn", "HttpToolsProtocol's callbacks, which bot.web.connections stands around"): lambda: all(
        inspect.isfunction(inspect.getattr_static(HttpToolsProtocol, name))
        for name in (
            "connection_made",
            "connection_lost",
            "data_received",
            "on_message_begin",
            "on_headers_complete",
            "on_body",
            "on_message_complete",
            "on_response_complete",
            "timeout_keep_alive_handler",
            "pause_writing",
            "resume_writing",
            "_unset_keepalive_if_required",
        )
    ),
    ("uvicorn", "RequestResponseCycle's state, and HttpToolsProtocol.pipeline, flow, headers, url"): lambda: (
        all(
            f"self.{name}" in inspect.getsource(one)
            for one, names in (
                (
                    RequestResponseCycle,
                    ("response_started", "response_complete", "disconnected", "message_event"),
                ),
                (HttpToolsProtocol, ("pipeline", "flow", "headers", "url", "cycle", "client", "loop")),
            )
            for name in names
        )
    ),
    ("python-telegram-bot", "Bot._request"): lambda: all(
        isinstance(transport, BaseRequest) for transport in Bot("1:a")._request
    ),
    ("python-telegram-bot", "telegram._utils.types.ODVInput"): lambda: (
        looked_up("telegram._utils.types", "ODVInput") is not None
    ),
    (
        "python-telegram-bot",
        "telegram.request._requestparameter.RequestParameter(name, value, input_files)",
    ): lambda: (
        list(
            inspect.signature(looked_up("telegram.request._requestparameter", "RequestParameter")).parameters
        )
        == ["name", "value", "input_files"]
    ),
}


@pytest.mark.parametrize(("library", "name"), PRIVATE, ids=str)
def test_a_private_name_is_still_there(library: str, name: str) -> None:
    changed = f"{library} {version(library)} has changed {name}"
    try:
        holds = PRIVATE[library, name]()
    except Exception as problem:
        raise AssertionError(changed) from problem
    assert holds, changed


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_new_minor_version_comes_only_by_our_own_doing(library: str) -> None:
    """Its bound stands at the next minor version, so that nobody gets another one by upgrading."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = [one for one in project["dependencies"] if re.match(rf"{library}\W", one)]
    found = re.search(r">=(\d+)\.(\d+)(?:\.\d+)?,<(\d+)\.(\d+)$", wanted)
    assert found is not None, wanted
    major, minor, next_major, next_minor = map(int, found.groups())
    assert (next_major, next_minor) == (major, minor + 1)
    assert version(library).startswith(f"{major}.{minor}")
