"""The questions of a submission, as data: what is asked, how it is read, and how it reads back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from typing import Any

from bot.conversation.dates import parse_birth, parse_date
from bot.conversation.forms import Answers, Field, Form, FormContext, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.money import parse_money
from bot.conversation.shares import AuthorShare, parse_authors, settle, show_share
from bot.conversation.text import fold, has_words, one_line, person_name
from bot.screens.days import show_day
from bot.services.initiatives.initiatives import AuthorEntry, FileEntry, Submission
from bot.services.initiatives.programmes import ProgrammeRules, label_of

#: Years of work of the oldest worker: a first application before is a slip of the finger.
EARLIEST = date(1990, 1, 1)
BIRTH_EARLIEST = date(1930, 1, 1)
MOST_FILES = 20

#: How long answers may be, in characters. The content may come in several messages.
NAME_LONGEST = 300
TEXT_LONGEST = 10_000
CONTENT_LONGEST = 20_000

NOT_IN_MONEY = "words"


def _text(limit: int, raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if not raw:
        raise Invalid("parse.text.empty")
    if not has_words(raw):
        raise Invalid("parse.text.no_words")
    if len(raw) > limit:
        raise Invalid("parse.text.too_long", typed=len(raw), limit=limit)
    return Parsed.plain(raw)


def _name(raw: str, answers: Answers, context: FormContext) -> Parsed:
    return _text(NAME_LONGEST, " ".join(raw.split()), answers, context)


def _day(earliest: date, raw: str, _answers: Answers, context: FormContext) -> Parsed:
    found = parse_date(raw, context.today, earliest)
    return Parsed.plain([found.value.isoformat(), found.precision])


def _born(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    return Parsed.plain([parse_birth(raw, context.today, BIRTH_EARLIEST).isoformat(), "day"])


def _money(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    """Always read back: a benefit is what others will quote."""
    if raw == NOT_IN_MONEY:
        return Parsed.plain({"in_money": False})
    money = parse_money(raw)
    amounts = list(money.candidates)
    if money.per == "month":
        amounts = [amount * 12 for amount in amounts]
    readback = tuple(
        str(context.say("submit.benefit.readback", amount=_vnd(amount, context)).striptags())
        for amount in amounts
    )
    return Parsed(tuple({"in_money": True, "vnd": amount} for amount in amounts), readback, confirm=True)


def _vnd(amount: int, context: FormContext) -> str:
    money = getattr(context.say, "money", None)
    return money(amount) if money is not None else str(amount)


def _authors(raw: str, answers: Answers, context: FormContext) -> Parsed:
    me = str(context.facts.get("me", ""))
    if raw == "alone":
        return Parsed.plain([{"name": me, "share": 10_000, "me": True}])
    typed = parse_authors(raw, me)
    if context.facts.get("need_me", True) and me and not any(author.is_me for author in typed):
        # People list "the others" and take their own part for granted.
        typed = [AuthorShare(me, None, is_me=True), *typed]
    named = str(answers.get("author_name", "")) if context.facts.get("on_behalf") else ""
    if named and not any(fold(author.name) == fold(named) for author in typed):
        # The same holds for whom it is entered for.
        typed = [AuthorShare(named, None), *typed]
    authors = settle(typed)
    value = [{"name": one.name, "share": one.share, **({"me": True} if one.is_me else {})} for one in authors]
    readback = "; ".join(f"{one.name} {show_share(one.share or 0)} %" for one in authors)
    return Parsed((value,), (readback,), confirm=True)


def _person(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(person_name(raw))


# ---------------------------------------------------------------- options


def _listed(kind: str, _answers: Answers, context: FormContext) -> Sequence[Option]:
    rules: ProgrammeRules = context.facts["rules"]
    listed = rules.fields if kind == "field" else rules.topics
    return [Option(entry.code, label_of(context.say, kind, entry.code, listed)) for entry in listed]


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


def _without_money(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(NOT_IN_MONEY, str(context.say("submit.benefit.not_in_money")))]


def _alone(_answers: Answers, context: FormContext) -> Sequence[Option]:
    if not context.facts.get("me"):
        return ()
    return [Option("alone", str(context.say("submit.authors.alone")))]


def _yes_no(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option("no", str(context.say("form.no"))), Option("yes", str(context.say("form.yes")))]


# ---------------------------------------------------------------- how values read


def _show_text(value: Any, _context: FormContext) -> str:  # noqa: ANN401 - stored JSON
    return one_line(str(value), 300)


def _show_day(value: Any, context: FormContext) -> str:  # noqa: ANN401
    return show_day(date.fromisoformat(value[0]), value[1], context.say.language)


def _show_money(value: Any, context: FormContext) -> str:  # noqa: ANN401
    if not value.get("in_money"):
        return str(context.say("submit.benefit.not_in_money"))
    return str(context.say("submit.benefit.readback", amount=_vnd(value["vnd"], context)).striptags())


def _show_authors(value: Any, _context: FormContext) -> str:  # noqa: ANN401
    return "; ".join(f"{one['name']} {show_share(one['share'])} %" for one in value)


def _show_listed(kind: str, value: Any, context: FormContext) -> str:  # noqa: ANN401
    rules: ProgrammeRules = context.facts["rules"]
    listed = rules.fields if kind == "field" else rules.topics
    codes = value if isinstance(value, list) else [value]
    return ", ".join(label_of(context.say, kind, code, listed) for code in codes)


# ---------------------------------------------------------------- the form


def _details_of_authors(authors: Sequence[tuple[str, bool]], known: frozenset[str]) -> list[Field]:
    """What the law asks of each author, besides name and share; what the person told us before is not asked again."""
    return [
        Field(
            f"a{at}_{name}",
            text=f"my_{name}" if mine else f"their_{name}",
            args={"who": who},
            parse=_born if name == "born" else partial(_text, 200),
            show=_show_day if name == "born" else _show_text,
        )
        for at, (who, mine) in enumerate(authors)
        for name in ("born", "workplace", "title", "qualification")
        if not (mine and name in known)
    ]


def _fields(answers: Answers, context: FormContext) -> Sequence[Field]:
    me = context.facts.get("me")
    authors = answers.get("authors") or ([{"name": me, "me": True}] if me else [])
    return _made(
        tuple(context.facts["rules"].required),
        tuple((author["name"], bool(author.get("me"))) for author in authors),
        frozenset(name for name, value in context.facts.get("profile", {}).items() if value),
        on_behalf=bool(context.facts.get("on_behalf")),
    )


# Most people have the same fields: made once for what they depend on, and not for every message.
@lru_cache(maxsize=2_000)
def _made(
    required: tuple[str, ...],
    authors: tuple[tuple[str, bool], ...],
    known: frozenset[str],
    *,
    on_behalf: bool,
) -> Sequence[Field]:
    fields: list[Field] = []
    if on_behalf:
        fields.append(Field("author_name", parse=_person, required=True))
    fields += [
        Field("name", parse=_name, show=_show_text),
        Field("content", parse=partial(_text, CONTENT_LONGEST), show=_show_text, long=True),
        Field("field", Kind.ONE, options=partial(_listed, "field"), show=partial(_show_listed, "field")),
        Field("first_applied", parse=partial(_day, EARLIEST), options=_recent_days, show=_show_day, width=2),
        Field("situation_before", parse=partial(_text, TEXT_LONGEST), show=_show_text, long=True),
        Field("benefit", parse=_money, options=_without_money, show=_show_money),
        Field(
            "benefit_words",
            parse=partial(_text, TEXT_LONGEST),
            show=_show_text,
            applies=lambda given, _context: "benefit" in given,
        ),
        Field("files", Kind.FILES, most=MOST_FILES),
        Field("authors", parse=_authors, options=_alone, show=_show_authors),
        Field(
            "topics",
            Kind.MANY,
            options=partial(_listed, "topic"),
            show=partial(_show_listed, "topic"),
            width=2,
        ),
        Field("conditions", parse=partial(_text, TEXT_LONGEST), show=_show_text),
        Field("participants", parse=partial(_text, TEXT_LONGEST), show=_show_text),
        Field("confidential", Kind.ONE, options=_yes_no, width=2),
        *_details_of_authors(authors, known),
    ]
    # What must be answered comes first, in the form's order, so that somebody called away has given what counts.
    marked = [replace(one, required=True) if one.name in required else one for one in fields]
    return (*(one for one in marked if one.required), *(one for one in marked if not one.required))


def _for_whom(about: Answers) -> str:
    return "behalf" if about.get("on_behalf") else ""


def _which(about: Answers) -> str:
    return str(about.get("initiative", ""))


SUBMIT = Form("submit", _fields, keeps_draft=True, subject=_for_whom)
MEND = Form("mend", _fields, keeps_draft=True, words="submit", subject=_which)


def facts(rules: ProgrammeRules, me: str, profile: Mapping[str, Any], *, on_behalf: bool) -> dict[str, Any]:
    """What the form may know. ``me`` is empty when somebody enters for another person."""
    return {"rules": rules, "me": me, "profile": profile, "on_behalf": on_behalf, "need_me": not on_behalf}


def submission_of(answers: Answers, author: Mapping[str, Any]) -> Submission:
    """The answers as a submission. ``author`` is the main author: id (or None), name and what is known of them."""
    day, precision = answers["first_applied"]
    benefit = answers.get("benefit")
    return Submission(
        name=answers["name"],
        content=answers["content"],
        field=answers["field"],
        first_applied=date.fromisoformat(day),
        first_applied_precision=precision,
        topics=tuple(answers.get("topics", ())),
        situation_before=answers.get("situation_before"),
        conditions=answers.get("conditions"),
        benefit=benefit.get("vnd") if benefit else None,
        benefit_in_money=benefit["in_money"] if benefit else None,
        benefit_words=answers.get("benefit_words"),
        confidential=answers["confidential"] == "yes" if "confidential" in answers else None,
        participants=answers.get("participants"),
        authors=tuple(_author_entries(answers, author)),
        files=tuple(FileEntry(one["media"], one["name"], one["picture"]) for one in answers.get("files", ())),
    )


def _author_entries(answers: Answers, main: Mapping[str, Any]) -> Sequence[AuthorEntry]:
    typed = answers.get("authors") or [{"name": main["name"], "share": 10_000, "me": True}]
    entries = []
    for at, one in enumerate(typed):
        # "Me" is who writes; they are the main author only where the form asked them as such.
        is_main = fold(one["name"]) == fold(str(main["name"])) or bool(one.get("me"))
        known = main if is_main else {}
        born = answers.get(f"a{at}_born")
        entries.append(
            AuthorEntry(
                name=one["name"],
                share=one["share"],
                person_id=known.get("id"),
                born=date.fromisoformat(born[0]) if born else known.get("born"),
                **{
                    name: answers.get(f"a{at}_{name}") or known.get(name)
                    for name in ("workplace", "title", "qualification")
                },
            )
        )
    return entries
