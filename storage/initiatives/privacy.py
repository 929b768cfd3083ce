"""What initiatives hold of a person: handed over to another, taken along, or taken away."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import aliased

from storage.base import values_of
from storage.conversation.tables import Conversation, Draft, TranscriptLine
from storage.delivery.tables import Outbox
from storage.engine import Session
from storage.initiatives.tables import Attachment, Author, Initiative, InitiativeState
from storage.people.tables import Account, Person
from storage.units.tables import Unit
from storage.units.tree import below

#: What an author's row says of them besides the name.
_DETAILS = ("born", "workplace", "title", "qualification")


async def number_written(session: Session, person_id: int) -> int:
    """How many initiatives somebody is an author of."""
    number = await session.scalar(
        select(func.count(func.distinct(Author.initiative_id))).where(Author.person_id == person_id)
    )
    return number or 0


async def correct(session: Session, person_id: int, values: Mapping[str, object]) -> None:
    """Change somebody's own data wherever they are an author."""
    await session.execute(update(Author).where(Author.person_id == person_id).values(**values))


# ---------------------------------------------------------------- two become one


async def judged(session: Session, one: int, other: int) -> Sequence[int]:
    """The approved initiatives of one of two people that the other has decided on."""
    author = aliased(Author)
    found = await session.scalars(
        select(Initiative.id)
        .join(author, author.initiative_id == Initiative.id)
        .where(
            author.person_id.in_([one, other]),
            Initiative.decided_by.in_([one, other]),
            Initiative.decided_by != author.person_id,
            Initiative.state == InitiativeState.APPROVED,
        )
        .distinct()
        .order_by(Initiative.id)
    )
    return found.all()


async def hand_over(session: Session, old: int, new: Person) -> None:
    """Make the other person the author of what the one wrote; two authors of one initiative become one, with both shares."""
    either = Author.person_id.in_([old, new.id])
    twice = select(Author.initiative_id).where(either).group_by(Author.initiative_id).having(func.count() > 1)
    rows = await session.scalars(
        select(Author)
        .where(either, Author.initiative_id.in_(twice))
        .order_by(Author.initiative_id, Author.position)
    )
    first: dict[int, Author] = {}
    for row in rows.all():
        kept = first.setdefault(row.initiative_id, row)
        if kept is not row:
            kept.share += row.share
            for name in _DETAILS:
                setattr(kept, name, getattr(kept, name) or getattr(row, name))
            await session.delete(row)
    await session.flush()
    await session.execute(
        update(Author)
        .where(either)
        .values(person_id=new.id, name=new.name, name_folded=new.name_folded)
        .execution_options(synchronize_session=False)
    )
    # Nobody holds what is their own to judge.
    await session.execute(
        update(Initiative)
        .where(
            Initiative.claimed_by.in_([old, new.id]),
            Initiative.id.in_(select(Author.initiative_id).where(Author.person_id == new.id)),
        )
        .values(claimed_by=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )


async def authors_with(session: Session, old: int, new: int) -> list[dict[str, Any]]:
    """The authors' rows that are one of two people's, of all initiatives of the first; as JSON."""
    theirs = select(Author.initiative_id).where(Author.person_id == old)
    rows = await session.scalars(
        select(Author).where(Author.initiative_id.in_(theirs), Author.person_id.in_([old, new]))
    )
    return [
        {**values_of(row), "born": row.born.isoformat() if row.born is not None else None} for row in rows
    ]


async def part_authors(session: Session, old: int, new: int, kept: Sequence[Mapping[str, Any]]) -> None:
    """Make these rows what they were. Where an initiative was mended since, the second's row is the first's again."""
    was = {int(one["id"]): one for one in kept}
    rows = await session.scalars(select(Author).where(Author.id.in_(was)))
    there = {row.id: row for row in rows}
    same = {was[number]["initiative_id"] for number in there}
    for number, one in was.items():
        values = {**one, "born": date.fromisoformat(one["born"]) if one["born"] else None}
        if number in there:
            for name, value in values.items():
                setattr(there[number], name, value)
        elif one["initiative_id"] in same:
            # The one of two rows that went.
            session.add(Author(**values))
    mended = {one["initiative_id"] for one in kept} - same
    await session.execute(
        update(Author)
        .where(Author.initiative_id.in_(mended), Author.person_id == new)
        .values(person_id=old)
        .execution_options(synchronize_session=False)
    )
    await session.flush()


async def rename_in_drafts(session: Session, old: int, new: int) -> None:
    """Replace one person by the other as main author in the one's drafts."""
    for draft in (await session.scalars(select(Draft).where(Draft.person_id == old))).all():
        about = draft.form.get("about", {})
        if about.get("main", {}).get("id") == old:
            draft.form = {**draft.form, "about": {**about, "main": {**about["main"], "id": new}}}
    await session.flush()


async def rename_in_messages(session: Session, kind: str, old: int, new: int) -> None:
    """Replace one person by the other in messages of a kind that name somebody."""
    found = await session.scalars(
        select(Outbox).where(Outbox.kind == kind, Outbox.details["person"].as_integer() == old)
    )
    for message in found.all():
        message.details = {**message.details, "person": new}
    await session.flush()


# ---------------------------------------------------------------- a copy


async def copy(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """What somebody wrote or entered, with all that belongs to it; rows by section."""
    ids = await concerned(session, person_id)
    initiatives = await session.scalars(select(Initiative).where(Initiative.id.in_(ids)))
    authors = await session.scalars(select(Author).where(Author.person_id == person_id))
    files = await session.scalars(select(Attachment).where(Attachment.initiative_id.in_(ids)))
    return {
        "initiatives": [values_of(row, ("name_folded",)) for row in initiatives],
        "authorships": [values_of(row) for row in authors],
        "attachments": [values_of(row) for row in files],
    }


# ---------------------------------------------------------------- going


async def alone_and_waiting(session: Session, person_id: int) -> Sequence[int]:
    """The undecided initiatives that have this author alone."""
    alone = (
        select(func.count())
        .where(Author.initiative_id == Initiative.id)
        .correlate(Initiative)
        .scalar_subquery()
    )
    found = await session.scalars(
        select(Initiative.id)
        .join(Author, Author.initiative_id == Initiative.id)
        .where(
            Author.person_id == person_id,
            Initiative.state.in_([InitiativeState.SUBMITTED, InitiativeState.RETURNED]),
            alone == 1,
        )
    )
    return found.all()


async def concerned(session: Session, person_id: int) -> Sequence[int]:
    """The initiatives that somebody wrote or entered."""
    found = await session.scalars(
        select(Initiative.id)
        .outerjoin(Author, Author.initiative_id == Initiative.id)
        .where(or_(Author.person_id == person_id, Initiative.entered_by == person_id))
        .distinct()
    )
    return found.all()


async def nobody_wrote(session: Session, person_id: int, values: Mapping[str, object]) -> None:
    """Detach somebody from all authors' rows and set ``values`` there; the shares stay."""
    await session.execute(
        update(Author).where(Author.person_id == person_id).values(person_id=None, **values)
    )


async def take_files(session: Session, person_id: int) -> Sequence[tuple[int, str]]:
    """Take the photos and documents out of what somebody entered and nobody else is known to have written.

    Gives each with its name.
    """
    others = (
        select(Author.id)
        .where(
            Author.initiative_id == Initiative.id,
            Author.person_id.is_not(None),
            Author.person_id != person_id,
        )
        .correlate(Initiative)
        .exists()
    )
    rows = (
        await session.execute(
            select(Attachment.id, Attachment.media_id, Attachment.name)
            .join(Initiative, Initiative.id == Attachment.initiative_id)
            .where(Initiative.entered_by == person_id, ~others)
        )
    ).all()
    await session.execute(delete(Attachment).where(Attachment.id.in_([row[0] for row in rows])))
    return [(row[1], row[2]) for row in rows]


async def take_words_from_messages(session: Session, about: Collection[str], said: Collection[str]) -> None:
    """Take these words out of messages with these marks."""
    for row in await session.scalars(select(Outbox).where(Outbox.about.in_(about))):
        if row.details.get("words") in said:
            row.details = {**row.details, "words": ""}
    await session.flush()


async def bubbles_about(
    session: Session, about: Collection[str], *, besides: int
) -> Sequence[tuple[int, int, dict[str, Any]]]:
    """The web chats' bubbles of whoever got a message with one of these marks: id, account, and body.

    ``besides``: the person whose own chat is left out; 0 for nobody.
    """
    told = select(Outbox.person_id).where(Outbox.about.in_(about), Outbox.person_id.is_not(None))
    rows = await session.execute(
        select(TranscriptLine.id, TranscriptLine.account_id, TranscriptLine.body)
        .join(Account, Account.id == TranscriptLine.account_id)
        .where(Account.person_id != besides, Account.person_id.in_(told))
    )
    return [(line_id, account_id, body) for line_id, account_id, body in rows]


async def forms_about(
    session: Session, initiative_ids: Collection[int], *, besides: int
) -> Sequence[Draft | Conversation]:
    """Whatever people have begun on these initiatives; ``besides``: the person whose own is left out."""
    drafts = await session.scalars(
        select(Draft).where(
            Draft.person_id != besides, Draft.form["about"]["initiative"].as_integer().in_(initiative_ids)
        )
    )
    open_forms = await session.scalars(
        select(Conversation).where(
            Conversation.person_id != besides,
            Conversation.form["about"]["initiative"].as_integer().in_(initiative_ids),
        )
    )
    return [*drafts, *open_forms]


# ---------------------------------------------------------------- authors who never registered


async def unregistered(session: Session, path: str, name_folded: str) -> Sequence[tuple[str, str, str]]:
    """Authors of a name, in a unit and all below it, whom nobody is: their name, the initiative's and the unit's code."""
    rows = await session.execute(
        select(Author.name, Initiative.code, Unit.code)
        .join(Initiative, Initiative.id == Author.initiative_id)
        .join(Unit, Unit.id == Initiative.unit_id)
        .where(below(path), Author.name_folded == name_folded, Author.person_id.is_(None))
        .order_by(Initiative.id)
    )
    return [(name, initiative, unit) for name, initiative, unit in rows]


async def of_unregistered(
    session: Session, path: str, name_folded: str, listed: Collection[int]
) -> Sequence[Author]:
    """Authors of a name whom nobody is, in a unit and all below it; and those who are one of the ``listed``."""
    rows = await session.scalars(
        select(Author)
        .join(Initiative, Initiative.id == Author.initiative_id)
        .join(Unit, Unit.id == Initiative.unit_id)
        .where(
            or_(
                (Author.person_id.is_(None)) & (Author.name_folded == name_folded) & below(path),
                Author.person_id.in_(listed),
            )
        )
    )
    return rows.all()
