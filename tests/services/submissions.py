"""Submissions for tests: what is always required, and whatever else a test is about."""

from bot.services.initiatives.authors import AuthorEntry
from bot.services.initiatives.descriptor import MainAuthor
from bot.services.initiatives.submission import Submission


def submission(name: str, *authors: AuthorEntry, **answers: object) -> Submission:
    """A submission with these authors and answers of the form."""
    given = {
        "name": name,
        "content": "Hàn",
        "field": "technical",
        "first_applied": ["2026-11-20", "day"],
        **answers,
    }
    return Submission.of_answers(given, MainAuthor(authors[0].name)).with_authors(authors)
