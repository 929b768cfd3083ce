"""How progress is looked at, by pressing."""

import enum

from bot.conversation.actions import Action, action


class Order(enum.StrEnum):
    """By which figure units are ranked."""

    COUNT = "count"
    PART = "part"
    PER_MEMBER = "per_member"


@action("progress")
class ShowProgress(Action):
    """A unit and those right below it; the whole programme where no phase is named."""

    unit: int
    phase: int = 0
    order: Order = Order.COUNT
    page: int = 0


@action("picture")
class ShowPicture(Action):
    """The same as a picture."""

    unit: int
    phase: int = 0
    dark: bool = False
