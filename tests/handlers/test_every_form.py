"""Every form that the bot has, filled in at its branches: its facts never refuse, and each answer reads as a sentence."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bot.conversation import forms
from bot.conversation.forms import Field, FormState, Kind, Outcome, Parsed, Position, Verb
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind
from bot.handlers.features import all_features
from bot.handlers.turn import Turn
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.shared import ChannelLimits, DataHolder, Links, Services
from bot.texts import LANGUAGES, Texts
from storage.conversation.conversations import Who

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
FEATURES = all_features()
ROUTES = FEATURES.routes
FORMS = sorted(ROUTES.forms)

#: What people type to a question; each field takes one of them at least.
TYPED = (
    "Nguyễn Văn Bình", "15tr", "hôm qua", "1/3/2022", "mai", "31/12/2026", "200", "3", "9:30", "9h mai",
    "Trần Văn Bình 40%", "1/1/1990", "QĐ-12/2026", "Hàn ba tầng",
)  # fmt: skip
#: What the database finds for a question; a unit or a member, unless said here.
FOUND: Mapping[tuple[str, str], Any] = {
    ("listing", "number"): "SO-7",
    ("targetrows", "rows"): "RALACO;10",
    ("submit", "author_name"): "Trần Văn Bền",
}
PHOTO = IncomingFile("upload", "anh.jpg", is_picture=True, media_id=7)

#: What a form may be about: as its handler stores it, nothing at all, and what no version of the bot stores.
ABOUTS: tuple[dict[str, Any], ...] = (
    {},
    {"me": "Nguyễn Thị Nga", "profile": {"title": "Thợ hàn"}},
    {"on_behalf": True},
    {"units": [[7, "Tổ may 3"]], "candidates": [[3, "3 · Xe đẩy"]], "initiative": 3, "is_planned": True},
    {"when": "never", "programme": 404, "profile": {}, "units": [], "candidates": []},
)


def turn_in(form: str, about: dict[str, Any], language: str = "vi", unit_path: str = "") -> Turn:
    """A turn of somebody in the middle of a form. It has no database: a form must not ask for it."""
    texts = Texts.load()
    services = Services(
        texts,
        ProgrammeBook(),
        Links("https://sangkien.example.vn"),
        DataHolder("Công đoàn", "sangkien@example.vn"),
        channels={"web": ChannelLimits(4_000, 0)},
    )
    state = FormState(form, "ab", "", about=about)
    who = Who(
        account_id=1, person_id=1, channel="web", external_id="1", chat_id="1", name="Nguyễn Thị Nga",
        language=language, unit_id=None, unit_path=unit_path, registered=True, reachable=True, last_seen_at=NOW,
        form=cast("Any", state.to_json()),
    )  # fmt: skip
    incoming = Incoming("web", "1", 1, IncomingKind.TEXT, "1", "1", display_name="Nga")
    return Turn(services, incoming, who, cast("Any", None), NOW, texts.say(language), FEATURES)


def begun(form: str, about: dict[str, Any], language: str = "vi") -> Position:
    turn = turn_in(form, about, language)
    handler = ROUTES.forms[form]
    return forms.begin(handler.form, turn.form_context(handler), about=about)


@pytest.mark.parametrize("unit_path", ["", "/404/"])
@pytest.mark.parametrize("about", ABOUTS, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_the_facts_of_a_form_refuse_nobody(form: str, about: dict[str, Any], unit_path: str) -> None:
    turn = turn_in(form, about, unit_path=unit_path)
    assert turn.position().context.facts is not None
    assert forms.render(turn.position()).text


def answered(position: Position, one: Field) -> Iterator[Position]:
    """The form after each answer that its question takes: every option, every text, what the database may find."""
    here = (position.form.name, one.name)
    if one.kind is Kind.FILES:
        step = forms.receive(position, [PHOTO])
        yield forms.press(step.position, forms.action(step.state, Verb.DONE)).position
        return
    options = position.questions.options(one)
    for option in options:
        step = forms.press(position, forms.action(position.state, Verb.OPTION, option.value))
        assert step.outcome is not Outcome.STALE, (here, option)
        yield step.position
    if one.kind is not Kind.TEXT:
        return
    if one.name in ROUTES.forms[position.form.name].lookups:
        yield forms.take(position, Parsed.plain(FOUND.get(here, {"id": 7, "name": "Tổ may 3"}))).position
        return
    for typed in TYPED:
        after = forms.hear(position, typed).position
        if after.state.candidates:
            yield forms.press(after, forms.action(after.state, Verb.CANDIDATE, "0")).position
        elif after.state != position.state:
            yield after


def reads_well(position: Position, one: Field) -> None:
    """What a form shows of an answer is no JSON, and a chosen option's own label."""
    value = position.state.answers[one.name]
    shown = str(forms.shown(position, one, value))
    where = f"{position.form.name}.{one.name} shows {shown!r} of {value!r}"
    assert shown, where
    assert shown != str(position.context.say("form.noted")), where
    assert not any(mark in shown for mark in ("{", "[", "': ")), where
    assert not re.search(r"\d{4}-\d\d-\d\d", shown), where
    labels = {option.value: option.label for option in position.questions.options(one)}
    if isinstance(value, str) and value in labels:
        assert shown == labels[value], where
    if one.kind is Kind.MANY:
        assert shown == ", ".join(labels[chosen] for chosen in value), where
    again = position.moved(step=one.name, candidates=(), readback=())
    assert shown in forms.render(again).text.unescape() or one.kind in (Kind.MANY, Kind.FILES), where


def fill_in(position: Position, seen: set[str]) -> None:
    """Every branch: each option of a choice is followed to the end, of other answers the first."""
    one = position.current
    if one is None:
        assert forms.render(position).text
        return
    seen.add(one.name)
    taken = list(answered(position, one))
    assert taken, f"{position.form.name}.{one.name} takes none of what people typed"
    follows = taken if one.kind is Kind.ONE and len(taken) <= 6 else taken[:1]
    for after in taken:
        if one.name in after.state.answers:
            reads_well(after, one)
    for after in follows:
        # Several may be chosen, until done.
        goes_on = after
        if after.state.step == one.name and one.name in after.state.answers:
            goes_on = forms.press(after, forms.action(after.state, Verb.DONE)).position
        if goes_on.state.step != one.name:
            fill_in(goes_on, seen)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("about", ABOUTS[:4], ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_every_answer_of_every_form_reads_as_people_gave_it(
    form: str, about: dict[str, Any], language: str
) -> None:
    seen: set[str] = set()
    fill_in(begun(form, about, language), seen)
    assert seen


def test_all_forms_are_walked() -> None:
    assert {"register", "submit", "mend", "correct", "broadcast", "campaign"} <= set(FORMS)
