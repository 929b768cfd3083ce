"""Rows of choices that many screens end with."""

from collections.abc import Callable

from bot.conversation.actions import Action, action
from bot.conversation.vocabulary import Choice, Row, Say


@action("menu")
class OpenMenu(Action):
    """The menu, from anywhere."""


def menu_row(say: Say) -> Row:
    """The way back to the menu, for the end of a screen."""
    return (Choice.of(str(say("menu.open")), OpenMenu(), word="menu"),)


def pager(say: Say, page: int, to: Callable[[int], Action], *, more: bool) -> tuple[Row, ...]:
    """The way to the page before and after. ``to`` gives the action that shows a page; the first is 0."""
    turns = []
    if page > 0:
        turns.append(Choice.of(say("form.page_before"), to(page - 1)))
    if more:
        turns.append(Choice.of(say("form.page_after"), to(page + 1)))
    return (tuple(turns),) if turns else ()
