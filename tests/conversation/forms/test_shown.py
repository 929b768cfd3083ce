"""What a form shows: pages of candidates, and each answer as a person reads it."""

from typing import Any

import pytest
from markupsafe import Markup

from bot.conversation import forms
from bot.conversation.forms import Field, FormContext, FormPress, Keep, Kind, Parsed, Verb
from tests.conversation.forms.paper import CONTEXT, kinds, one_field, opened, press, says


def test_many_candidates_come_in_pages() -> None:
    position = says(opened(), "Xe đẩy", "Hàn", "may")
    found = Parsed(tuple(range(20)), tuple(f"Số {at}" for at in range(20)), confirm=True)
    position = forms.take(position, found).position
    seen: list[str] = []
    while True:
        choices = forms.render(position).choices
        presses = [(choice, FormPress.unpack(choice.action)) for choice in choices]
        seen += [choice.label for choice, pressed in presses if pressed and pressed.verb is Verb.CANDIDATE]
        further = [choice.action for choice in choices if "form.page_after" in choice.label]
        if not further:
            break
        position = forms.press(position, further[0]).position
    assert seen == [f"Số {at}" for at in range(20)]


def test_what_people_typed_is_shown_as_typed() -> None:
    typed: Any = "<b>dày</b> & <script>alert(1)</script>"
    position = says(opened(), typed, "Hàn", "may", "bỏ qua hết")
    assert Markup.escape(typed) in forms.render(position).text


def _evidence(value: str, context: FormContext) -> dict[str, str]:
    return {"said": value, "on": context.today.isoformat()}


KEPT = Keep(_evidence, lambda stored: str(stored["said"]))


@pytest.mark.parametrize(
    ("field", "value", "reads"),
    [
        (Field("kind", Kind.ONE, options=kinds), "b", "Người"),
        (Field("kind", Kind.ONE, options=kinds, keep=KEPT), {"said": "b", "on": "2026-11-24"}, "Người"),
        (Field("kind", Kind.MANY, options=kinds), ["c", "a"], "Kho, Máy"),
        (Field("kind", options=kinds), "b", "Người"),
        (Field("kind", options=kinds), "Phần mềm", "Phần mềm"),
        (Field("number"), 1_500, "1500"),
        (Field("files", Kind.FILES), [{"media": 1}, {"media": 2}], "form.files_count n=2"),
        (Field("day", show=lambda value, _context: value[1]), ["2022", "year"], "year"),
        # An older version of the bot stored these.
        (Field("unit"), {"id": 7}, "form.noted "),
        (Field("kind", Kind.ONE, options=kinds), "gone", "gone"),
    ],
)  # fmt: skip
def test_an_answer_reads_as_the_person_gave_it(field: Field, value: Any, reads: str) -> None:
    assert forms.shown(one_field(field), field, value) == reads


def test_going_back_to_a_choice_shows_its_label_and_never_what_is_stored() -> None:
    field = Field("kind", Kind.ONE, options=kinds, keep=KEPT, required=True)
    position = press(one_field(field), Verb.OPTION, "a").position
    assert position.state.answers["kind"]["on"] == "2026-11-24"
    text = forms.render(position.moved(step="kind")).text
    assert "form.now value=Máy" in text
    assert "2026" not in text


def test_a_note_goes_before_the_question() -> None:
    position = opened()
    assert forms.render(position, Markup("Nhé!")).text == "Nhé!\n\n" + forms.render(position).text
    assert position.context is CONTEXT
