"""Checking submissions: claim, approve, return, reject, undo; recognition and recording; notes and questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, update

from bot.services import telling
from bot.services.act import Act
from bot.services.initiatives import told
from bot.services.initiatives.initiatives import is_hidden
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.people import teams
from bot.services.people.rights import reach, require
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from bot.services.review import kinds
from bot.texts import Say as Words
from storage.initiatives import cards as stored
from storage.initiatives import tally
from storage.initiatives.cards import Card, Line
from storage.initiatives.tables import Initiative, InitiativeState
from storage.people.tables import Person
from storage.trail import Event

#: What still waits for the support team.
WAITING = (InitiativeState.SUBMITTED,)


async def queue(
    act: Act, *, offset: int, limit: int, states: Sequence[InitiativeState] = WAITING
) -> tuple[Sequence[Line], int]:
    """What waits for the actor's teams, the one due first first, and how many there are."""
    paths = (await reach(act)).paths(Power.CHECK)
    lines = await stored.queue(act.session, paths, offset=offset, limit=limit, states=states)
    return lines, await stored.queue_size(act.session, paths, states)


def counted(say: Words, count: int) -> str:
    """A queue's length as it is shown: "500+" where it was not counted further."""
    return f"{say.number(count)}+" if count >= stored.COUNTED else say.number(count)


async def _card(act: Act, initiative_id: int, power: Power = Power.CHECK) -> Card:
    """A card for deciding on it. Raises :class:`Forbidden`."""
    card = await stored.card(act.session, initiative_id)
    if card is None:
        raise Forbidden
    await require(act, card.unit.id, power)
    if await is_hidden(act, card):
        # Whoever may not read it cannot judge it.
        raise Refusal("review.confidential", code=card.initiative.code)
    return card


async def _still_open(act: Act, card: Card, revision: int) -> None:
    """A card decides only what it shows, and only once."""
    initiative = card.initiative
    if initiative.state is not InitiativeState.SUBMITTED:
        who = await act.session.get(Person, initiative.decided_by) if initiative.decided_by else None
        raise Refusal(
            f"review.already.{initiative.state.value}", code=initiative.code, who=who.name if who else ""
        )
    if initiative.revision != revision:
        raise Refusal("review.card_changed", code=initiative.code)
    holder = initiative.claimed_by
    if (
        holder is not None
        and holder != act.actor_id
        and initiative.claimed_until is not None
        and initiative.claimed_until > act.now
    ):
        raise Refusal("review.claimed_by_other", who=card.claimed_by_name, code=initiative.code)


async def _not_ones_own(act: Act, card: Card) -> None:
    """Nobody approves their own initiative while somebody else of the team can."""
    if not any(author.person_id == act.actor_id for author in card.authors):
        return
    _, members = await teams.team_of(act.session, card.unit.path)
    authors = {author.person_id for author in card.authors}
    if any(member not in authors for member in members):
        raise Refusal("review.own", code=card.initiative.code)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A card that the actor holds now, until a moment."""

    card: Card
    until: datetime


async def claim(act: Act, book: ProgrammeBook, initiative_id: int) -> Claimed:
    """Take a card for oneself. Of two who press at once one gets it; the other is told who has it."""
    card = await _card(act, initiative_id)
    until = act.now + timedelta(minutes=book.by_id(card.initiative.programme_id).rules.claim_minutes)
    taken = await act.session.execute(
        update(Initiative)
        .where(
            Initiative.id == initiative_id,
            Initiative.state == InitiativeState.SUBMITTED,
            or_(
                Initiative.claimed_by.is_(None),
                Initiative.claimed_by == act.actor_id,
                Initiative.claimed_until <= act.now,
            ),
        )
        .values(claimed_by=act.actor_id, claimed_until=until)
        .execution_options(synchronize_session=False)
    )
    await act.session.refresh(card.initiative)
    if not taken.rowcount:  # type: ignore[attr-defined]
        fresh = await _card(act, initiative_id)
        await _still_open(act, fresh, fresh.initiative.revision)
        raise Refusal("review.claimed_by_other", who=fresh.claimed_by_name, code=fresh.initiative.code)
    act.record("claimed", initiative_id=initiative_id, unit_id=card.unit.id)
    return Claimed(await _card(act, initiative_id), until)


async def release(act: Act, initiative_id: int) -> Card:
    """Give a claimed card back."""
    card = await _card(act, initiative_id)
    if card.initiative.claimed_by == act.actor_id:
        card.initiative.claimed_by = card.initiative.claimed_until = None
        await act.session.flush()
    return await _card(act, initiative_id)


async def _decide(
    act: Act,
    card: Card,
    state: InitiativeState,
    decision: dict[str, Any] | None,
    seen_at: tuple[str, str] | None,
) -> Card:
    initiative = card.initiative
    before = tally.standing(initiative)
    initiative.state = state
    initiative.decision = decision
    initiative.decided_by, initiative.decided_at = act.actor_id, act.now
    initiative.claimed_by = initiative.claimed_until = None
    act.record(state.value, initiative_id=initiative.id, unit_id=card.unit.id, **(decision or {}))
    await act.session.flush()
    await tally.add(act.session, card.unit.id, initiative.phase_id, tally.standing(initiative) - before)
    # The same card may be decided, undone and decided again; each is news of its own.
    number = await stored.next_number(act.session, f"decision:{initiative.id}")
    people = [author.person_id for author in card.authors if author.person_id is not None] + [
        initiative.entered_by
    ]
    await telling.tell_people(
        act,
        people,
        told.DECISION,
        f"initiative:{initiative.id}:decision:{number}",
        initiative.id,
        state=state.value,
    )
    await told.close_cards(act, initiative.id, str(number), besides_ref=seen_at)
    return card


async def approve(
    act: Act, initiative_id: int, revision: int, seen_at: tuple[str, str] | None = None
) -> Card:
    """Say yes as the support team (not yet the enterprise's recognition)."""
    card = await _card(act, initiative_id)
    await _still_open(act, card, revision)
    await _not_ones_own(act, card)
    return await _decide(act, card, InitiativeState.APPROVED, None, seen_at)


async def give_back(
    act: Act,
    initiative_id: int,
    revision: int,
    *,
    reasons: Sequence[str],
    fields: Sequence[str],
    words: str,
    seen_at: tuple[str, str] | None = None,
) -> Card:
    """Return a submission for mending: why, and at which fields. The law asks for reasons in writing."""
    card = await _card(act, initiative_id)
    await _still_open(act, card, revision)
    if not reasons and not words:
        raise Refusal("review.reason_needed")
    decision: dict[str, Any] = {"reasons": list(reasons), "fields": list(fields), "words": words}
    return await _decide(act, card, InitiativeState.RETURNED, decision, seen_at)


async def reject(
    act: Act,
    initiative_id: int,
    revision: int,
    *,
    reasons: Sequence[str],
    words: str,
    seen_at: tuple[str, str] | None = None,
) -> Card:
    """Refuse a submission for good, with a reason in writing."""
    card = await _card(act, initiative_id)
    await _still_open(act, card, revision)
    if not words.strip():
        raise Refusal("review.reason_needed")
    decision: dict[str, Any] = {"reasons": list(reasons), "fields": [], "words": words}
    return await _decide(act, card, InitiativeState.REJECTED, decision, seen_at)


async def undo(act: Act, book: ProgrammeBook, initiative_id: int) -> Card:
    """Take one's own decision back within a few minutes; it waits again, due as before."""
    card = await _card(act, initiative_id)
    initiative = card.initiative
    if initiative.decided_at is None or initiative.state is InitiativeState.SUBMITTED:
        raise Refusal("review.nothing_to_undo", code=initiative.code)
    if initiative.decided_by != act.actor_id:
        raise Refusal("review.undo_not_yours", code=initiative.code)
    minutes = book.by_id(initiative.programme_id).rules.undo_minutes
    if act.now - initiative.decided_at > timedelta(minutes=minutes):
        raise Refusal("review.undo_too_late", n=minutes)
    if initiative.recognised_no is not None or initiative.recorded_on is not None:
        raise Refusal("review.undo_recognised", code=initiative.code)
    if initiative.state is InitiativeState.WITHDRAWN:
        raise Refusal("review.nothing_to_undo", code=initiative.code)
    before = tally.standing(initiative)
    initiative.state = InitiativeState.SUBMITTED
    initiative.decision = None
    initiative.decided_by = initiative.decided_at = None
    act.record("undone", initiative_id=initiative.id, unit_id=card.unit.id)
    await act.session.flush()
    await tally.add(act.session, card.unit.id, initiative.phase_id, tally.standing(initiative) - before)
    number = await stored.next_number(act.session, f"decision:{initiative.id}")
    people = [author.person_id for author in card.authors if author.person_id is not None] + [
        initiative.entered_by
    ]
    await telling.tell_people(
        act,
        people,
        told.DECISION,
        f"initiative:{initiative.id}:decision:{number}",
        initiative.id,
        state="undone",
    )
    await told.close_cards(act, initiative.id, str(number))
    return await _card(act, initiative_id)


async def note(act: Act, initiative_id: int, words: str) -> None:
    """Write a note that only the team sees."""
    card = await _card(act, initiative_id)
    act.record("note", initiative_id=card.initiative.id, unit_id=card.unit.id, words=words)


async def ask(act: Act, initiative_id: int, words: str) -> None:
    """Ask the author (and whoever entered it) something."""
    card = await _card(act, initiative_id)
    event = Event(
        at=act.now,
        actor_id=act.actor_id,
        kind="asked",
        initiative_id=initiative_id,
        unit_id=card.unit.id,
        details={"words": words},
    )
    act.session.add(event)
    await act.session.flush()
    people = [author.person_id for author in card.authors if author.person_id is not None]
    await telling.tell_people(
        act,
        [*people, card.initiative.entered_by],
        kinds.QUESTION,
        f"question:{event.id}",
        initiative_id,
        words=words,
        event=event.id,
    )


async def answer(act: Act, event_id: int, words: str) -> None:
    """Answer a question of the support team, as an author. Raises :class:`Forbidden`."""
    question = await act.session.get(Event, event_id)
    if question is None or question.kind != "asked" or question.initiative_id is None:
        raise Forbidden
    card = await stored.card(act.session, question.initiative_id)
    if card is None or act.actor_id not in {
        card.initiative.entered_by,
        *(one.person_id for one in card.authors),
    }:
        raise Forbidden
    event = Event(
        at=act.now,
        actor_id=act.actor_id,
        kind="answered",
        initiative_id=question.initiative_id,
        unit_id=card.unit.id,
        details={"words": words},
    )
    act.session.add(event)
    await act.session.flush()
    if question.actor_id is not None:
        await telling.tell_people(
            act,
            [question.actor_id],
            kinds.ANSWER,
            f"answer:{event.id}",
            question.initiative_id,
            words=words,
        )


async def to_enter(act: Act, kind: str, *, limit: int) -> Sequence[Line]:
    """What is approved in the actor's units and not yet recognised (or recorded, by ``kind``), oldest first."""
    paths = (await reach(act)).paths(Power.RECORD)
    return await stored.to_enter(act.session, paths, kind, limit=limit)


async def recognise(act: Act, initiative_id: int, number: str, day: date) -> Initiative:
    """Enter the enterprise's recognition: the decision's number and date."""
    card = await _card(act, initiative_id, Power.RECORD)
    initiative = card.initiative
    if initiative.state is not InitiativeState.APPROVED:
        raise Refusal("review.approve_first", code=initiative.code)
    if day > act.today:
        raise Refusal("rules.applied_in_future")
    before = tally.standing(initiative)
    again = initiative.recognised_no is not None
    initiative.recognised_no, initiative.recognised_on = number, day
    await _enter(act, card, before, "recognised", again=again, number=number, day=day.isoformat())
    return initiative


async def record(act: Act, initiative_id: int, day: date) -> Initiative:
    """Enter that somebody typed it into the national software, on a day."""
    card = await _card(act, initiative_id, Power.RECORD)
    initiative = card.initiative
    if initiative.state is not InitiativeState.APPROVED:
        raise Refusal("review.approve_first", code=initiative.code)
    before = tally.standing(initiative)
    again = initiative.recorded_on is not None
    initiative.recorded_on = day
    await _enter(act, card, before, "recorded", again=again, day=day.isoformat())
    return initiative


async def _enter(
    act: Act,
    card: Card,
    before: tally.Change,
    kind: str,
    *,
    again: bool,
    **details: str,
) -> None:
    extra: dict[str, Any] = dict(details)
    act.record(kind, initiative_id=card.initiative.id, unit_id=card.unit.id, **extra)
    await act.session.flush()
    await tally.add(
        act.session, card.unit.id, card.initiative.phase_id, tally.standing(card.initiative) - before
    )
    if not again:
        people = [one.person_id for one in card.authors if one.person_id is not None] + [
            card.initiative.entered_by
        ]
        await telling.tell_people(
            act,
            people,
            told.DECISION,
            f"initiative:{card.initiative.id}:{kind}",
            card.initiative.id,
            state=kind,
        )
