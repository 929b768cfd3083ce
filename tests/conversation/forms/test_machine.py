"""The form machine: its questions come in order, lead on, lead back, and take what the form offers, and no more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.conversation import forms
from bot.conversation.forms import (
    SUMMARY,
    Answers,
    Field,
    Form,
    FormContext,
    Kind,
    NoWayToShow,
    Outcome,
    Parsed,
    Position,
    Verb,
)
from bot.conversation.vocabulary import IncomingFile
from tests.conversation.forms.paper import CONTEXT, FORM, kinds, one_field, opened, press, says


def test_the_questions_come_in_order_and_end_at_the_summary() -> None:
    position = opened()
    asked = [position.state.step]
    for raw in ("Xe đẩy", "Hàn ba tầng", "may", "15tr", "đúng", "Đỡ mỏi", "bỏ qua", "bỏ qua", "hôm qua"):
        position = says(position, raw)
        asked.append(position.state.step)
    assert asked == ["name", "content", "kind", "money", "money", "effect", "files", "topics", "day", SUMMARY]
    assert forms.hear(position, "gửi").outcome is Outcome.DONE


def test_an_answer_can_be_changed_from_the_summary_and_leads_back_there() -> None:
    position = says(opened(), "Xe đẩy", "Hàn ba tầng", "may", "bỏ qua hết")
    step = press(position, Verb.CHANGE, "name")
    assert step.state.step == "name"
    position = says(step.position, "Xe kéo")
    assert position.state.step == SUMMARY
    assert position.state.answers["name"] == "Xe kéo"


def test_several_meanings_are_offered_and_one_is_taken() -> None:
    position = says(opened(), "Xe đẩy", "Hàn", "may", "1.200")
    assert len(position.state.candidates) == 3
    assert "money" not in position.state.answers
    assert press(position, Verb.CANDIDATE, "1").state.answers["money"] == 1_200_000


def test_a_forged_number_of_any_length_is_only_stale() -> None:
    position = says(opened(), "Xe đẩy", "Hàn", "may", "1.200")
    for verb in (Verb.CANDIDATE, Verb.PAGE):
        for argument in ("9" * 5_000, "-1", "7", "²", ""):
            step = forms.press(position, f"f.{position.state.tag}.money.{verb}.{argument}")
            assert step == forms.Step(position, Outcome.STALE)


def test_the_same_file_twice_is_one_and_too_many_are_told() -> None:
    def file(number: int) -> IncomingFile:
        return IncomingFile("s", "anh.jpg", is_picture=True, media_id=number)

    position = says(opened(), "Xe đẩy", "Hàn", "may", "bỏ qua")
    position = forms.receive(position, [file(1), file(1), file(2)]).position
    assert [entry["media"] for entry in position.state.answers["files"]] == [1, 2]
    step = forms.receive(position, [file(2), file(3), file(4)])
    assert [entry["media"] for entry in step.state.answers["files"]] == [1, 2, 3]
    assert step.note is not None
    assert "too_many_files" in step.note


def test_a_draft_of_an_older_form_falls_back_to_what_no_longer_fits() -> None:
    state = says(opened(), "Xe đẩy", "Hàn", "may", "bỏ qua hết").state
    old = replace(state, answers={"name": "Xe đẩy", "gone": "x"}, skipped=(), version=1)
    fresh = forms.resume(replace(FORM, version=2), old, CONTEXT).state
    assert fresh.answers == {"name": "Xe đẩy"}
    assert fresh.step == "content"


def test_what_somebody_filled_in_before_opens_at_its_summary_and_asks_nothing_again() -> None:
    given = {"name": "Xe đẩy", "content": "Hàn", "kind": "a"}
    position = forms.begin_at_summary(FORM, CONTEXT, given)
    assert position.state.step == SUMMARY
    assert press(position, Verb.SEND).outcome is Outcome.DONE
    changed = says(press(position, Verb.CHANGE, "money").position, "15tr", "đúng")
    assert changed.state.step == "effect", "a question that the new answer brings up is asked"
    lacking = forms.begin_at_summary(FORM, CONTEXT, {"name": "Xe đẩy"})
    assert press(lacking, Verb.SEND).state.step == "content"


@pytest.mark.parametrize("kind", [Kind.ONE, Kind.MANY])
def test_only_what_is_offered_can_be_chosen(kind: Kind) -> None:
    position = one_field(Field("kind", kind, options=kinds, required=True))
    assert press(position, Verb.OPTION, "z") == forms.Step(position, Outcome.STALE)


@pytest.mark.parametrize("value", [{"id": 1, "name": "Tổ may 3"}, ["2022-03-15", "day"], None, True], ids=str)
def test_an_answer_that_nobody_could_read_is_refused_and_its_field_named(value: Any) -> None:
    field = Field("unit", parse=lambda _raw, _answers, _context: Parsed.plain(value), required=True)
    with pytest.raises(NoWayToShow, match="'unit'"):
        forms.hear(one_field(field), "may")
    with pytest.raises(NoWayToShow, match="'unit'"):
        forms.begin(Form("choice", lambda _answers, _context: (field,)), CONTEXT, {"unit": value})
    readable = replace(field, show=lambda stored, _context: f"‹{stored}›")
    assert forms.hear(one_field(readable), "may").outcome is Outcome.DONE


class Counting:
    """Counts how often a form computes its fields, and how often each field its options, by the answers."""

    def __init__(self) -> None:
        self.fields: list[str] = []
        self.options: list[str] = []
        self.form = Form("paper", self._fields)

    def _fields(self, answers: Answers, context: FormContext) -> Sequence[Field]:
        self.fields.append(repr(answers))
        return [replace(one, options=self._counted(one)) for one in FORM.fields(answers, context)]

    def _counted(self, one: Field) -> Any:
        def options(answers: Answers, context: FormContext) -> Any:
            self.options.append(f"{one.name} {answers!r}")
            return one.options(answers, context)

        return options


@pytest.mark.parametrize(
    "typed", ["may", "máy", "linh tinh", "quay lại", "1.200", "đúng", "1 3", "bỏ qua", "xong", "name", "gửi"]
)
@pytest.mark.parametrize("at", range(1, 9))
def test_one_message_computes_fields_and_options_once_for_the_same_answers(typed: str, at: int) -> None:
    answers = ("Xe đẩy", "Hàn", "may", "1.200", "viết lại", "bỏ qua", "bỏ qua", "bỏ qua", "hôm qua")
    stored = says(opened(), *answers[:at]).state
    counting = Counting()
    step = forms.hear(Position.of(counting.form, stored, CONTEXT), typed)
    forms.render(step.position, step.note)
    assert len(counting.fields) == len(set(counting.fields)), counting.fields
    assert len(counting.options) == len(set(counting.options)), counting.options
