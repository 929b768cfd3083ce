"""Submitting an initiative, mending and withdrawing it, and finding those that are alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import delete, select

from bot.conversation.text import fold
from bot.services import telling
from bot.services.act import Act
from bot.services.initiatives import told
from bot.services.initiatives.programmes import ProgrammeView
from bot.services.people import teams, unregistered
from bot.services.people.rights import reach, require
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from storage.initiatives import cards as stored
from storage.initiatives import tally
from storage.initiatives.cards import Card
from storage.initiatives.tables import Attachment, Author, Initiative, InitiativeState
from storage.people.tables import Person
from storage.units.tables import Unit

#: Events that an author sees in the history; "note" is the support team's own.
PUBLIC_EVENTS = (
    "submitted",
    "mended",
    "approved",
    "returned",
    "rejected",
    "undone",
    "withdrawn",
    "recognised",
    "recorded",
    "asked",
    "answered",
)
TEAM_EVENTS = (*PUBLIC_EVENTS, "note", "claimed")

#: How many look-alikes are shown before sending.
_ALIKE_SHOWN = 3


@dataclass(frozen=True, slots=True)
class AuthorEntry:
    """An author as entered. ``share`` in hundredths of a percent."""

    name: str
    share: int
    person_id: int | None = None
    born: date | None = None
    workplace: str | None = None
    title: str | None = None
    qualification: str | None = None


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A picture or document of the submission, already in the media store."""

    media_id: int
    name: str
    is_picture: bool


@dataclass(frozen=True, slots=True)
class Submission:
    """All that a submission says."""

    name: str
    content: str
    field: str
    first_applied: date
    authors: tuple[AuthorEntry, ...]
    first_applied_precision: str = "day"
    topics: tuple[str, ...] = ()
    situation_before: str | None = None
    conditions: str | None = None
    benefit: int | None = None
    benefit_in_money: bool | None = None
    benefit_words: str | None = None
    #: None when nobody answered.
    confidential: bool | None = None
    participants: str | None = None
    files: tuple[FileEntry, ...] = ()


def check(submission: Submission, programme: ProgrammeView, today: date) -> None:
    """Hold a submission against the programme's rules. Raises :class:`Refusal` saying what to do.

    Sources: the programme's window (3259/CTr-TLĐ); filing within a year of first application and shares of 100 %
    (Circular 18/2013/TT-BKHCN). Each can be set in :class:`bot.services.initiatives.programmes.ProgrammeRules`.
    """
    rules = programme.rules
    applied = submission.first_applied
    if applied > today:
        raise Refusal("rules.applied_in_future")
    if rules.applied_within_programme:
        # A year or month that began before the programme may still have its day inside it.
        latest = _end_of_precision(applied, submission.first_applied_precision)
        if latest < programme.starts or applied > programme.ends:
            raise Refusal("rules.outside_programme", starts=_day(programme.starts), ends=_day(programme.ends))
    if rules.file_within_days is not None:
        latest = _end_of_precision(applied, submission.first_applied_precision)
        if latest + timedelta(days=rules.file_within_days) < today:
            raise Refusal("rules.filed_too_late", n=rules.file_within_days)
    if sum(author.share for author in submission.authors) != 10_000 or any(
        author.share <= 0 for author in submission.authors
    ):
        raise Refusal("rules.shares")
    if submission.field not in {listed.code for listed in rules.fields}:
        raise Refusal("rules.field")


def _day(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"


def _end_of_precision(day: date, precision: str) -> date:
    if precision == "year":
        return date(day.year, 12, 31)
    if precision == "month":
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return day


async def submit(
    act: Act, unit_id: int, programme: ProgrammeView | None, submission: Submission
) -> Initiative:
    """File a submission; gives it with its code. The support team is told with the same commit.

    Whoever enters for somebody else (is no author) must be of the unit's support team.
    Raises :class:`Refusal` when it breaks a rule, :class:`Forbidden` without the right.
    """
    if act.actor_id is None:
        raise Forbidden
    if programme is None:
        raise Refusal("rules.no_programme")
    check(submission, programme, act.today)
    unit = await act.session.get(Unit, unit_id)
    if unit is None:
        raise Forbidden
    actor = await act.session.get(Person, act.actor_id)
    is_author = any(author.person_id == act.actor_id for author in submission.authors)
    if actor is None or actor.registered_at is None:
        raise Forbidden
    if not is_author or actor.unit_id != unit_id:
        await require(act, unit_id, Power.ENTER)
    number = await stored.next_number(act.session, f"initiative:{programme.code}:{act.today.year}")
    phase = programme.phase_on(act.today)
    initiative = Initiative(
        code=f"{programme.code}-{act.today.year}-{number:06d}",
        programme_id=programme.id,
        phase_id=phase.id if phase else None,
        unit_id=unit_id,
        entered_by=act.actor_id,
        state=InitiativeState.SUBMITTED,
        revision=1,
        submitted_at=act.now,
        due_at=act.now + timedelta(days=programme.rules.check_within_days),
        **_columns(submission),
    )
    act.session.add(initiative)
    await act.session.flush()
    _add_parts(act, initiative, submission)
    act.record("submitted", initiative_id=initiative.id, unit_id=unit_id)
    await tally.add(act.session, unit.id, initiative.phase_id, tally.standing(initiative))
    await told.tell_team(act, unit.path, initiative.id, initiative.revision)
    await _tell_namesakes(act, initiative, submission)
    return initiative


async def _tell_namesakes(act: Act, initiative: Initiative, submission: Submission) -> None:
    if any(author.person_id is None for author in submission.authors):
        await unregistered.tell_namesakes(act, initiative.id, initiative.unit_id)


def _columns(submission: Submission) -> dict[str, Any]:
    return {
        "name": submission.name,
        "name_folded": fold(submission.name)[:300],
        "content": submission.content,
        "field": submission.field,
        "topics": list(submission.topics),
        "situation_before": submission.situation_before,
        "conditions": submission.conditions,
        "first_applied": submission.first_applied,
        "first_applied_precision": submission.first_applied_precision,
        "benefit": submission.benefit,
        "benefit_in_money": submission.benefit_in_money,
        "benefit_words": submission.benefit_words,
        "confidential": submission.confidential,
        "participants": submission.participants,
    }


def _add_parts(act: Act, initiative: Initiative, submission: Submission) -> None:
    act.session.add_all(
        Author(
            initiative_id=initiative.id,
            position=at,
            person_id=author.person_id,
            name=author.name,
            name_folded=fold(author.name)[:100],
            born=author.born,
            workplace=author.workplace,
            title=author.title,
            qualification=author.qualification,
            share=author.share,
        )
        for at, author in enumerate(submission.authors)
    )
    act.session.add_all(
        Attachment(
            initiative_id=initiative.id,
            position=at,
            media_id=file.media_id,
            name=file.name,
            is_picture=file.is_picture,
        )
        for at, file in enumerate(submission.files)
    )


async def card_for(act: Act, initiative_id: int) -> tuple[Card, bool]:
    """A card, for its authors and whoever entered it, and for the unit's support team and officers.

    Gives the card and whether the actor is of the team that decides it; officers only read. What is confidential leaves the unit only by
    name, effect and award, so officers above the unit see it without its content. Raises :class:`Forbidden`.
    """
    card = await stored.card(act.session, initiative_id)
    if card is None:
        raise Forbidden
    held = await reach(act)
    if held.may(Power.CHECK, card.unit.path):
        return card, True
    if is_own(card, act.actor_id) or held.may(Power.READ, card.unit.path):
        return card, False
    raise Forbidden


def is_own(card: Card, person_id: int | None) -> bool:
    """Whether somebody wrote or entered it."""
    return card.initiative.entered_by == person_id or any(
        author.person_id == person_id for author in card.authors
    )


def is_main(card: Card, person_id: int | None) -> bool:
    """Whether somebody entered it, or is its first author: what takes it back for all is theirs."""
    return card.initiative.entered_by == person_id or (
        bool(card.authors) and card.authors[0].person_id == person_id
    )


async def is_hidden(act: Act, card: Card) -> bool:
    """Whether the content is kept from the actor: of what is confidential only name, effect and award leave the unit.

    Its authors, its unit's people and the team that checks it see it whole.
    """
    # What nobody was asked about or answered is not a secret; only a yes is.
    if not card.initiative.confidential or is_own(card, act.actor_id):
        return False
    actor = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if actor is None or actor.unit_id == card.unit.id:
        return False
    _, members = await teams.team_of(act.session, card.unit.path)
    return actor.id not in members


async def own(act: Act, initiative_id: int) -> Card:
    """A card for changing it as its author. Raises :class:`Forbidden`."""
    card = await stored.card(act.session, initiative_id)
    if card is None or not is_own(card, act.actor_id):
        raise Forbidden
    return card


async def mend(act: Act, initiative_id: int, programme: ProgrammeView, submission: Submission) -> Initiative:
    """File a returned initiative again, changed. Its submission time stays; the check's time starts anew."""
    card = await own(act, initiative_id)
    initiative = card.initiative
    if initiative.state is not InitiativeState.RETURNED:
        raise Refusal("rules.not_returned", code=initiative.code)
    # The programme's window held when it was first filed; what is asked now is only what can have changed.
    check(submission, programme, max(initiative.submitted_at.date(), submission.first_applied))
    before = tally.standing(initiative)
    for name, value in _columns(submission).items():
        setattr(initiative, name, value)
    initiative.state = InitiativeState.SUBMITTED
    initiative.revision += 1
    initiative.decision = None
    initiative.decided_by = initiative.decided_at = initiative.claimed_by = initiative.claimed_until = None
    initiative.due_at = act.now + timedelta(days=programme.rules.check_within_days)
    submission = replace(submission, authors=_still_themselves(card, submission.authors))
    await act.session.execute(delete(Author).where(Author.initiative_id == initiative_id))
    await act.session.execute(delete(Attachment).where(Attachment.initiative_id == initiative_id))
    _add_parts(act, initiative, submission)
    act.record(
        "mended", initiative_id=initiative_id, unit_id=initiative.unit_id, revision=initiative.revision
    )
    await act.session.flush()
    await tally.add(act.session, card.unit.id, initiative.phase_id, tally.standing(initiative) - before)
    await told.tell_team(act, card.unit.path, initiative_id, initiative.revision)
    await _tell_namesakes(act, initiative, submission)
    return initiative


def _still_themselves(card: Card, entries: Sequence[AuthorEntry]) -> tuple[AuthorEntry, ...]:
    """Who was known as an author before stays so under the same name; whom a name belongs to is not asked again."""
    known = {author.name_folded: author.person_id for author in card.authors if author.person_id is not None}
    taken = {entry.person_id for entry in entries}
    return tuple(
        entry
        if entry.person_id is not None or known.get(fold(entry.name)) in taken
        else replace(entry, person_id=known.get(fold(entry.name)))
        for entry in entries
    )


async def to_withdraw(act: Act, initiative_id: int) -> Card:
    """A card that the actor may take back. Raises :class:`Refusal`, :class:`Forbidden`."""
    card = await own(act, initiative_id)
    if not is_main(card, act.actor_id):
        raise Refusal("rules.withdraw_by_main", code=card.initiative.code)
    if card.initiative.state not in (InitiativeState.SUBMITTED, InitiativeState.RETURNED):
        raise Refusal("rules.too_late_to_withdraw", code=card.initiative.code)
    return card


async def withdraw(act: Act, initiative_id: int) -> Initiative:
    """Take one's own initiative back, as long as it is not decided for good.

    For whoever entered it and its first author; the other authors are told.
    """
    card = await to_withdraw(act, initiative_id)
    initiative = card.initiative
    before = tally.standing(initiative)
    initiative.state = InitiativeState.WITHDRAWN
    initiative.revision += 1
    act.record("withdrawn", initiative_id=initiative_id, unit_id=initiative.unit_id)
    await tally.add(act.session, card.unit.id, initiative.phase_id, tally.standing(initiative) - before)
    await told.close_cards(act, initiative_id, f"withdrawn:{initiative.revision}")
    others = [author.person_id for author in card.authors if author.person_id is not None]
    await telling.tell_people(
        act,
        [*others, initiative.entered_by],
        told.DECISION,
        f"initiative:{initiative_id}:withdrawn:{initiative.revision}",
        initiative_id,
        state=InitiativeState.WITHDRAWN.value,
    )
    return initiative


@dataclass(frozen=True, slots=True)
class Alike:
    """An earlier initiative that resembles a new one."""

    code: str
    name: str
    state: InitiativeState
    score: int


async def alike(
    act: Act, unit_id: int, name: str, content: str, *, least: int, besides: int | None = None
) -> Sequence[Alike]:
    """Earlier initiatives of the unit that resemble this one, the likest first; with and without diacritics alike."""
    folded = fold(name)
    names = await stored.names_in_unit(act.session, unit_id, besides=besides)
    near = process.extract(
        folded, dict(names), scorer=fuzz.token_sort_ratio, limit=20, score_cutoff=max(least - 30, 40)
    )
    if not near:
        return ()
    by_name = {number: score for _, score, number in near}
    folded_content = fold(content[:1000])
    found = []
    for row in await stored.by_ids(act.session, list(by_name)):
        same_words = fuzz.token_sort_ratio(folded_content, fold(row.content[:1000]))
        # Nearly the same name is enough; a name that is only akin needs a content that is nearly the same.
        score = max(by_name[row.id], (by_name[row.id] + 3 * same_words) / 4)
        if score >= least:
            found.append(Alike(row.code, row.name, row.state, round(score)))
    return sorted(found, key=lambda one: -one.score)[:_ALIKE_SHOWN]


def missing(initiative: Initiative, authors: Sequence[Author], files: int) -> Sequence[str]:
    """The fields of the form that were left empty, by name, for the support team's card."""
    empty: Mapping[str, bool] = {
        "situation_before": not initiative.situation_before,
        "conditions": not initiative.conditions,
        "benefit": initiative.benefit_in_money is None,
        "benefit_words": initiative.benefit_in_money is False and not initiative.benefit_words,
        "topics": not initiative.topics,
        "participants": not initiative.participants,
        "confidential": initiative.confidential is None,
        "files": files == 0,
        "author_details": any(
            author.born is None or not author.workplace or not author.title or not author.qualification
            for author in authors
        ),
    }
    return [name for name, is_empty in empty.items() if is_empty]


async def find(act: Act, code: str) -> Initiative | None:
    """An initiative by its code; whether the actor may see it is for the caller's next step to ask."""
    return await act.session.scalar(select(Initiative).where(Initiative.code == code.strip().upper()))
