"""What can be entered when decisions have come, by pressing."""

import enum

from bot.conversation.actions import Action, action


class Entry(enum.StrEnum):
    """What is entered."""

    RECOGNITION = "recognise"
    RECORDING = "record"


@action("enter")
class ShowEntries(Action):
    """What could be entered."""


@action("enter.many")
class EnterMany(Action):
    """Enter it for many at once."""

    entry: Entry


@action("rv.enter")
class EnterOne(Action):
    """Enter it for one."""

    entry: Entry
    initiative: int
