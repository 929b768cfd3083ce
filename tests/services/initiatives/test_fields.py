"""The fields of an initiative: what is answered is stored, read back and written out, and none is forgotten anywhere."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.forms import Questions
from bot.handlers.initiatives.form import SUBMIT
from bot.screens.initiatives.cards import full_text, missing_words
from bot.services.initiatives.authors import AUTHOR_DETAILS
from bot.services.initiatives.confidential import Sight
from bot.services.initiatives.descriptor import ROWS, Asked, AskedAuthor, InitiativeField, MainAuthor, Reading
from bot.services.initiatives.fields import FIELDS, REQUIRABLE, missing
from bot.services.initiatives.privacy import NOBODY
from bot.services.initiatives.programmes import ProgrammeRules, ProgrammeView
from bot.services.initiatives.submission import Submission
from bot.services.recognition.export import COLUMNS
from bot.texts import LANGUAGES, Texts
from storage.initiatives.cards import Card
from storage.initiatives.tables import Author, CountedState, Initiative, InitiativeState
from storage.people.tables import Person
from storage.units.tables import Unit
from tests.conftest import MORNING
from tests.services.initiatives.answering import ME, TODAY, answer, answers, context

MAIN = MainAuthor(ME, 7)
ASKED = Asked((AskedAuthor(0, ME, is_me=True), AskedAuthor(1, "Trần Bình", is_me=False)), frozenset())

#: What an initiative has of itself, besides what is asked.
_OWN = {
    "id", "code", "programme_id", "phase_id", "unit_id", "entered_by", "state", "revision", "submitted_at", "due_at",
    "claimed_by", "claimed_until", "decided_by", "decided_at", "decision", "recognised_no", "recognised_on",
    "recorded_on",
}  # fmt: skip
_OWN_OF_AUTHOR = {"id", "initiative_id", "position", "person_id", "name", "name_folded", "share"}

each_field = pytest.mark.parametrize("field", FIELDS, ids=lambda one: one.name)


def stored(submission: Submission) -> Card:
    """A submission as its rows."""
    initiative = Initiative(
        id=1, code="CTVN-2026-000001", programme_id=1, phase_id=None, unit_id=1, entered_by=7, revision=1,
        state=InitiativeState.SUBMITTED, submitted_at=MORNING, due_at=MORNING, **submission.columns(),
    )  # fmt: skip
    return Card(
        initiative, Unit(id=1, name="Rạng Đông"), submission.author_rows(1), submission.file_rows(1), ME, ""
    )


def programme() -> ProgrammeView:
    return ProgrammeView(1, "CTVN", "", 1, "/1/", TODAY, TODAY, CountedState.APPROVED, ProgrammeRules(), ())


@settings(deadline=None)
@given(answers())
def test_the_answers_come_back_from_what_is_stored(given_answers: Mapping[str, Any]) -> None:
    submission = Submission.of_answers(given_answers, MAIN)
    again = Submission.of_card(stored(submission))

    assert again == submission
    assert again.answers(MAIN.person_id) == given_answers


@each_field
@settings(deadline=None, max_examples=20)
@given(data=st.data(), given_answers=answers())
def test_changing_one_answer_changes_no_other_field(
    field: InitiativeField, data: st.DataObject, given_answers: Mapping[str, Any]
) -> None:
    changed = dict(given_answers)
    live = Questions(SUBMIT, given_answers, context()).live
    for question in field.questions(ASKED):
        if question.name in {one.name for one in live}:
            changed[question.name] = data.draw(st.composite(answer)(question, given_answers, context()))

    before, after = (Submission.of_answers(one, MAIN) for one in (given_answers, changed))

    for other in FIELDS:
        if other is not field:
            assert of(other, after, field) == of(other, before, field), other.name


def of(field: InitiativeField, submission: Submission, changed: InitiativeField) -> object:
    """What a submission says for a field; of authors' details what is said of those whom a change left in."""
    if field.name == "author_details" and changed.name == "authors":
        return {one.name: one.details for one in submission.authors if one.person_id == MAIN.person_id}
    return field.answers(submission.values, MAIN.person_id)


@each_field
@given(given_answers=answers())
@settings(deadline=None, max_examples=10)
def test_what_is_left_empty_is_told_and_nothing_else(
    field: InitiativeField, given_answers: Mapping[str, Any]
) -> None:
    questions = {one.name for one in field.questions(ASKED)}
    given_answers = {**given_answers, "benefit": {"in_money": False}}
    left = {
        name: one for name, one in given_answers.items() if name not in questions or field.always_required
    }

    told = missing(Submission.of_answers(left, MAIN).values)

    expected = [] if field.always_required or field.name == "authors" else [field.name]
    assert list(told) == expected


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None, max_examples=20)
@given(given_answers=answers())
def test_the_card_says_every_answer(language: str, given_answers: Mapping[str, Any]) -> None:
    submission = Submission.of_answers({**given_answers, "confidential": "yes"}, MAIN)
    say = Texts.load().say(language)

    whole = full_text(say, programme(), stored(submission), Sight.WITHIN)
    outside = full_text(say, programme(), stored(submission), Sight.OUTSIDE)
    in_group = full_text(say, programme(), stored(submission), Sight.GROUP)

    for field in FIELDS:
        for line in field.lines(submission.values, Reading(say, ProgrammeRules())):
            is_line = field.name not in ("name", "files")
            assert (line in whole) is is_line, field.name
            assert (line in outside) is (is_line and not field.stays_in_unit), field.name
            kept = field.stays_in_unit or field.is_personal
            assert (line in in_group) is (is_line and not kept), field.name
    assert not missing_words(say, stored(submission))


def test_every_column_belongs_to_a_field() -> None:
    columns = set(Initiative.__table__.columns.keys()) - _OWN
    keys = {key for field in FIELDS for key in field.keys if key not in ROWS}

    assert columns - keys == set(), "columns that no field stores: mending would leave them as they were"
    assert keys - columns == set(), "fields without a column"
    assert set(Author.__table__.columns.keys()) - _OWN_OF_AUTHOR == {one.name for one in AUTHOR_DETAILS}


def test_what_is_asked_of_an_author_is_known_of_people_and_erased_with_them() -> None:
    names = {one.name for one in AUTHOR_DETAILS}

    assert names <= set(Person.__table__.columns.keys())
    assert names <= set(NOBODY)


@each_field
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_its_sentences(field: InitiativeField, language: str) -> None:
    say = Texts.load().say(language)
    keys = [f"submit.{field.name}.label"]
    for question in field.questions(ASKED):
        keys += [f"submit.{question.sentences}.{name}" for name in ("ask", "label")]
    if field.in_sheet:
        keys.append(f"cli.export.column.{field.name}")

    assert [key for key in keys if not say.has(key)] == []


@each_field
def test_every_question_stands_in_the_form_and_every_column_in_the_sheet(field: InitiativeField) -> None:
    asked = {question.name for question in SUBMIT.fields({}, context())}

    assert {one.name for one in field.questions(Asked(ASKED.authors[:1], frozenset()))} <= asked
    assert (field.name in COLUMNS) is field.in_sheet


def test_a_programme_may_require_what_can_be_asked_alone() -> None:
    rules = ProgrammeRules(required=("benefit",))

    assert rules.required == ("name", "content", "field", "first_applied", "benefit")
    assert "author_details" not in REQUIRABLE
    with pytest.raises(ValueError, match="no such field: colour"):
        ProgrammeRules(required=("colour",))
