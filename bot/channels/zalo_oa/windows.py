"""When somebody may be written to over an Official Account, which depends on when they last wrote to it.

Zalo's rule for consultation messages: free for 48 hours after what somebody did last (wrote, tapped, began to follow),
paid or from a quota up to the seventh day, and refused afterwards, where only templates that Zalo has approved go.
Promotion is refused at night, and the hour meant is that of Vietnam.
"""

import enum
from datetime import datetime, time, timedelta

from bot.clock import LOCAL_ZONE

#: After somebody's last message: so long it costs nothing, and so long it is taken at all.
FREE = timedelta(hours=48)
TAKEN = timedelta(days=7)
#: Until then in the morning no promotion is taken.
MORNING = time(6)


class Window(enum.StrEnum):
    """What may be sent to somebody."""

    FREE = "free"
    #: It is paid for, or taken from the quota of the union's package.
    QUOTA = "quota"
    #: Nothing but approved templates, before they write again.
    CLOSED = "closed"


def window_of(last_seen: datetime | None, now: datetime) -> Window:
    """What may be sent to somebody who was last heard of then; None for who never was."""
    if last_seen is None or now - last_seen >= TAKEN:
        return Window.CLOSED
    return Window.FREE if now - last_seen < FREE else Window.QUOTA


def hours_open(*, uses_quota: bool, has_template: bool) -> float | None:
    """How long after somebody's last message they are written to: for ever with an approved template."""
    if has_template:
        return None
    return (TAKEN if uses_quota else FREE) / timedelta(hours=1)


def seconds_to_morning(now: datetime) -> float:
    """How long it is until promotion is taken again."""
    local = now.astimezone(LOCAL_ZONE)
    morning = local.replace(hour=MORNING.hour, minute=MORNING.minute, second=0, microsecond=0)
    if morning <= local:
        morning += timedelta(days=1)
    return (morning - local).total_seconds()
