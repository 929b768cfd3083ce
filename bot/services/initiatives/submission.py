"""What somebody submits: the values of all fields, and as rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self, cast

from bot.conversation.forms import Answers
from bot.conversation.text import fold
from bot.services.initiatives import fields
from bot.services.initiatives.authors import AUTHOR_DETAILS, AuthorEntry
from bot.services.initiatives.descriptor import AUTHORS, FILES, ROWS, MainAuthor, Values
from bot.services.initiatives.shapes import FileEntry
from storage.initiatives.cards import Card
from storage.initiatives.tables import Attachment, Author, Initiative

_FOLDED_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Submission:
    """All that a submission says, by :data:`bot.services.initiatives.fields.FIELDS`."""

    values: Values

    @classmethod
    def of_answers(cls, answers: Answers, main: MainAuthor) -> Self:
        """From the answers of a form. Raises KeyError when one is missing that is always required."""
        return cls(fields.values_of(answers, main))

    @classmethod
    def of_card(cls, card: Card) -> Self:
        """What was submitted, or last mended."""
        values: dict[str, Any] = {
            key: getattr(card.initiative, key) for one in fields.FIELDS for key in one.keys if key not in ROWS
        }
        values[AUTHORS] = tuple(entry_of(author) for author in card.authors)
        values[FILES] = tuple(FileEntry(one.media_id, one.name, one.is_picture) for one in card.attachments)
        return cls(values)

    def answers(self, reader_id: int | None) -> dict[str, Any]:
        """The answers that made it; ``reader_id`` is "me" among the authors."""
        return fields.answers_of(self.values, reader_id)

    @property
    def first_applied(self) -> date:
        """The day, or the first one of the month or year that is known."""
        return cast("date", self.values["first_applied"])

    @property
    def first_applied_precision(self) -> str:
        """``day``, ``month`` or ``year``."""
        return str(self.values["first_applied_precision"])

    @property
    def field(self) -> str:
        """The code of its field in the programme's list."""
        return str(self.values["field"])

    @property
    def authors(self) -> tuple[AuthorEntry, ...]:
        """Who made it; the first is the main one."""
        return cast("tuple[AuthorEntry, ...]", self.values[AUTHORS])

    @property
    def files(self) -> tuple[FileEntry, ...]:
        """Its pictures and documents."""
        return cast("tuple[FileEntry, ...]", self.values[FILES])

    def with_authors(self, authors: Sequence[AuthorEntry]) -> Self:
        """The same with other authors."""
        return replace(self, values={**self.values, AUTHORS: tuple(authors)})

    # ------------------------------------------------------------ as rows

    def columns(self) -> dict[str, Any]:
        """What stands in the initiative's own row."""
        return {key: value for key, value in self.values.items() if key not in ROWS}

    def write_to(self, initiative: Initiative) -> None:
        """Change the row to what is submitted now."""
        for key, value in self.columns().items():
            setattr(initiative, key, value)

    def author_rows(self, initiative_id: int) -> Sequence[Author]:
        """A row for each author."""
        return [
            Author(
                initiative_id=initiative_id,
                position=at,
                person_id=one.person_id,
                name=one.name,
                name_folded=fold(one.name)[:_FOLDED_LONGEST],
                share=one.share,
                **{detail.name: one.details.get(detail.name) for detail in AUTHOR_DETAILS},
            )
            for at, one in enumerate(self.authors)
        ]

    def file_rows(self, initiative_id: int) -> Sequence[Attachment]:
        """A row for each picture and document."""
        return [
            Attachment(
                initiative_id=initiative_id,
                position=at,
                media_id=one.media_id,
                name=one.name,
                is_picture=one.is_picture,
            )
            for at, one in enumerate(self.files)
        ]


def entry_of(author: Author) -> AuthorEntry:
    """An author as entered."""
    details = {detail.name: getattr(author, detail.name) for detail in AUTHOR_DETAILS}
    return AuthorEntry(author.name, author.share, author.person_id, details)
