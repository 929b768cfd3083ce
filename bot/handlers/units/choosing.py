"""A form's question for a unit: one of the actor's own to press, or the name of one below them to type."""

from collections.abc import Sequence

from bot.conversation.forms import Answers, FormContext, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.text import one_line
from bot.handlers.turn import Turn
from bot.services.units.searching import Top, named

_MOST_SHOWN = 6


def about(own: Sequence[Top]) -> dict[str, object]:
    """What the form keeps of the actor's own units, for :func:`options`."""
    return {"units": [[one.unit_id, one.unit_name] for one in own[:_MOST_SHOWN]]}


def options(_answers: Answers, context: FormContext) -> Sequence[Option]:
    """The actor's own units."""
    return [Option(f"u{number}", one_line(name, 40)) for number, name in context.facts["units"]]


def parse(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    """One of them was pressed."""
    for number, name in context.facts["units"]:
        if raw == f"u{number}":
            return Parsed.plain({"id": number, "name": name})
    raise Invalid("units.unknown")


async def find(turn: Turn, form_name: str, raw: str, own: Sequence[Top]) -> Parsed:
    """Units by their name, in the subtrees of the actor's own, as a form's lookup. Raises :class:`Invalid`."""
    if raw.startswith("u") and raw[1:].isdecimal():
        return parse(raw, {}, turn.form_context(turn.form_handler(form_name)))
    found = await named(turn.act, raw, own)
    if not found:
        raise Invalid("units.unknown")
    return Parsed(
        tuple({"id": unit.id, "name": unit.name} for unit in found),
        tuple(unit.name for unit in found),
        confirm=True,
    )
