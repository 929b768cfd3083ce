"""Answers of the console on the terminal: as text for people, or as a JSON object a line for programs."""

import enum
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from bot.channels.terminal.channel import ShownFile
from bot.channels.terminal.console import Answer, ShownScreen
from bot.channels.terminal.rendering import as_text, printable
from bot.reception.understood import StoredRow
from bot.texts import Say

#: Gets the lines, without their end.
Out = Callable[[str], None]

#: Tables that say how the bot works rather than what somebody told it.
_MACHINERY = frozenset(
    {"account", "conversation", "draft", "inbox", "offer", "outbox", "serial", "tally", "transcript_line"}
)


class Printer(Protocol):
    """Puts answers out."""

    def arrived(self, screens: Sequence[ShownScreen]) -> None:
        """What has come without a line."""

    def answer(self, answer: Answer) -> None:
        """What a line led to."""


class TextPrinter:
    """For people: the bot's words set in, one screen after the other."""

    def __init__(self, out: Out, say: Say, *, bold: bool, echo: bool) -> None:
        """``bold``: with the terminal's signs for bold. ``echo``: say what was said, where nobody saw it typed."""
        self._out = out
        self._say = say
        self._bold = bold
        self._echo = echo

    def arrived(self, screens: Sequence[ShownScreen]) -> None:
        """What has come without a line."""
        for screen in screens:
            self._screen(screen)

    def answer(self, answer: Answer) -> None:
        """The line where it was not typed here, what the console says, then the bot's screens."""
        if self._echo:
            self._out(f"> {printable(answer.said)}")
        if answer.error:
            self._out(f"! {printable(answer.error)}")
        for line in answer.told:
            self._out(f"# {printable(line)}" if line else "#")
        if answer.told or answer.error:
            self._out("")
        self.arrived(answer.screens)

    def _screen(self, screen: ShownScreen) -> None:
        if screen.shown.is_notice:
            self._out(f"  {self._tell('notice')}")
        for line in as_text(screen.shown.text, bold=self._bold).split("\n"):
            self._out(f"  {line}" if line else "")
        for one in screen.shown.pictures:
            self._out(f"  {self._file('picture', one)}")
        for one in screen.shown.documents:
            self._out(f"  {self._file('document', one)}")
        self._out("")

    def _file(self, kind: str, one: ShownFile) -> str:
        name = printable(one.name)
        if one.path is None:
            return self._tell(f"{kind}_lost", name=name)
        return self._tell(kind, name=name, path=printable(str(one.path)), size=self._size(one.size))

    def _size(self, size: int) -> str:
        return self._tell("kilobytes", n=-(-size // 1024)) if size >= 1024 else self._tell("bytes", n=size)

    def _tell(self, key: str, /, **args: object) -> str:
        return str(self._say(f"terminal.{key}", **args).unescape())


class JsonPrinter:
    """For programs: an object for each line, also for one that could not be done."""

    def __init__(self, out: Out) -> None:
        """Each object is one line."""
        self._out = out
        self._waiting: list[ShownScreen] = []

    def arrived(self, screens: Sequence[ShownScreen]) -> None:
        """It comes with the next line's answer, since each line has one object."""
        self._waiting += screens

    def answer(self, answer: Answer) -> None:
        """``said``, ``screens``, ``form``, ``step``, ``stored``; and ``error`` where there is one."""
        told = "\n".join(answer.told)
        screens = [{"text": told, "choices": [], "pictures": [], "documents": []}] if told else []
        screens += [_screen(one) for one in (*self._waiting, *answer.screens)]
        self._waiting.clear()
        body: dict[str, Any] = {
            "said": answer.said,
            "screens": screens,
            "form": answer.form,
            "step": answer.step,
            "stored": stored(answer),
        }
        if answer.error:
            body["error"] = answer.error
        self._out(json.dumps(body, ensure_ascii=False))


def stored(answer: Answer) -> dict[str, Any]:
    """What the last message stored: the open form's changed answers by name, and the rows made or changed by table.

    Several rows of a table are a list. Days and moments are ISO strings.
    """
    if answer.understood is None:
        return {}
    found: dict[str, Any] = dict(answer.understood.changed)
    for table, rows in _by_table(answer.understood.rows).items():
        found[table] = rows[0] if len(rows) == 1 else rows
    return found


def _by_table(rows: Iterable[StoredRow]) -> dict[str, list[dict[str, Any]]]:
    """Rows by table; what was changed again after it was made is one row."""
    found: dict[str, dict[Any, dict[str, Any]]] = {}
    for row in rows:
        if row.table in _MACHINERY:
            continue
        columns = {name: _plain(value) for name, value in row.columns.items() if not isinstance(value, bytes)}
        found.setdefault(row.table, {}).setdefault(row.key, {}).update(columns)
    return {table: list(by_key.values()) for table, by_key in found.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON of a column's value
    match value:
        case enum.Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case None | bool() | int() | float() | str() | list() | dict():
            return value
        case _:
            return str(value)


def _screen(screen: ShownScreen) -> dict[str, Any]:
    return {
        "text": screen.text,
        "choices": [{"typed": one.typed, "label": one.label, "action": one.action} for one in screen.choices],
        "pictures": [{"alt": one.name, "path": _where(one)} for one in screen.shown.pictures],
        "documents": [{"name": one.name, "path": _where(one)} for one in screen.shown.documents],
    }


def _where(one: ShownFile) -> str | None:
    return None if one.path is None else str(one.path)
