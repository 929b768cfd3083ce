"""Authors in the form: what was told of one stays theirs, whoever else comes, goes or changes places."""

from bot.services.initiatives.authors import detail_answers, named
from bot.services.initiatives.descriptor import MainAuthor
from bot.services.initiatives.fields import FIELDS
from bot.services.initiatives.submission import Submission
from tests.services.initiatives.answering import ME, context

AUTHORS = next(one for one in FIELDS if one.name == "authors")


def typed(words: str, answers: dict[str, object]) -> dict[str, object]:
    """The answers after authors were typed."""
    (question,) = AUTHORS.questions(None)  # type: ignore[arg-type]  # it asks the same whatever else is asked
    (value,) = question.parse(words, answers, context()).candidates
    return {**answers, "authors": value}


def titles(answers: dict[str, object]) -> dict[str, object]:
    """The authors by name, each with what was told of them."""
    return {one.name: detail_answers(answers, one).get("title") for one in named(answers, ME)}


def test_details_follow_their_author_to_another_place() -> None:
    answers = typed("tôi 60%, Trần Bình 40%", {}) | {"a0_title": "tổ trưởng", "a1_title": "thợ hàn"}

    answers = typed("Trần Bình 50%, tôi 50%", answers)

    assert titles(answers) == {"Trần Bình": "thợ hàn", ME: "tổ trưởng"}
    entries = Submission.of_answers(
        {"name": "x", "content": "y", "field": "z", "first_applied": ["2026-11-20", "day"], **answers},
        MainAuthor(ME, 7),
    ).authors
    assert [(one.name, one.details["title"]) for one in entries] == [
        ("Trần Bình", "thợ hàn"),
        (ME, "tổ trưởng"),
    ]


def test_what_was_told_of_me_before_others_came_stays_mine() -> None:
    answers = typed("Trần Bình 40%, tôi 60%", {"a0_title": "tổ trưởng"})

    assert titles(answers) == {"Trần Bình": None, ME: "tổ trưởng"}


def test_who_comes_in_the_place_of_another_has_nothing_of_theirs() -> None:
    answers = typed("tôi 60%, Trần Bình 40%", {}) | {"a0_title": "tổ trưởng", "a1_title": "thợ hàn"}

    answers = typed("tôi 60%, Lê Hoa 40%", typed("tôi", answers))

    assert titles(answers) == {ME: "tổ trưởng", "Lê Hoa": None}
