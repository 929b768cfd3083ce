"""The authors of an initiative, with their shares and what the law asks of each: a field, and the details as another."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

from markupsafe import Markup

from bot.conversation.forms import Answers, Field, FormContext, Option, Parsed
from bot.conversation.shares import WHOLE, AuthorShare, parse_authors, settle, show_share
from bot.conversation.text import same_key
from bot.services.initiatives.descriptor import (
    AUTHORS,
    Asked,
    AskedAuthor,
    Cell,
    InitiativeField,
    MainAuthor,
    Reading,
    Values,
    line,
)
from bot.services.initiatives.shapes import BORN, Shape, text

_DETAIL_LONGEST = 200
_ALONE = "alone"
_OF_AUTHOR = re.compile(r"a(\d+)_")


@dataclass(frozen=True, slots=True)
class AuthorDetail:
    """What is asked of each author besides name and share. It has a column of its name for authors and for people."""

    name: str
    shape: Shape

    def answer(self, author: AskedAuthor) -> str:
        """The name of the answer about one author."""
        return f"a{author.number}_{self.name}"

    def question(self, author: AskedAuthor) -> Field:
        """The question about one author: ``submit.my_<name>`` to themselves, else ``submit.their_<name>``."""
        return Field(
            self.answer(author),
            text=f"my_{self.name}" if author.is_me else f"their_{self.name}",
            args={"who": author.name},
            parse=self.shape.parse,
            show=self.shape.summary,
        )


#: In the order in which they are asked (Circular 18/2013/TT-BKHCN, Annex I).
AUTHOR_DETAILS = (
    AuthorDetail("born", BORN),
    AuthorDetail("workplace", text(_DETAIL_LONGEST)),
    AuthorDetail("title", text(_DETAIL_LONGEST)),
    AuthorDetail("qualification", text(_DETAIL_LONGEST)),
)


@dataclass(frozen=True, slots=True)
class AuthorEntry:
    """An author as entered. ``share`` in hundredths of a percent; ``details`` by the names of the details."""

    name: str
    share: int
    person_id: int | None = None
    details: Values = field(default_factory=dict)


def named(answers: Answers, me: str) -> Sequence[AskedAuthor]:
    """The authors that a form knows so far; before any are named that is who writes, if they are an author at all."""
    typed = answers.get("authors") or ([{"name": me, "me": True}] if me else [])
    return [AskedAuthor(one.get("no", at), one["name"], bool(one.get("me"))) for at, one in enumerate(typed)]


def detail_answers(answers: Answers, author: AskedAuthor) -> Values:
    """What was answered about one author, as it is stored; without what was not answered."""
    return {
        detail.name: detail.shape.store(answers[detail.answer(author)])[0]
        for detail in AUTHOR_DETAILS
        if detail.answer(author) in answers
    }


# ---------------------------------------------------------------- who they are


def _parse(raw: str, answers: Answers, context: FormContext) -> Parsed:
    me = str(context.facts.get("me", ""))
    if raw == _ALONE:
        return Parsed.plain(_numbered([AuthorShare(me, WHOLE, is_me=True)], answers, me))
    typed = parse_authors(raw, me)
    if context.facts.get("need_me", True) and me and not any(author.is_me for author in typed):
        # People list "the others" and take their own part for granted.
        typed = [AuthorShare(me, None, is_me=True), *typed]
    entered_for = str(answers.get("author_name", "")) if context.facts.get("on_behalf") else ""
    if entered_for and not any(same_key(author.name) == same_key(entered_for) for author in typed):
        # The same holds for whom it is entered for.
        typed = [AuthorShare(entered_for, None), *typed]
    authors = _numbered(settle(typed), answers, me)
    return Parsed((authors,), (_listed(authors),), confirm=True)


def _numbered(authors: Sequence[AuthorShare], answers: Answers, me: str) -> list[dict[str, Any]]:
    """Authors as a form keeps them. Details that were told of one stay theirs, by the number of those answers.

    The number is left out where it is their place among the authors, as it mostly is.
    """
    told = {int(match[1]) for match in map(_OF_AUTHOR.match, answers) if match}
    theirs = {_key(one.name, is_me=one.is_me): one.number for one in named(answers, me) if one.number in told}
    # Not even the number of somebody who is no author any more is given to another.
    unused = (number for number in count() if number not in told)
    made = []
    for at, one in enumerate(authors):
        number = theirs.get(_key(one.name, is_me=one.is_me))
        if number is None:
            number = next(unused)
        author: dict[str, Any] = {"name": one.name, "share": one.share}
        if one.is_me:
            author["me"] = True
        if number != at:
            author["no"] = number
        made.append(author)
    return made


def _key(name: str, *, is_me: bool) -> str:
    return "" if is_me else same_key(name)


def _alone(_answers: Answers, context: FormContext) -> Sequence[Option]:
    if not context.facts.get("me"):
        return ()
    return [Option(_ALONE, str(context.say("submit.authors.alone")))]


def _listed(authors: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{one['name']} {show_share(one['share'] or 0)} %" for one in authors)


@dataclass(frozen=True, kw_only=True)
class Authors(InitiativeField):
    """Who made it, and their shares; stored in rows of their own, together with the details of each."""

    @property
    def keys(self) -> tuple[str, ...]:
        """All about the authors."""
        return (AUTHORS,)

    def questions(self, asked: Asked) -> Sequence[Field]:
        """One question for all of them."""
        del asked
        return (
            Field(self.name, parse=_parse, options=_alone, show=lambda answer, _context: _listed(answer)),
        )

    def values(self, answers: Answers, main: MainAuthor) -> Values:
        """The authors with all their details; the main one alone where none were named."""
        return {AUTHORS: tuple(self._entries(answers, main))}

    def _entries(self, answers: Answers, main: MainAuthor) -> Iterator[AuthorEntry]:
        shares = [one["share"] for one in answers.get(self.name) or ({"share": WHOLE},)]
        for author, share in zip(named(answers, main.name), shares, strict=True):
            # "Me" is who writes; they are the main author only where the form asked them as such.
            is_main = author.is_me or same_key(author.name) == same_key(main.name)
            known = main.details if is_main else {}
            told = detail_answers(answers, author)
            yield AuthorEntry(
                author.name,
                share,
                main.person_id if is_main else None,
                {one.name: told.get(one.name) or known.get(one.name) for one in AUTHOR_DETAILS},
            )

    def answers(self, values: Values, reader_id: int | None) -> Answers:
        """Names and shares."""
        return {
            self.name: [
                {
                    "name": one.name,
                    "share": one.share,
                    **({"me": True} if reader_id is not None and one.person_id == reader_id else {}),
                }
                for one in values[AUTHORS]
            ]
        }

    def lines(self, values: Values, reading: Reading) -> Sequence[Markup]:
        """All in one line."""
        return (line(self.name, _listed(self.answers(values, None)[self.name]), reading),)

    def cell(self, values: Values, reading: Reading) -> Cell:
        """All in one cell."""
        del reading
        return "; ".join(f"{one.name} ({show_share(one.share)} %)" for one in values[AUTHORS])

    def is_empty(self, values: Values) -> bool:
        """There is always somebody."""
        return not values[AUTHORS]


# ---------------------------------------------------------------- what is asked of each


@dataclass(frozen=True, kw_only=True)
class AuthorDetails(InitiativeField):
    """What the law asks of each author; stored with the authors."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Nothing but what the authors store."""
        return ()

    def questions(self, asked: Asked) -> Sequence[Field]:
        """All of each author; what people told of themselves before is not asked again."""
        return [
            detail.question(author)
            for author in asked.authors
            for detail in AUTHOR_DETAILS
            if not (author.is_me and detail.name in asked.known)
        ]

    def values(self, answers: Answers, main: MainAuthor) -> Values:
        """Nothing: see :class:`Authors`."""
        del answers, main
        return {}

    def answers(self, values: Values, reader_id: int | None) -> Answers:
        """What is known of each, under the number that is their place."""
        del reader_id
        found = {}
        for at, one in enumerate(values[AUTHORS]):
            for detail in AUTHOR_DETAILS:
                answer = detail.shape.read(one.details.get(detail.name))
                if answer is not None:
                    found[detail.answer(AskedAuthor(at, one.name, is_me=False))] = answer
        return found

    def lines(self, values: Values, reading: Reading) -> Sequence[Markup]:
        """A line for each of whom something is known."""
        lines = []
        for one in values[AUTHORS]:
            answers = [
                (detail.shape, detail.shape.read(one.details.get(detail.name))) for detail in AUTHOR_DETAILS
            ]
            told = "; ".join(shape.show(answer, reading) for shape, answer in answers if answer is not None)
            if told:
                lines.append(Markup("— {}: {}").format(one.name, told))
        return lines

    def cell(self, values: Values, reading: Reading) -> Cell:
        """A line for each, with everything about them in the same order."""
        del reading
        lines = []
        for one in values[AUTHORS]:
            details = (one.details.get(detail.name) or "" for detail in AUTHOR_DETAILS)
            told = (f"{each:%d/%m/%Y}" if isinstance(each, date) else each for each in details)
            lines.append(" | ".join((one.name, *told, f"{show_share(one.share)} %")))
        return "\n".join(lines)

    def is_empty(self, values: Values) -> bool:
        """Whether anything about any of them is unknown."""
        return any(not one.details.get(detail.name) for one in values[AUTHORS] for detail in AUTHOR_DETAILS)
