"""The forms of submitting and mending: the fields of an initiative as questions, and what the questions depend on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from bot.conversation.forms import Answers, Field, Form, FormContext, Parsed
from bot.conversation.text import person_name
from bot.handlers.turn import Turn
from bot.services.initiatives.authors import named
from bot.services.initiatives.descriptor import Asked, MainAuthor
from bot.services.initiatives.fields import FIELDS
from bot.services.initiatives.programmes import ProgrammeRules


def _person(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(person_name(raw))


def _fields(answers: Answers, context: FormContext) -> Sequence[Field]:
    facts = context.facts
    asked = Asked(tuple(named(answers, facts["me"])), facts["known"])
    return _made(facts["rules"].required, asked, on_behalf=facts["on_behalf"])


# Asked several times for each message, and the same for most people: made once for what it depends on.
@lru_cache(maxsize=2_000)
def _made(required: tuple[str, ...], asked: Asked, *, on_behalf: bool) -> Sequence[Field]:
    questions = [Field("author_name", parse=_person, required=True)] if on_behalf else []
    for field in FIELDS:
        questions += [replace(one, required=field.name in required) for one in field.questions(asked)]
    # What must be answered comes first, in the form's order, so that somebody called away has given what counts.
    return (*(one for one in questions if one.required), *(one for one in questions if not one.required))


def _for_whom(about: Answers) -> str:
    return "behalf" if about.get("on_behalf") else ""


def _which(about: Answers) -> str:
    return str(about.get("initiative", ""))


SUBMIT = Form("submit", _fields, keeps_draft=True, subject=_for_whom)
MEND = Form("mend", _fields, keeps_draft=True, words="submit", subject=_which)


def facts(turn: Turn) -> Mapping[str, Any]:
    """What the forms may know: the rules, who "me" is, and what need not be asked of them. It refuses nothing."""
    about = turn.form.about if turn.form is not None else {}
    return facts_of(about, _rules(turn, about), turn.who.name)


def facts_of(about: Answers, rules: ProgrammeRules, name: str) -> Mapping[str, Any]:
    """The same, from what a form keeps of whoever writes, the rules that hold for it, and the writer's name."""
    on_behalf = bool(about.get("on_behalf"))
    is_author = not on_behalf and not about.get("not_mine")
    return {
        "rules": rules,
        "me": about.get("me", name) if is_author else "",
        "need_me": not on_behalf,
        "known": frozenset(about.get("profile", ())),
        "on_behalf": on_behalf,
    }


def _rules(turn: Turn, about: Answers) -> ProgrammeRules:
    """Those of the programme of what is mended, or of the unit's; where there is none, sending says so."""
    try:
        return turn.services.programmes.by_id(about["programme"]).rules
    except KeyError:
        return turn.programme.rules if turn.programme is not None else ProgrammeRules()


def about(main: MainAuthor) -> dict[str, Any]:
    """What a form keeps of whoever writes: their name, and which details of theirs are known."""
    return {"me": main.name, "profile": sorted(main.details)}
