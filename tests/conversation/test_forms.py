"""The form engine, pressed and typed at random: it never raises, never loses an answer, never skips what is required."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from markupsafe import Markup

from bot.conversation import forms
from bot.conversation.dates import parse_date
from bot.conversation.forms import (
    SUMMARY,
    Answers,
    Field,
    Form,
    FormContext,
    FormState,
    Kind,
    Option,
    Outcome,
    Parsed,
    Verb,
)
from bot.conversation.invalid import Invalid
from bot.conversation.money import parse_money
from bot.conversation.vocabulary import IncomingFile, Screen


class Keys:
    """Says the key itself, so that a test needs no locale."""

    language = "vi"

    def __call__(self, key: str, /, **args: object) -> Markup:
        return Markup("{} {}").format(
            key, " ".join(f"{name}={value}" for name, value in sorted(args.items()))
        )

    def has(self, key: str) -> bool:
        return key.endswith(".which")


def _words(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if not raw:
        raise Invalid("parse.text.empty")
    if len(raw) > 9_000:
        raise Invalid("parse.text.too_long", typed=len(raw), limit=9_000)
    return Parsed.plain(raw)


def _money(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed(parse_money(raw).candidates, confirm=True)


def _day(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    return Parsed.plain(parse_date(raw, context.today).value.isoformat())


def _kinds(_answers: Answers, _context: FormContext) -> Sequence[Option]:
    return [Option("a", "Máy"), Option("b", "Người"), Option("c", "Kho")]


def _fields(answers: Answers, context: FormContext) -> Sequence[Field]:
    known = [
        Field("name", parse=_words, required=True),
        Field("content", parse=_words, long=True, required=True),
        Field("kind", Kind.ONE, options=_kinds, required=True),
        Field("money", parse=_money),
        Field("effect", parse=_words, applies=lambda given, _context: "money" in given),
        Field("files", Kind.FILES, most=3),
        Field("topics", Kind.MANY, options=_kinds, width=2),
        Field("day", parse=_day, options=lambda _given, _context: [Option("hom qua", "Hôm qua")]),
    ]
    left_out = context.facts.get("left_out", ())
    details = [
        Field(f"a{at}_title", text="title", args={"who": f"{at}"})
        for at in range(len(answers.get("topics", ())))
    ]
    return [one for one in (*known, *details) if one.name not in left_out]


FORM = Form("paper", _fields, keeps_draft=True)
CONTEXT = FormContext(date(2026, 11, 24), Keys())

WORDS = st.one_of(
    st.sampled_from(
        [
            "quay lại", "huỷ", "bỏ qua", "bỏ qua hết", "xong", "gửi", "đúng rồi", "viết lại", "0", "1",
            "Máy", "nguoi", "15tr", "1.200", "hôm qua", "31/2/2022", "", "  ", "🎉", "x" * 4_000, "y" * 10_000,
            "<b>dày</b>", "paper.name.label", "form.again", "name", "/sangkien",
        ]
    ),
    st.text(max_size=40),
)  # fmt: skip
FILES = st.lists(
    st.builds(
        IncomingFile,
        source=st.just("s"),
        name=st.text(max_size=5),
        is_picture=st.booleans(),
        media_id=st.one_of(st.none(), st.integers(1, 6)),
        problem=st.sampled_from([None, None, "files.kind"]),
    ),
    max_size=5,
)


def required(answers: Answers, context: FormContext) -> list[str]:
    return [one.name for one in FORM.live(answers, context) if one.required]


class Conversation(RuleBasedStateMachine):
    """Somebody with a phone, and somebody with a debugger, at one form."""

    def __init__(self) -> None:
        super().__init__()
        self.context = CONTEXT
        self.form = FORM
        self.state = forms.begin(self.form, self.context)
        self.shown: list[Screen] = []
        self.put_aside: FormState | None = None

    @initialize()
    def opens(self) -> None:
        assert self.state.step == "name"

    def follow(self, step: forms.Step) -> None:
        before, after = self.state, step.state
        changed = {
            name
            for name in before.answers.keys() | after.answers.keys()
            if before.answers.get(name) != after.answers.get(name)
        }
        assert changed <= {before.step}, f"{changed} changed at {before.step}"
        if step.outcome is Outcome.STALE:
            assert after == before
        if step.outcome is Outcome.DONE:
            assert before.step == SUMMARY
            assert all(name in after.answers for name in required(after.answers, self.context))
            self.state = forms.begin(self.form, self.context)
            return
        if step.outcome is Outcome.LEFT:
            self.state = forms.resume(self.form, after, self.context)
            return
        assert not set(after.skipped) & set(required(after.answers, self.context))
        self.state = after

    @rule(data=st.data())
    def presses(self, data: st.DataObject) -> None:
        choices = [choice.action for choice in self.screen().choices if choice.action]
        self.follow(forms.press(self.form, self.state, data.draw(st.sampled_from(choices)), self.context))

    @rule(data=st.data())
    def presses_an_old_button(self, data: st.DataObject) -> None:
        old = [choice.action for screen in self.shown for choice in screen.choices]
        if old:
            self.follow(forms.press(self.form, self.state, data.draw(st.sampled_from(old)), self.context))

    @rule(
        step=st.sampled_from(
            ["name", "content", "kind", "money", "files", "topics", "day", SUMMARY, "nothing", ""]
        ),
        verb=st.one_of(st.sampled_from([one.value for one in Verb]), st.text(max_size=3)),
        argument=st.one_of(
            st.sampled_from(
                ["", "a", "z", "0", "1", "-1", "7", "²", "٣", "name", "files", "nothing", "9" * 5_000]
            ),
            st.text(max_size=10),
        ),
        here=st.booleans(),
    )
    def forges(self, step: str, verb: str, argument: str, here: bool) -> None:
        at = self.state.step if here else step
        self.follow(
            forms.press(self.form, self.state, f"f.{self.state.tag}.{at}.{verb}.{argument}", self.context)
        )

    @rule(action=st.text(max_size=64))
    def presses_nonsense(self, action: str) -> None:
        step = forms.press(self.form, self.state, action, self.context)
        assert step.outcome is Outcome.STALE
        assert step.state == self.state

    @rule(raw=WORDS)
    def says(self, raw: str) -> None:
        self.follow(forms.hear(self.form, self.state, raw, self.context))

    @rule(files=FILES)
    def sends_files(self, files: list[IncomingFile]) -> None:
        self.follow(forms.receive(self.form, self.state, files, self.context))

    @rule()
    def comes_back_next_week(self) -> None:
        stored = FormState.from_json(json.loads(json.dumps(self.state.to_json())))
        old = self.state.tag
        self.state = forms.resume(self.form, stored, self.context)
        assert self.state.answers == stored.answers
        assert (self.state.step, self.state.parts) == (stored.step, stored.parts)
        button = f"f.{old}.{self.state.step}.{Verb.BACK}."
        if old != self.state.tag:
            assert forms.press(self.form, self.state, button, self.context).outcome is Outcome.STALE

    @rule(
        left_out=st.sets(st.sampled_from(["money", "topics", "kind", "day"])),
        version=st.sampled_from([1, 1, 2, 3]),
    )
    def finds_another_form(self, left_out: set[str], version: int) -> None:
        self.context = replace(CONTEXT, facts={"left_out": left_out})
        self.form = replace(FORM, version=version)
        before = self.state
        self.state = forms.resume(self.form, before, self.context)
        kept = {one.name for one in self.form.fields(before.answers, self.context)}
        assert self.state.answers == {name: value for name, value in before.answers.items() if name in kept}
        if self.state.step == SUMMARY and before.step != SUMMARY:
            assert all(name in self.state.answers for name in required(self.state.answers, self.context))

    def screen(self) -> Screen:
        return forms.render(self.form, self.state, self.context)

    @invariant()
    def what_is_stored_comes_back(self) -> None:
        assert FormState.from_json(json.loads(json.dumps(self.state.to_json()))) == self.state

    @invariant()
    def there_is_always_a_screen_with_a_way_out(self) -> None:
        screen = self.screen()
        assert screen.text
        assert all(len(choice.action.encode()) <= 64 for choice in screen.choices)
        assert any(choice.action.split(".")[3] == Verb.LEAVE for choice in screen.choices)
        self.shown = [*self.shown[-3:], screen]


TestConversation = Conversation.TestCase
TestConversation.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    # A long talk takes minutes to shorten, and a test that takes minutes is ended.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    report_multiple_bugs=False,
)


# ---------------------------------------------------------------- the same, told as stories


def says(state: FormState, *texts: str) -> FormState:
    for raw in texts:
        step = forms.hear(FORM, state, raw, CONTEXT)
        assert step.outcome is Outcome.ASK
        state = step.state
    return state


def test_the_questions_come_in_order_and_end_at_the_summary() -> None:
    state = forms.begin(FORM, CONTEXT)
    asked = [state.step]
    for raw in ("Xe đẩy", "Hàn ba tầng", "may", "15tr", "đúng", "Đỡ mỏi", "bỏ qua", "bỏ qua", "hôm qua"):
        state = says(state, raw)
        asked.append(state.step)
    assert asked == ["name", "content", "kind", "money", "money", "effect", "files", "topics", "day", SUMMARY]
    assert forms.hear(FORM, state, "gửi", CONTEXT).outcome is Outcome.DONE


def test_an_answer_can_be_changed_from_the_summary_and_leads_back_there() -> None:
    state = says(forms.begin(FORM, CONTEXT), "Xe đẩy", "Hàn ba tầng", "may", "bỏ qua hết")
    step = forms.press(FORM, state, f"f.{state.tag}.=.{Verb.CHANGE}.name", CONTEXT)
    assert step.state.step == "name"
    state = says(step.state, "Xe kéo")
    assert state.step == SUMMARY
    assert state.answers["name"] == "Xe kéo"


def test_what_is_required_cannot_be_skipped() -> None:
    state = says(forms.begin(FORM, CONTEXT), "bỏ qua")
    assert state.answers == {"name": "bỏ qua"}
    assert not any(
        choice.action.split(".")[3] == Verb.SKIP for choice in forms.render(FORM, state, CONTEXT).choices
    )


def test_a_long_text_may_come_in_parts() -> None:
    state = says(forms.begin(FORM, CONTEXT), "Xe đẩy", "a" * 4_000)
    assert state.step == "content"
    state = says(state, "phần cuối")
    assert state.answers["content"] == "a" * 4_000 + "\nphần cuối"


def test_a_text_that_is_too_long_is_told_so_and_the_question_stays() -> None:
    state = says(forms.begin(FORM, CONTEXT), "Xe đẩy")
    step = forms.hear(FORM, state, "a" * 10_000, CONTEXT)
    assert step.note is not None
    assert "parse.text.too_long" in step.note
    assert step.state.step == "content"
    assert says(step.state, "ngắn thôi").answers["content"] == "ngắn thôi"


def test_several_meanings_are_offered_and_one_is_taken() -> None:
    state = says(forms.begin(FORM, CONTEXT), "Xe đẩy", "Hàn", "may", "1.200")
    assert len(state.candidates) == 3
    assert "money" not in state.answers
    state = forms.press(FORM, state, f"f.{state.tag}.money.{Verb.CANDIDATE}.1", CONTEXT).state
    assert state.answers["money"] == 1_200_000


def test_a_forged_number_of_any_length_is_only_stale() -> None:
    state = says(forms.begin(FORM, CONTEXT), "Xe đẩy", "Hàn", "may", "1.200")
    for verb in (Verb.CANDIDATE, Verb.PAGE):
        for argument in ("9" * 5_000, "-1", "7", "²", ""):
            step = forms.press(FORM, state, f"f.{state.tag}.money.{verb}.{argument}", CONTEXT)
            assert step == forms.Step(state, Outcome.STALE)


def test_many_candidates_come_in_pages() -> None:
    state = says(forms.begin(FORM, CONTEXT), "Xe đẩy", "Hàn", "may")
    found = Parsed(tuple(range(20)), tuple(f"Số {at}" for at in range(20)), confirm=True)
    state = forms.take(FORM, state, found, CONTEXT).state
    seen: list[str] = []
    while True:
        choices = forms.render(FORM, state, CONTEXT).choices
        seen += [choice.label for choice in choices if f".{Verb.CANDIDATE}." in choice.action]
        further = [choice.action for choice in choices if "form.page_after" in choice.label]
        if not further:
            break
        state = forms.press(FORM, state, further[0], CONTEXT).state
    assert seen == [f"Số {at}" for at in range(20)]


def test_the_same_file_twice_is_one_and_too_many_are_told() -> None:
    def file(number: int) -> IncomingFile:
        return IncomingFile("s", "anh.jpg", is_picture=True, media_id=number)

    state = says(forms.begin(FORM, CONTEXT), "Xe đẩy", "Hàn", "may", "bỏ qua")
    state = forms.receive(FORM, state, [file(1), file(1), file(2)], CONTEXT).state
    assert [entry["media"] for entry in state.answers["files"]] == [1, 2]
    step = forms.receive(FORM, state, [file(2), file(3), file(4)], CONTEXT)
    assert [entry["media"] for entry in step.state.answers["files"]] == [1, 2, 3]
    assert step.note is not None
    assert "too_many_files" in step.note


def test_a_draft_of_an_older_form_falls_back_to_what_no_longer_fits() -> None:
    state = says(forms.begin(FORM, CONTEXT), "Xe đẩy", "Hàn", "may", "bỏ qua hết")
    old = replace(state, answers={"name": "Xe đẩy", "gone": "x"}, skipped=(), version=1)
    fresh = forms.resume(replace(FORM, version=2), old, CONTEXT)
    assert fresh.answers == {"name": "Xe đẩy"}
    assert fresh.step == "content"


@pytest.mark.parametrize("kind", [Kind.ONE, Kind.MANY])
def test_only_what_is_offered_can_be_chosen(kind: Kind) -> None:
    def fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
        return (Field("kind", kind, options=_kinds, required=True),)

    form = Form("choice", fields, summary=False)
    state = forms.begin(form, CONTEXT)
    step = forms.press(form, state, f"f.{state.tag}.kind.{Verb.OPTION}.z", CONTEXT)
    assert step == forms.Step(state, Outcome.STALE)


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ("1 3", ["a", "c"]), ("1, 3", ["a", "c"]), ("3;1", ["c", "a"]), ("1 và 2.", ["a", "b"]), ("1 1 2", ["a", "b"]),
        ("máy, kho", ["a", "c"]), ("Nguoi va May", ["b", "a"]), ("may", ["a"]),
        ("1 4", None), ("0 1", None), ("máy, gì đó", None), ("1 3 máy", None), ("9" * 5000 + " 1", None),
    ],
)  # fmt: skip
def test_several_are_chosen_at_once_or_none(typed: str, chosen: list[str] | None) -> None:
    def fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
        return (Field("kind", Kind.MANY, options=_kinds, required=True),)

    form = Form("choice", fields, summary=False)
    step = forms.hear(form, forms.begin(form, CONTEXT), typed, CONTEXT)
    assert step.outcome is Outcome.ASK
    assert step.state.answers.get("kind") == chosen
    assert ("not_an_option" in (step.note or "")) == (chosen is None)


def test_what_people_typed_is_shown_as_typed() -> None:
    typed: Any = "<b>dày</b> & <script>alert(1)</script>"
    state = says(forms.begin(FORM, CONTEXT), typed, "Hàn", "may", "bỏ qua hết")
    assert Markup.escape(typed) in forms.render(FORM, state, CONTEXT).text
