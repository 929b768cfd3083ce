"""What people type in a form: answers, several answers at once, parts of a long text, words for buttons."""

import pytest

from bot.conversation import forms
from bot.conversation.forms import SUMMARY, Field, Kind, Outcome, Verb
from tests.conversation.forms.paper import kinds, one_field, opened, says, verbs


def test_what_is_required_cannot_be_skipped() -> None:
    position = says(opened(), "bỏ qua")
    assert position.state.answers == {"name": "bỏ qua"}
    assert Verb.SKIP not in verbs(position)


def test_a_long_text_may_come_in_parts() -> None:
    position = says(opened(), "Xe đẩy", "a" * 4_000)
    assert position.state.step == "content"
    position = says(position, "phần cuối")
    assert position.state.answers["content"] == "a" * 4_000 + "\nphần cuối"


def test_a_text_that_is_too_long_is_told_so_and_the_question_stays() -> None:
    position = says(opened(), "Xe đẩy")
    step = forms.hear(position, "a" * 10_000)
    assert step.note is not None
    assert "parse.text.too_long" in step.note
    assert step.state.step == "content"
    assert says(step.position, "ngắn thôi").state.answers["content"] == "ngắn thôi"


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ("1 3", ["a", "c"]), ("1, 3", ["a", "c"]), ("3;1", ["c", "a"]), ("1 và 2.", ["a", "b"]), ("1 1 2", ["a", "b"]),
        ("máy, kho", ["a", "c"]), ("Nguoi va May", ["b", "a"]), ("may", ["a"]),
        ("1 4", None), ("0 1", None), ("máy, gì đó", None), ("1 3 máy", None), ("9" * 5000 + " 1", None),
    ],
)  # fmt: skip
def test_several_are_chosen_at_once_or_none(typed: str, chosen: list[str] | None) -> None:
    step = forms.hear(one_field(Field("kind", Kind.MANY, options=kinds, required=True)), typed)
    assert step.outcome is Outcome.ASK
    assert step.state.answers.get("kind") == chosen
    assert ("not_an_option" in (step.note or "")) == (chosen is None)


def test_a_word_for_a_button_is_an_answer_like_any_other_where_there_is_no_such_button() -> None:
    assert says(opened(), "gửi").state.answers == {"name": "gửi"}
    assert says(opened(), "xong").state.answers == {"name": "xong"}


def test_words_about_the_candidates_are_no_search_for_others() -> None:
    position = says(opened(), "Xe đẩy", "Hàn", "may", "1.200")
    for typed in ("viết lại", "quay lại", position.state.readback[0]):
        assert forms.hear_choice(position, typed) is not None, typed
    assert forms.hear_choice(position, "Tổ may 3") is None
    assert forms.hear_choice(opened(), "đúng") is None


def test_a_field_is_changed_from_the_summary_by_its_name() -> None:
    position = says(opened(), "Xe đẩy", "Hàn", "may", "bỏ qua hết")
    assert position.state.step == SUMMARY
    assert says(position, "paper.name.label").state.step == "name"
    step = forms.hear(position, "linh tinh")
    assert "press_something" in (step.note or "")


@pytest.mark.parametrize(
    ("typed", "is_leaving"),
    [("huỷ", True), ("Hủy", True), ("thoát", True), ("cancel", True), ("/huy", True), ("huỷ đơn hàng", False), ("", False)],
)  # fmt: skip
def test_leaving_is_a_word_in_any_form(typed: str, is_leaving: bool) -> None:
    assert forms.leaves(typed) is is_leaving
