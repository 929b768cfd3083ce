"""When somebody may be written to over an Official Account, which depends on when they last wrote to it.

Zalo's rule for consultation messages: free for 48 hours after what somebody did last (wrote, tapped, began to follow),
paid or from a quota up to the seventh day, and refused afterwards, where only templates that Zalo has approved go.
Promotion is refused at night, and the hour meant is that of Vietnam.
"""

from datetime import datetime, time, timedelta

from bot.clock import LOCAL_ZONE

#: After somebody's last message: so long it costs nothing, and so long it is taken at all.
FREE = timedelta(hours=48)
TAKEN = timedelta(days=7)
#: Until then in the morning no promotion is taken.
MORNING = time(6)


def hours_open(*, uses_quota: bool) -> float:
    """How long after somebody's last message they are written to."""
    return (TAKEN if uses_quota else FREE) / timedelta(hours=1)


def seconds_to_morning(now: datetime) -> float:
    """How long it is until promotion is taken again."""
    local = now.astimezone(LOCAL_ZONE)
    morning = local.replace(hour=MORNING.hour, minute=MORNING.minute, second=0, microsecond=0)
    if morning <= local:
        morning += timedelta(days=1)
    return (morning - local).total_seconds()
