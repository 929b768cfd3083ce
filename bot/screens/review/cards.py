"""An initiative as the support team sees it: while it waits, with what can be done, and closed once it is decided."""

from datetime import datetime, timedelta

from markupsafe import Markup

from bot.conversation.vocabulary import Choice, Row, Screen
from bot.screens.initiatives.cards import (
    attachments,
    full_text,
    is_approved_alone,
    missing_words,
    reason_words,
    state_words,
)
from bot.screens.quoting import quoted
from bot.screens.recognition.actions import EnterOne, Entry
from bot.screens.review.actions import (
    Approve,
    AskAuthor,
    Claim,
    GiveBack,
    MoreOfCard,
    Reject,
    Release,
    UndoDecision,
)
from bot.services.initiatives.confidential import Sight, keeps_words
from bot.services.shared import Services
from bot.texts import Say as Words
from storage.initiatives.cards import Card
from storage.initiatives.tables import InitiativeState


def due_words(say: Words, due_at: datetime, now: datetime, nearly_late: timedelta) -> Markup:
    """How much time is left for the check."""
    left = due_at - now
    if left < timedelta(0):
        return say("card.late", n=max(1, -left // timedelta(days=1)))
    key = "card.nearly_late" if left <= nearly_late else "card.due"
    # A begun day is a day that is still there.
    return say(key, n=-(-left // timedelta(days=1)))


def _sight(viewer_id: int | None) -> Sight:
    """Whoever is shown a team's card may work on it; without a viewer it stands in a group."""
    return Sight.GROUP if viewer_id is None else Sight.WITHIN


def team_card(
    services: Services, say: Words, card: Card, now: datetime, viewer_id: int | None, *, with_files: bool
) -> Screen:
    """A card as the support team sees it while it waits, with what can be done."""
    one = card.initiative
    programme = services.programmes.by_id(one.programme_id)
    if one.state is not InitiativeState.SUBMITTED:
        return closed_card(services, say, card, now, viewer_id, with_files=with_files)
    sight = _sight(viewer_id)
    parts = [full_text(say, programme, card, sight)]
    if one.revision > 1:
        parts.insert(0, say("card.mended"))
    parts.append(missing_words(say, card))
    parts.append(due_words(say, one.due_at, now, timedelta(days=programme.rules.nearly_late_days)))
    held = one.claimed_by is not None and one.claimed_until is not None and one.claimed_until > now
    if held:
        parts.append(
            say("card.yours", until=say.moment(one.claimed_until or now))
            if one.claimed_by == viewer_id
            else say("card.claimed", who=card.claimed_by_name)
        )
    claim = (
        Choice.of(say("review.release"), Release(one.id, one.revision))
        if held and one.claimed_by == viewer_id
        else Choice.of(say("review.claim"), Claim(one.id, one.revision))
    )
    rows: tuple[Row, ...] = (
        (
            Choice.of(say("review.approve"), Approve(one.id, one.revision)),
            Choice.of(say("review.return"), GiveBack(one.id, one.revision)),
        ),
        (
            Choice.of(say("review.reject"), Reject(one.id, one.revision)),
            Choice.of(say("review.ask"), AskAuthor(one.id, one.revision)),
        ),
        (claim, Choice.of(say("review.more"), MoreOfCard(one.id, one.revision))),
    )
    pictures, documents = attachments(card, sight) if with_files else ((), ())
    return Screen(Markup("\n\n").join(part for part in parts if part), rows, pictures, documents)


def closed_card(
    services: Services,
    say: Words,
    card: Card,
    now: datetime,
    viewer_id: int | None,
    *,
    with_files: bool = False,
) -> Screen:
    """A card that is decided: short, with who did it; who decided can still undo for a few minutes."""
    one = card.initiative
    programme, sight = services.programmes.by_id(one.programme_id), _sight(viewer_id)
    parts = [
        quoted(Markup("<b>{}</b>\n{}").format(one.code, one.name)),
        Markup("{} · {}").format(card.unit.name, "; ".join(author.name for author in card.authors)),
        say("card.state", state=state_words(say, card)),
        say("card.alone") if is_approved_alone(card) else Markup(),
        *([] if keeps_words(one, sight) else [reason_words(say, programme, card)]),
    ]
    rows: list[Row] = []
    undo_until = (one.decided_at or now) + timedelta(minutes=programme.rules.undo_minutes)
    decided = one.state in (InitiativeState.APPROVED, InitiativeState.RETURNED, InitiativeState.REJECTED)
    if decided and one.decided_by == viewer_id and now <= undo_until and one.recognised_no is None:
        rows.append((Choice.of(say("review.undo"), UndoDecision(one.id, one.revision)),))
    if viewer_id is not None:
        if one.state is InitiativeState.APPROVED:
            rows.append(
                (
                    Choice.of(say("review.recognise"), EnterOne(Entry.RECOGNITION, one.id)),
                    Choice.of(say("review.record"), EnterOne(Entry.RECORDING, one.id)),
                )
            )
        rows.append((Choice.of(say("review.more"), MoreOfCard(one.id, one.revision)),))
    pictures, documents = attachments(card, sight) if with_files else ((), ())
    return Screen(Markup("\n\n").join(part for part in parts if part), tuple(rows), pictures, documents)
