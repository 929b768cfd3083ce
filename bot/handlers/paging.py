"""The way to the page before and after, for actions without a type."""

from bot.conversation.vocabulary import Choice, Row
from bot.handlers.turn import Turn


def pager(turn: Turn, prefix: str, page: int, *, more: bool) -> tuple[Row, ...]:
    """The way to the page before and after."""
    turns = []
    if page > 0:
        turns.append(Choice(turn.say("form.page_before"), f"{prefix}.{page - 1}"))
    if more:
        turns.append(Choice(turn.say("form.page_after"), f"{prefix}.{page + 1}"))
    return (tuple(turns),) if turns else ()
