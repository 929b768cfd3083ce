"""The shapes of answers: how a text, a day, money, a choice or files are asked for, stored, read back and written out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from bot.conversation.dates import parse_birth, parse_date, show_day
from bot.conversation.forms import Answers, FormContext, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.money import parse_money
from bot.conversation.text import fold, has_words, one_line
from bot.services.initiatives.descriptor import Cell, Reading
from bot.services.initiatives.lists import Listed, Lists, label_of
from bot.services.people.profile import BORN_EARLIEST

#: An answer as a form keeps it: anything JSON can hold.
Json = Any

#: Years of work of the oldest worker: a first application before is a slip of the finger.
EARLIEST = date(1990, 1, 1)

#: How long answers may be, in characters. The content may come in several messages.
NAME_LONGEST = 300
TEXT_LONGEST = 10_000
CONTENT_LONGEST = 20_000
MOST_FILES = 20

#: How much of a long answer the form's summary shows, in characters.
_SUMMARY_LONGEST = 300

#: The option of a benefit that has no price.
NOT_IN_MONEY = "words"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A picture or document of a submission, already in the media store."""

    media_id: int
    name: str
    is_picture: bool


def _as_typed(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(raw)


def _no_options(_answers: Answers, _context: FormContext) -> Sequence[Option]:
    return ()


def _as_it_is(answer: Json) -> tuple[Any, ...]:
    return (answer,)


def _unless_empty(value: Any) -> Json | None:  # noqa: ANN401 - of any column
    return value or None


def _plain(answer: Json, _reading: Reading) -> str:
    return str(answer)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the answers to some questions have in common."""

    kind: Kind = Kind.TEXT
    parse: Callable[[str, Answers, FormContext], Parsed] = _as_typed
    options: Callable[[Answers, FormContext], Sequence[Option]] = _no_options
    #: Options in a row.
    width: int = 1
    #: Whether it may come in several messages.
    long: bool = False
    #: Files at most.
    most: int = 1
    #: What the names of its columns end with after the field's name.
    columns: tuple[str, ...] = ("",)
    #: What stands in the columns for an answer, and where there is none.
    store: Callable[[Json], tuple[Any, ...]] = _as_it_is
    empty: tuple[Any, ...] = (None,)
    #: The answer that the columns were made of; None for none.
    read: Callable[..., Json | None] = _unless_empty
    #: In full, for people.
    show: Callable[[Json, Reading], str] = _plain
    #: In a sheet, where that is not what people read.
    cell: Callable[[Json, Reading], Cell] | None = None

    def summary(self, answer: Json, context: FormContext) -> str:
        """As the form shows it to be looked over."""
        return one_line(self.show(answer, Reading.of(context)), _SUMMARY_LONGEST)


# ---------------------------------------------------------------- words


def _checked(limit: int, raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if not raw:
        raise Invalid("parse.text.empty")
    if not has_words(raw):
        raise Invalid("parse.text.no_words")
    if len(raw) > limit:
        raise Invalid("parse.text.too_long", typed=len(raw), limit=limit)
    return Parsed.plain(raw)


def text(limit: int = TEXT_LONGEST, *, long: bool = False) -> Shape:
    """Words, at most ``limit`` characters of them."""
    return Shape(parse=partial(_checked, limit), long=long)


def _title(raw: str, answers: Answers, context: FormContext) -> Parsed:
    return _checked(NAME_LONGEST, " ".join(raw.split()), answers, context)


#: A title in one line, stored with the form by which it is found however it is typed.
TITLE = Shape(
    parse=_title,
    columns=("", "_folded"),
    store=lambda answer: (answer, fold(answer)[:NAME_LONGEST]),
    empty=("", ""),
    read=lambda title, _folded: title or None,
)


# ---------------------------------------------------------------- days


def _day(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    found = parse_date(raw, context.today, EARLIEST)
    return Parsed.plain([found.value.isoformat(), found.precision])


def _recent_days(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [
        Option(word, str(context.say(f"submit.first_applied.{key}")))
        for word, key in (
            ("hom nay", "today"),
            ("hom qua", "yesterday"),
            ("thang nay", "month"),
            ("thang truoc", "last"),
        )
    ]


def _show_day(answer: Json, reading: Reading) -> str:
    return show_day(date.fromisoformat(answer[0]), answer[1], reading.say.language)


def _day_cell(answer: Json, reading: Reading) -> Cell:
    return date.fromisoformat(answer[0]) if answer[1] == "day" else _show_day(answer, reading)


#: A day that has been, as exactly as it is known.
PAST_DAY = Shape(
    parse=_day,
    options=_recent_days,
    width=2,
    columns=("", "_precision"),
    store=lambda answer: (date.fromisoformat(answer[0]), answer[1]),
    empty=(None, "day"),
    read=lambda day, precision: [day.isoformat(), precision] if day else None,
    show=_show_day,
    cell=_day_cell,
)


def _born(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    return Parsed.plain([parse_birth(raw, context.today, BORN_EARLIEST).isoformat(), "day"])


#: A date of birth.
BORN = Shape(
    parse=_born,
    store=lambda answer: (date.fromisoformat(answer[0]),),
    read=lambda day: [day.isoformat(), "day"] if day else None,
    show=_show_day,
    cell=_day_cell,
)


# ---------------------------------------------------------------- money


def _money(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    """Always read back: a benefit is what others will quote."""
    if raw == NOT_IN_MONEY:
        return Parsed.plain({"in_money": False})
    money = parse_money(raw)
    amounts = list(money.candidates)
    if money.per == "month":
        amounts = [amount * 12 for amount in amounts]
    answers = tuple({"in_money": True, "vnd": amount} for amount in amounts)
    reading = Reading.of(context)
    return Parsed(answers, tuple(_show_money(one, reading) for one in answers), confirm=True)


def _without_money(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(NOT_IN_MONEY, str(context.say("submit.benefit.not_in_money")))]


def _show_money(answer: Json, reading: Reading) -> str:
    if not answer["in_money"]:
        return str(reading.say("submit.benefit.not_in_money"))
    amount = reading.say.money(answer["vnd"])
    return str(reading.say("submit.benefit.readback", amount=amount).striptags())


def _read_money(vnd: int | None, in_money: bool | None) -> Json | None:  # noqa: FBT001 - a column
    if in_money or vnd is not None:
        return {"in_money": True, "vnd": vnd or 0}
    return None if in_money is None else {"in_money": False}


#: VND a year, or that it cannot be said in money.
YEARLY_BENEFIT = Shape(
    parse=_money,
    options=_without_money,
    columns=("", "_in_money"),
    store=lambda answer: (answer.get("vnd"), answer["in_money"]),
    empty=(None, None),
    read=_read_money,
    show=_show_money,
    cell=lambda answer, _reading: answer.get("vnd"),
)


# ---------------------------------------------------------------- choices


def _yes_no(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(one, str(context.say(f"form.{one}"))) for one in ("no", "yes")]


#: A question of yes or no.
YES_NO = Shape(
    Kind.ONE,
    options=_yes_no,
    width=2,
    store=lambda answer: (answer == "yes",),
    read=lambda is_so: None if is_so is None else "yes" if is_so else "no",
    show=lambda answer, reading: str(reading.say(f"form.{answer}")),
)

#: The entries of a list of the programme's.
Entries = Callable[[Lists], tuple[Listed, ...]]


def _listed(
    kind: str, entries: Entries
) -> tuple[Callable[[Answers, FormContext], Sequence[Option]], Callable[[str, Reading], str]]:
    def options(_answers: Answers, context: FormContext) -> Sequence[Option]:
        reading = Reading.of(context)
        return [Option(entry.code, label(entry.code, reading)) for entry in entries(reading.lists)]

    def label(code: str, reading: Reading) -> str:
        return label_of(reading.say, kind, code, entries(reading.lists))

    return options, label


def one_of(kind: str, entries: Entries) -> Shape:
    """One entry of a list, whose names are those of ``kind``."""
    options, label = _listed(kind, entries)
    return Shape(Kind.ONE, options=options, show=label)


def some_of(kind: str, entries: Entries) -> Shape:
    """Any number of entries of a list."""
    options, label = _listed(kind, entries)

    def shown(between: str, answer: Json, reading: Reading) -> str:
        return between.join(label(code, reading) for code in answer)

    return Shape(
        Kind.MANY,
        options=options,
        width=2,
        store=lambda answer: (list(answer),),
        empty=([],),
        read=lambda codes: list(codes) or None,
        show=partial(shown, ", "),
        cell=partial(shown, "; "),
    )


# ---------------------------------------------------------------- files


def _show_files(answer: Json, reading: Reading) -> str:
    return str(reading.say("form.files_count", n=len(answer)))


#: Pictures and documents.
FILE_LIST = Shape(
    Kind.FILES,
    most=MOST_FILES,
    store=lambda answer: (tuple(FileEntry(one["media"], one["name"], one["picture"]) for one in answer),),
    empty=((),),
    read=lambda files: (
        [{"media": one.media_id, "name": one.name, "picture": one.is_picture} for one in files] or None
    ),
    show=_show_files,
)
