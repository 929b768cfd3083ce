"""The page that somebody reads who takes a copy of their data along; it needs nothing but itself."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from bot.texts import Say

_STYLE = Markup(
    "body{font:17px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#13212b}"
    "h1{font-size:1.5rem}h2{margin-top:2.5rem;font-size:1.2rem}dt{color:#5a6b78;font-size:.85rem}"
    "dd{margin:0 0 .6rem;white-space:pre-line}.in{text-align:right;color:#0b6b4f}.at{color:#5a6b78;font-size:.8rem}"
)
_OF_A_PERSON = ("name", "born", "workplace", "title", "qualification", "shift")
#: Of an initiative, in the order and by the headings of the sheet.
_OF_AN_INITIATIVE = (
    "code", "name", "situation_before", "content", "conditions", "benefit", "benefit_words", "participants",
    "submitted_at", "decided_at",
)  # fmt: skip


def copy_page(say: Say, body: Mapping[str, Any], left_out: Sequence[str]) -> str:
    """The page: ``body`` has the rows by section, ``left_out`` the names of files that did not fit."""
    title = say("copy.title")
    return str(
        Markup("\n").join(
            (
                Markup('<!doctype html><html lang="{}"><meta charset="utf-8">').format(say.language),
                Markup('<meta name="viewport" content="width=device-width,initial-scale=1">'),
                Markup("<title>{}</title><style>{}</style><h1>{}</h1>").format(
                    title.striptags(), _STYLE, title
                ),
                *_person(say, body),
                *_initiatives(say, body),
                *_chat(say, body),
                *_end(say, left_out),
            )
        )
    )


def _person(say: Say, body: Mapping[str, Any]) -> Iterator[Markup]:
    yield Markup("<dl>")
    for name in _OF_A_PERSON:
        value = body["person"].get(name)
        if name == "shift" and value is not None:
            value = say(f"me.shift_is.{value}")
        yield _line(say, say("me.job" if name == "title" else f"me.{name}"), value)
    yield _line(say, say("me.unit"), body["unit"])
    yield Markup("</dl>")


def _initiatives(say: Say, body: Mapping[str, Any]) -> Iterator[Markup]:
    rows = body.get("initiatives", ())
    yield Markup("<h2>{}</h2>").format(say("copy.initiatives", n=len(rows)))
    for row in rows:
        yield Markup("<dl>")
        for name in _OF_AN_INITIATIVE:
            if row.get(name) not in (None, ""):
                yield _line(say, say(f"cli.export.column.{name}"), row[name])
        yield Markup("</dl>")


def _chat(say: Say, body: Mapping[str, Any]) -> Iterator[Markup]:
    lines = body.get("chat", ())
    if not lines:
        return
    yield Markup("<h2>{}</h2>").format(say("copy.chat"))
    for line in lines:
        # A bubble's words are kept as they are shown, with what people wrote escaped in them.
        words = Markup(line["body"].get("text", ""))  # noqa: S704 - markup of ours
        yield Markup('<p class="{}"><span class="at">{}</span><br>{}</p>').format(
            line["side"], _shown(say, line["at"]), words
        )


def _end(say: Say, left_out: Sequence[str]) -> Iterator[Markup]:
    if left_out:
        yield Markup("<p>{}</p>").format(say("copy.left_out", names=", ".join(left_out)))
    yield Markup('<p class="at">{}</p>').format(say("copy.rest"))


def _line(say: Say, label: object, value: object) -> Markup:
    return Markup("<dt>{}</dt><dd>{}</dd>").format(label, _shown(say, value))


def _shown(say: Say, value: object) -> object:
    if isinstance(value, datetime):
        return say.moment(value)
    if isinstance(value, date):
        return say.date(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return say.number(value)
    return value if value not in (None, "") else say("form.missing")
