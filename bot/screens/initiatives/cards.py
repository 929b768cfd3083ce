"""An initiative as a screen: for its author, for the support team, and closed once it is decided."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from bot.conversation.actions import Action
from bot.conversation.shares import show_share
from bot.conversation.vocabulary import Choice, Document, Picture, Row, Say, Screen
from bot.screens.days import show_day
from bot.screens.recognition.actions import EnterOne, Entry
from bot.services.initiatives.initiatives import missing
from bot.services.initiatives.programmes import ProgrammeView, label_of
from bot.services.shared import Services
from bot.texts import Say as Words
from storage.initiatives.cards import Card, Line
from storage.initiatives.tables import InitiativeState


def state_words(say: Say, card: Card) -> Markup:
    """Where it stands: the last of the yeses, or what it waits for."""
    one = card.initiative
    if one.state is InitiativeState.APPROVED and one.recorded_on is not None:
        return say("state.recorded")
    if one.state is InitiativeState.APPROVED and one.recognised_no is not None:
        return say("state.recognised")
    return say(f"state.{one.state.value}")


def reason_words(say: Say, programme: ProgrammeView, card: Card) -> Markup:
    """Why it was returned or rejected; empty when it was not."""
    decision = card.initiative.decision
    if not decision:
        return Markup()
    kind = "returned" if card.initiative.state is InitiativeState.RETURNED else "rejected"
    listed = programme.rules.return_reasons if kind == "returned" else programme.rules.reject_reasons
    lines = [Markup("• {}").format(label_of(say, kind, code, listed)) for code in decision.get("reasons", ())]
    if decision.get("fields"):
        names = ", ".join(str(say(f"submit.{name}.label").striptags()) for name in decision["fields"])
        lines.append(say("card.fields_to_mend", fields=names))
    if decision.get("words"):
        lines.append(Markup("“{}”").format(decision["words"]))
    return Markup("\n").join(lines)


def full_text(say: Words, programme: ProgrammeView, card: Card, *, hide_content: bool = False) -> Markup:
    """Everything that is known of an initiative, line by line; empty fields are left to :func:`missing_words`."""
    one, rules = card.initiative, programme.rules

    def line(key: str, value: str | Markup | None) -> list[Markup]:
        return [Markup("<b>{}:</b> {}").format(say(key).striptags(), value)] if value else []

    lines = [
        Markup("<b>{}</b>\n<b>{}</b>").format(one.code, one.name),
        say("card.state", state=state_words(say, card)),
        *line("card.unit", card.unit.name),
        *line(
            "submit.authors.label",
            "; ".join(f"{author.name} {show_share(author.share)} %" for author in card.authors),
        ),
    ]
    if not any(author.name == card.entered_by_name for author in card.authors):
        lines += line("card.entered_by", card.entered_by_name)
    lines += line("submit.field.label", label_of(say, "field", one.field, rules.fields))
    lines += line(
        "submit.topics.label", ", ".join(label_of(say, "topic", code, rules.topics) for code in one.topics)
    )
    lines += line(
        "submit.first_applied.label", show_day(one.first_applied, one.first_applied_precision, say.language)
    )
    if hide_content:
        lines.append(say("card.confidential_hidden"))
    else:
        lines += line("submit.situation_before.label", one.situation_before)
        lines += line("submit.content.label", one.content)
        lines += line("submit.conditions.label", one.conditions)
    if one.benefit_in_money:
        lines += line(
            "submit.benefit.label", say("submit.benefit.readback", amount=say.money(one.benefit or 0))
        )
    elif one.benefit_in_money is False:
        lines += line("submit.benefit.label", say("submit.benefit.not_in_money"))
    lines += line("submit.benefit_words.label", one.benefit_words)
    lines += line("submit.participants.label", one.participants)
    if one.confidential:
        lines += line("submit.confidential.label", say("form.yes"))
    for author in card.authors:
        known = [author.title, author.workplace, author.qualification]
        if author.born:
            known.insert(0, say.date(author.born))
        told = "; ".join(str(part) for part in known if part)
        if told:
            lines.append(Markup("— {}: {}").format(author.name, told))
    lines += line("card.submitted_at", say.moment(one.submitted_at))
    if one.recognised_no and one.recognised_on:
        lines += line(
            "card.recognised",
            say("card.decision_no", number=one.recognised_no, day=say.date(one.recognised_on)),
        )
    if one.recorded_on:
        lines += line("card.recorded", say.date(one.recorded_on))
    return Markup("\n").join(lines)


def missing_words(say: Say, card: Card) -> Markup:
    """Which fields were left empty, for the support team."""
    empty = missing(card.initiative, card.authors, len(card.attachments))
    if not empty:
        return Markup()
    names = ", ".join(str(say(f"submit.{name}.label").striptags()) for name in empty)
    return say("card.missing", fields=names)


def attachments(card: Card) -> tuple[tuple[Picture, ...], tuple[Document, ...]]:
    """The photos and documents of a card."""
    pictures = tuple(Picture(file.name, file.media_id) for file in card.attachments if file.is_picture)
    documents = tuple(Document(file.name, file.media_id) for file in card.attachments if not file.is_picture)
    return pictures, documents


def due_words(say: Words, due_at: datetime, now: datetime, nearly_late: timedelta) -> Markup:
    """How much time is left for the check."""
    left = due_at - now
    if left < timedelta(0):
        return say("card.late", n=max(1, -left // timedelta(days=1)))
    key = "card.nearly_late" if left <= nearly_late else "card.due"
    # A begun day is a day that is still there.
    return say(key, n=-(-left // timedelta(days=1)))


def team_card(
    services: Services, say: Words, card: Card, now: datetime, viewer_id: int | None, *, with_files: bool
) -> Screen:
    """A card as the support team sees it while it waits, with what can be done."""
    one = card.initiative
    programme = services.programmes.by_id(one.programme_id)
    if one.state is not InitiativeState.SUBMITTED:
        return closed_card(services, say, card, now, viewer_id, with_files=with_files)
    parts = [full_text(say, programme, card)]
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
    key = f"{one.id}.{one.revision}"
    claim = (
        Choice(say("review.release"), f"rv.release.{key}")
        if held and one.claimed_by == viewer_id
        else Choice(say("review.claim"), f"rv.claim.{key}")
    )
    rows: tuple[Row, ...] = (
        (Choice(say("review.approve"), f"rv.ok.{key}"), Choice(say("review.return"), f"rv.back.{key}")),
        (Choice(say("review.reject"), f"rv.no.{key}"), Choice(say("review.ask"), f"rv.ask.{key}")),
        (claim, Choice(say("review.more"), f"rv.more.{key}")),
    )
    pictures, documents = attachments(card) if with_files else ((), ())
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
    programme = services.programmes.by_id(one.programme_id)
    parts = [
        Markup("<b>{}</b>\n{}").format(one.code, one.name),
        Markup("{} · {}").format(card.unit.name, "; ".join(author.name for author in card.authors)),
        say("card.state", state=state_words(say, card)),
        reason_words(say, programme, card),
    ]
    rows: list[Row] = []
    undo_until = (one.decided_at or now) + timedelta(minutes=programme.rules.undo_minutes)
    decided = one.state in (InitiativeState.APPROVED, InitiativeState.RETURNED, InitiativeState.REJECTED)
    if decided and one.decided_by == viewer_id and now <= undo_until and one.recognised_no is None:
        rows.append((Choice(say("review.undo"), f"rv.undo.{one.id}.{one.revision}"),))
    if viewer_id is not None:
        if one.state is InitiativeState.APPROVED:
            rows.append(
                (
                    Choice.of(say("review.recognise"), EnterOne(Entry.RECOGNITION, one.id)),
                    Choice.of(say("review.record"), EnterOne(Entry.RECORDING, one.id)),
                )
            )
        rows.append((Choice(say("review.more"), f"rv.more.{one.id}.{one.revision}"),))
    pictures, documents = attachments(card) if with_files else ((), ())
    return Screen(Markup("\n\n").join(part for part in parts if part), tuple(rows), pictures, documents)


def line_label(line: Line, now: datetime) -> str:
    """An initiative on a button of a list."""
    mark = {"submitted": "⏳", "returned": "↩", "approved": "✓", "rejected": "✕", "withdrawn": "–"}[
        line.state.value
    ]
    if line.state is InitiativeState.SUBMITTED and line.due_at < now + timedelta(days=7):
        mark = "⏰"
    return f"{mark} {line.code.rpartition('-')[2].lstrip('0')} · {line.name}"[:60]


def list_rows(lines: Sequence[Line], now: datetime, to: Callable[[int], Action]) -> tuple[Row, ...]:
    """A choice for each line; ``to`` gives what opens the initiative of an id."""
    return tuple((Choice.of(line_label(line, now), to(line.id)),) for line in lines)
