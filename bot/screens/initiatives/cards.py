"""An initiative in words: all that is known of it, what it lacks, where it stands, and as a line of a list."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from bot.conversation.actions import Action
from bot.conversation.vocabulary import Choice, Document, Picture, Row, Sayer
from bot.screens.quoting import quoted
from bot.services.initiatives.confidential import Sight, keeps_words, shows
from bot.services.initiatives.descriptor import OnCard, Reading
from bot.services.initiatives.fields import missing, on_card
from bot.services.initiatives.lists import label_of
from bot.services.initiatives.programmes import ProgrammeView
from bot.services.initiatives.submission import Submission
from bot.texts import Say as Words
from storage.initiatives.cards import Card, Line
from storage.initiatives.tables import InitiativeState


def state_words(say: Sayer, card: Card) -> Markup:
    """Where it stands: the last of the yeses, or what it waits for."""
    one = card.initiative
    if one.state is InitiativeState.APPROVED and one.recorded_on is not None:
        return say("state.recorded")
    if one.state is InitiativeState.APPROVED and one.recognised_no is not None:
        return say("state.recognised")
    return say(f"state.{one.state.value}")


def is_approved_alone(card: Card) -> bool:
    """Whether who approved it also wrote or entered it."""
    one = card.initiative
    involved = {one.entered_by, *(author.person_id for author in card.authors)}
    return one.state is InitiativeState.APPROVED and one.decided_by in involved


def reason_words(say: Sayer, programme: ProgrammeView, card: Card) -> Markup:
    """Why it was returned or rejected; empty when it was not."""
    decision = card.initiative.decision
    if not decision:
        return Markup()
    kind = "returned" if card.initiative.state is InitiativeState.RETURNED else "rejected"
    listed = programme.rules.return_reasons if kind == "returned" else programme.rules.reject_reasons
    lines = [Markup("• {}").format(label_of(say, kind, code, listed)) for code in decision.get("reasons", ())]
    if decision.get("fields"):
        lines.append(say("card.fields_to_mend", fields=labels(say, decision["fields"])))
    if decision.get("words"):
        lines.append(Markup("“{}”").format(quoted(decision["words"])))
    return Markup("\n").join(lines)


def full_text(say: Words, programme: ProgrammeView, card: Card, sight: Sight) -> Markup:
    """Everything that is known of an initiative, line by line; empty fields are left to :func:`missing_words`.

    ``sight``: from where it is looked at; what is kept from there is left out, and said so.
    """
    one, values, reading = card.initiative, Submission.of_card(card).values, Reading(say, programme.rules)

    def line(key: str, value: str | Markup | None) -> list[Markup]:
        return [Markup("<b>{}:</b> {}").format(say(key).striptags(), value)] if value else []

    lines = [
        Markup("<b>{}</b>\n<b>{}</b>").format(one.code, one.name),
        say("card.state", state=state_words(say, card)),
        *([say("card.alone")] if is_approved_alone(card) else []),
        *line("card.unit", card.unit.name),
    ]
    for field in on_card(OnCard.HEAD):
        lines += field.lines(values, reading)
    if not any(author.name == card.entered_by_name for author in card.authors):
        lines += line("card.entered_by", card.entered_by_name)
    is_told = False
    for field in on_card(OnCard.LINE):
        if shows(field, one, sight):
            lines += field.lines(values, reading)
        elif keeps_words(one, sight) and not is_told:
            # Once, where the first of what is hidden would stand.
            lines.append(say("card.confidential_hidden"))
            is_told = True
    lines += line("card.submitted_at", say.moment(one.submitted_at))
    if one.recognised_no and one.recognised_on:
        lines += line(
            "card.recognised",
            say("card.decision_no", number=one.recognised_no, day=say.date(one.recognised_on)),
        )
    if one.recorded_on:
        lines += line("card.recorded", say.date(one.recorded_on))
    return quoted(Markup("\n").join(lines))


def missing_words(say: Sayer, card: Card) -> Markup:
    """Which fields were left empty, for the support team."""
    empty = missing(Submission.of_card(card).values)
    return say("card.missing", fields=labels(say, empty)) if empty else Markup()


def labels(say: Sayer, names: Sequence[str]) -> str:
    """The names of fields as people read them."""
    return ", ".join(str(say(f"submit.{name}.label").striptags()) for name in names)


def attachments(card: Card, sight: Sight) -> tuple[tuple[Picture, ...], tuple[Document, ...]]:
    """The photos and documents of a card, as far as they are seen from there."""
    if keeps_words(card.initiative, sight):
        return (), ()
    pictures = tuple(Picture(file.name, file.media_id) for file in card.attachments if file.is_picture)
    documents = tuple(Document(file.name, file.media_id) for file in card.attachments if not file.is_picture)
    return pictures, documents


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
