"""``:why``: what the last words were understood as, in words, from what was recorded while they were read."""

import json
from typing import Any

from bot.conversation.forms import SUMMARY, FormState, Outcome
from bot.conversation.routing import Occasion
from bot.conversation.text import one_line
from bot.conversation.vocabulary import IncomingKind
from bot.reception.understood import Called, Reading, Understood
from bot.texts import Say

_LONGEST = 300
#: What stands in where nothing fits, by the sentence that says so.
_NOTHING = {
    Occasion.STRAY_TEXT: "nothing",
    Occasion.GUEST: "guest",
    Occasion.CLOSED: "closed",
    Occasion.STRAY_FILE: "file",
    Occasion.GONE: "nothing",
}


def explain(understood: Understood, say: Say, theirs: Say) -> list[str]:
    """Lines; ``theirs`` has the words of the person, in whose language a refusal was said."""
    update = understood.update
    said = update.text or ", ".join(file.name for file in update.files)
    lines = [
        _tell(say, "said", text=one_line(said, _LONGEST)),
        _tell(say, "asked", where=where(understood.before)) if understood.before else _tell(say, "no_form"),
        _taken(understood, say),
    ]
    for reading in understood.readings:
        lines += _reading(reading, say, theirs)
    if understood.outcome is not None:
        lines.append(_tell(say, f"outcome.{understood.outcome.value}"))
    if understood.note is not None and not any(reading.invalid for reading in understood.readings):
        note = one_line(str(understood.note.striptags()), _LONGEST)
        lines.append(_tell(say, "note", text=note, key=understood.note_key or "–"))
    lines += _stored(understood, say)
    if understood.after is not None:
        lines.append(_tell(say, "now", where=where(understood.after)))
    return lines


def where(state: FormState) -> str:
    """A form and its question by their names in the code."""
    return f"{state.form} / {step_name(state)}"


def step_name(state: FormState) -> str:
    """The question's name; the summary's sign in a word."""
    return "summary" if state.step == SUMMARY else state.step


def _tell(say: Say, key: str, /, **args: object) -> str:
    return str(say(f"terminal.why.{key}", **args).unescape())


def _taken(understood: Understood, say: Say) -> str:
    """What it was taken for."""
    if understood.no_choice:
        return _tell(say, "taken.no_choice", key=understood.no_choice)
    if understood.means is not None:
        return _tell(say, f"taken.{understood.means.value}", action=understood.action)
    kind, name = understood.called[0] if understood.called else (None, "")
    if kind is Called.COMMAND:
        return _tell(say, "taken.command", name=f"/{name}")
    if kind is Called.ACTION:
        return _tell(say, "taken.action", name=name)
    if kind is Called.OCCASION and Occasion(name) in _NOTHING:
        return _tell(say, f"taken.{_NOTHING[Occasion(name)]}", name=name)
    if understood.before is not None and understood.outcome is not None:
        is_file = understood.update.kind is IncomingKind.FILE
        return _tell(say, "taken.files" if is_file else "taken.answer", where=where(understood.before))
    return _tell(say, "taken.elsewhere" if understood.before else "taken.nothing")


def _reading(reading: Reading, say: Say, theirs: Say) -> list[str]:
    """What a parser made of it."""
    typed = one_line(reading.typed, _LONGEST)
    if reading.invalid:
        sentence = one_line(str(theirs(reading.invalid, **reading.args).striptags()), _LONGEST)
        return [_tell(say, "invalid", typed=typed, key=reading.invalid, text=sentence)]
    labels = reading.readback or tuple(_json(value) for value in reading.candidates)
    lines = [_tell(say, "read", typed=typed, question=reading.question, n=len(reading.candidates))]
    for value, label in zip(reading.candidates, labels, strict=False):
        shown = _json(value)
        lines.append(f"    {label}" if label == shown else f"    {label}   {shown}")
    if reading.confirm or len(reading.candidates) > 1:
        lines.append(_tell(say, "asks_back"))
    return lines


def _stored(understood: Understood, say: Say) -> list[str]:
    """What was stored, by the keys that changed."""
    before = understood.before.answers if understood.before is not None else {}
    is_same = (
        understood.before is not None
        and understood.after is not None
        and understood.before.form == understood.after.form
    )
    lines = [
        _tell(
            say,
            "changed",
            key=name,
            before=_json(before[name]) if is_same and name in before else "–",
            after="–" if value is None else _json(value),
        )
        for name, value in understood.changed.items()
    ]
    tables: dict[str, int] = {}
    for row in understood.rows:
        tables[row.table] = tables.get(row.table, 0) + 1
    if tables:
        listed = ", ".join(f"{table} × {number}" if number > 1 else table for table, number in tables.items())
        lines.append(_tell(say, "rows", tables=listed))
    if not lines:
        is_over = understood.outcome in (Outcome.DONE, Outcome.LEFT)
        lines.append(_tell(say, "form_over" if is_over else "unchanged"))
    return lines


def _json(value: Any) -> str:  # noqa: ANN401 - whatever a form stores
    return one_line(json.dumps(value, ensure_ascii=False, default=str), _LONGEST)
