"""Checking submissions: claim, approve, return, reject, undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.services.act import Act
from bot.services.initiatives import told
from bot.services.initiatives.changing import change
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.initiatives.told import CardPlace
from bot.services.refusal import Refusal
from bot.services.review import alone
from bot.services.review.access import card_to_work_on
from storage.initiatives.cards import Card
from storage.initiatives.numbers import next_number
from storage.initiatives.tables import InitiativeState
from storage.people.tables import Person
from storage.review import claims


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


@dataclass(frozen=True, slots=True)
class ClaimedCard:
    """A card that the actor holds now, until a moment."""

    card: Card
    until: datetime


async def hold_to_decide(act: Act, book: ProgrammeBook, initiative_id: int, revision: int) -> Card:
    """Hold a card while writing reasons for a decision about the revision that was shown. Raises :class:`Refusal`."""
    card = (await claim(act, book, initiative_id)).card
    if card.initiative.revision != revision:
        raise Refusal("review.card_changed", code=card.initiative.code)
    return card


async def claim(act: Act, book: ProgrammeBook, initiative_id: int) -> ClaimedCard:
    """Take a card for oneself. Of two who press at once one gets it; the other is told who has it."""
    card = await card_to_work_on(act, initiative_id)
    until = act.now + timedelta(minutes=book.by_id(card.initiative.programme_id).rules.claim_minutes)
    taken = await claims.claim(act.session, initiative_id, act.actor_id, until, act.now)
    await act.session.refresh(card.initiative)
    if not taken:
        fresh = await card_to_work_on(act, initiative_id)
        await _still_open(act, fresh, fresh.initiative.revision)
        raise Refusal("review.claimed_by_other", who=fresh.claimed_by_name, code=fresh.initiative.code)
    act.record("claimed", initiative_id=initiative_id, unit_id=card.unit.id)
    return ClaimedCard(await card_to_work_on(act, initiative_id), until)


async def release(act: Act, initiative_id: int) -> Card:
    """Give a claimed card back."""
    card = await card_to_work_on(act, initiative_id)
    if card.initiative.claimed_by == act.actor_id:
        card.initiative.claimed_by = card.initiative.claimed_until = None
        await act.session.flush()
    return await card_to_work_on(act, initiative_id)


async def _decide(
    act: Act,
    card: Card,
    state: InitiativeState,
    decision: dict[str, Any] | None,
    pressed_at: CardPlace | None = None,
    *,
    is_alone: bool = False,
) -> Card:
    initiative = card.initiative
    details = {**(decision or {}), **({"alone": True} if is_alone else {})}
    async with change(act, initiative, state.value, **details):
        initiative.state = state
        initiative.decision = decision
        initiative.decided_by, initiative.decided_at = act.actor_id, act.now
        initiative.claimed_by = initiative.claimed_until = None
    # The same card may be decided, undone and decided again; each is news of its own.
    number = await next_number(act.session, f"decision:{initiative.id}")
    await told.tell_authors(act, card, f"decision:{number}", state.value)
    await told.close_cards(act, initiative.id, str(number), besides=pressed_at)
    return card


async def approve(act: Act, initiative_id: int, revision: int, pressed_at: CardPlace | None = None) -> Card:
    """Say yes as the support team (not yet the enterprise's recognition).

    ``pressed_at``: the message with the pressed button, which shows the outcome by itself.
    """
    card = await card_to_work_on(act, initiative_id)
    await _still_open(act, card, revision)
    is_alone = await alone.check(act, card)
    decided = await _decide(act, card, InitiativeState.APPROVED, None, pressed_at, is_alone=is_alone)
    if is_alone:
        await alone.tell_officers(act, card)
    return decided


async def give_back(
    act: Act,
    initiative_id: int,
    revision: int,
    *,
    reasons: Sequence[str],
    fields: Sequence[str],
    words: str,
) -> Card:
    """Return a submission for mending: why, and at which fields. The law asks for reasons in writing."""
    card = await card_to_work_on(act, initiative_id)
    await _still_open(act, card, revision)
    if not reasons and not words:
        raise Refusal("review.reason_needed")
    decision: dict[str, Any] = {"reasons": list(reasons), "fields": list(fields), "words": words}
    return await _decide(act, card, InitiativeState.RETURNED, decision)


async def reject(
    act: Act,
    initiative_id: int,
    revision: int,
    *,
    reasons: Sequence[str],
    words: str,
) -> Card:
    """Refuse a submission for good, with a reason in writing."""
    card = await card_to_work_on(act, initiative_id)
    await _still_open(act, card, revision)
    if not words.strip():
        raise Refusal("review.reason_needed")
    decision: dict[str, Any] = {"reasons": list(reasons), "fields": [], "words": words}
    return await _decide(act, card, InitiativeState.REJECTED, decision)


async def undo(act: Act, book: ProgrammeBook, initiative_id: int) -> Card:
    """Take one's own decision back within a few minutes; it waits again, due as before."""
    card = await card_to_work_on(act, initiative_id)
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
    async with change(act, initiative, "undone"):
        initiative.state = InitiativeState.SUBMITTED
        initiative.decision = None
        initiative.decided_by = initiative.decided_at = None
    number = await next_number(act.session, f"decision:{initiative.id}")
    await told.tell_authors(act, card, f"decision:{number}", "undone")
    await told.close_cards(act, initiative.id, str(number))
    return await card_to_work_on(act, initiative_id)
