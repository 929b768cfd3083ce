"""The fields of an initiative, in the order of the form: the one place that lists them.

The form, the stored row, mending, the card, the sheet, what a programme may require, what a return may point at and
what the team is told is missing all derive from :data:`FIELDS`.
"""

from collections.abc import Callable, Iterator, Sequence

from bot.conversation.forms import Answers
from bot.services.initiatives.authors import AuthorDetails, Authors
from bot.services.initiatives.descriptor import InitiativeField, Likeness, MainAuthor, OnCard, Part, Values
from bot.services.initiatives.one_question import OneQuestion
from bot.services.initiatives.shapes import (
    CONTENT_LONGEST,
    FILE_LIST,
    PAST_DAY,
    TITLE,
    YEARLY_BENEFIT,
    YES_NO,
    one_of,
    some_of,
    text,
)

FIELDS: tuple[InitiativeField, ...] = (
    OneQuestion(
        name="name",
        shape=TITLE,
        part=Part.WHAT,
        always_required=True,
        # With the code it is the card's title.
        on_card=OnCard.APART,
        can_be_pointed_at=True,
        likeness=Likeness.NAME,
    ),
    OneQuestion(
        name="content",
        shape=text(CONTENT_LONGEST, long=True),
        part=Part.HOW,
        always_required=True,
        stays_in_unit=True,
        can_be_pointed_at=True,
        likeness=Likeness.WORDS,
    ),
    OneQuestion(
        name="field",
        shape=one_of("field", lambda lists: lists.fields),
        part=Part.WHAT,
        always_required=True,
        can_be_pointed_at=True,
    ),
    OneQuestion(
        name="first_applied",
        shape=PAST_DAY,
        part=Part.WHEN,
        always_required=True,
        can_be_pointed_at=True,
    ),
    OneQuestion(
        name="situation_before",
        shape=text(long=True),
        part=Part.BEFORE,
        stays_in_unit=True,
        can_be_pointed_at=True,
    ),
    OneQuestion(
        name="benefit",
        shape=YEARLY_BENEFIT,
        part=Part.EFFECT,
        can_be_pointed_at=True,
    ),
    OneQuestion(
        name="benefit_words",
        shape=text(),
        part=Part.EFFECT,
        applies=lambda given, _context: "benefit" in given,
        # What has a price need not have words as well.
        missed_when=lambda values: values["benefit_in_money"] is False,
    ),
    OneQuestion(
        name="files",
        shape=FILE_LIST,
        part=Part.MORE,
        stays_in_unit=True,
        # The pictures and documents themselves go with the card.
        on_card=OnCard.APART,
        in_sheet=False,
        can_be_pointed_at=True,
    ),
    Authors(
        name="authors",
        part=Part.WHO,
        on_card=OnCard.HEAD,
        can_be_pointed_at=True,
    ),
    OneQuestion(
        name="topics",
        shape=some_of("topic", lambda lists: lists.topics),
        part=Part.WHAT,
        can_be_pointed_at=True,
    ),
    OneQuestion(
        name="conditions",
        shape=text(),
        part=Part.HOW,
        stays_in_unit=True,
        can_be_pointed_at=True,
    ),
    OneQuestion(
        name="participants",
        shape=text(),
        part=Part.MORE,
        stays_in_unit=True,
        is_personal=True,
    ),
    OneQuestion(
        name="confidential",
        shape=YES_NO,
        part=Part.MORE,
        # Only a yes is worth a line.
        untold="no",
    ),
    AuthorDetails(
        name="author_details",
        part=Part.WHO,
        may_be_required=False,
        stays_in_unit=True,
        is_personal=True,
    ),
)

ALWAYS_REQUIRED = tuple(one.name for one in FIELDS if one.always_required)
#: What a programme may require.
REQUIRABLE = tuple(one.name for one in FIELDS if one.may_be_required)
#: What a return may point at.
POINTED_AT = tuple(one.name for one in FIELDS if one.can_be_pointed_at)
#: In the order in which an initiative is read.
AS_READ: Sequence[InitiativeField] = sorted(FIELDS, key=lambda one: one.part)
IN_SHEET: Sequence[InitiativeField] = tuple(one for one in AS_READ if one.in_sheet)


def values_of(answers: Answers, main: MainAuthor) -> Values:
    """What is stored for the answers of a form. Raises KeyError when one is missing that is always required."""
    return {key: value for one in FIELDS for key, value in one.values(answers, main).items()}


def answers_of(values: Values, reader_id: int | None) -> dict[str, object]:
    """The answers that the stored values were made of; ``reader_id`` is "me" among the authors."""
    return {name: answer for one in FIELDS for name, answer in one.answers(values, reader_id).items()}


def missing(values: Values) -> Sequence[str]:
    """The fields that were left empty, by name, as the support team is told."""
    return [one.name for one in FIELDS if one.is_missed(values)]


def compared(kind: Likeness, value_of: Callable[[str], object]) -> str:
    """The words by which initiatives are compared; ``value_of`` gives the value of a field."""
    return "\n".join(str(value_of(one.name) or "") for one in FIELDS if one.likeness is kind)


def on_card(place: OnCard) -> Iterator[InitiativeField]:
    """The fields of the card's head, or of its lines, in order."""
    return (one for one in AS_READ if one.on_card is place)
