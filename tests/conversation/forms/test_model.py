"""What cannot be a field, what a stored form gives back, and what a button carries."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.forms import SUMMARY, Field, FormPress, FormState, Keep, Kind, Verb
from tests.conversation.forms.paper import kinds, opened

KEEP = Keep(lambda value, _context: {"said": value}, lambda stored: str(stored["said"]))


@pytest.mark.parametrize(
    "args",
    [
        {"name": "kind", "kind": Kind.ONE},
        {"name": "kind", "kind": Kind.MANY},
        {"name": "a.b"},
        {"name": ""},
        {"name": SUMMARY},
        {"name": "kind", "kind": Kind.MANY, "options": kinds, "keep": KEEP},
    ],
    ids=("one-without-options", "many-without-options", "dot", "no-name", "summary", "many-with-keep"),
)
def test_a_field_that_could_not_be_asked_is_refused_where_it_is_declared(args: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="field"):
        Field(**args)


def test_what_another_version_of_the_bot_stored_besides_is_dropped() -> None:
    stored = {**opened().state.to_json(), "colour": "blue", "answers": {"name": "Xe đẩy"}}
    state = FormState.from_json(stored)
    assert state.answers == {"name": "Xe đẩy"}
    assert "colour" not in state.to_json()


PIECES = st.text(st.characters(exclude_characters=".", codec="utf-8"), max_size=10)


@given(PIECES, PIECES, st.sampled_from(Verb), st.text(max_size=10))
def test_a_button_comes_back_as_it_was_packed_or_does_not_fit(
    tag: str, step: str, verb: Verb, argument: str
) -> None:
    pressed = FormPress(tag, step, verb, argument)
    if len(f"f.{tag}.{step}.{verb}.{argument}".encode()) > 64:
        with pytest.raises(ValueError, match="64 bytes"):
            pressed.pack()
        return
    assert FormPress.is_one(pressed.pack())
    assert FormPress.unpack(pressed.pack()) == pressed


@pytest.mark.parametrize(("tag", "step"), [("a.b", "name"), ("ab", "na.me")])
def test_a_button_whose_pieces_would_come_apart_otherwise_is_refused(tag: str, step: str) -> None:
    with pytest.raises(ValueError, match="dot"):
        FormPress(tag, step, Verb.BACK).pack()


@given(st.one_of(st.text(max_size=64), st.text(max_size=20).map("f.ab.name.".__add__)))
def test_whatever_somebody_forges_is_a_press_or_none(action: str) -> None:
    pressed = FormPress.unpack(action)
    if pressed is None:
        pieces = action.split(".", 4)
        assert len(pieces) < 5 or pieces[0] != "f" or pieces[3] not in set(Verb)
    else:
        assert pressed.pack() == action


@pytest.mark.parametrize(
    ("action", "is_one"),
    [
        ("f.ab.name.b.", True),
        ("f.nonsense", True),
        ("menu", False),
        ("file", False),
        ("f", False),
        ("", False),
    ],
)
def test_a_buttons_own_sign(action: str, is_one: bool) -> None:
    assert FormPress.is_one(action) is is_one
