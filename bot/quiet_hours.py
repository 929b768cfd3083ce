"""When people are left alone: at night, while their shift sleeps, on days off, and in the middle of an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bot import config
from bot.clock import LOCAL_ZONE
from bot.config import ReminderSettings
from storage.people.tables import Shift

#: From when to when; the end may lie on the next day.
Span = tuple[time, time]

#: A form that nobody has touched for so long is not being filled in any more.
FORM_IDLE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The night of everybody, and when each shift sleeps besides; as set in ``[reminders]``, else as usual."""

    night: Span = (time(21), time(7))
    sleep: Mapping[Shift, Span] = field(
        default_factory=lambda: {
            Shift.MORNING: (time(20), time(5)),
            Shift.AFTERNOON: (time(0), time(8, 30)),
            Shift.NIGHT: (time(6, 30), time(13, 30)),
        }
    )

    def spans(self, shift: Shift | None) -> tuple[Span, ...]:
        """All spans in which somebody of a shift is left alone."""
        own = self.sleep.get(shift) if shift is not None else None
        return (self.night,) if own is None else (self.night, own)

    def awake(self, shift: Shift | None, moment: datetime) -> datetime:
        """The moment itself when somebody of this shift may be written to then, else the next one when they may."""
        local = moment.astimezone(LOCAL_ZONE)
        # Two spans that touch need two steps, and a day has no more than a few.
        for _ in range(6):
            ends = [_end(span, local) for span in self.spans(shift)]
            latest = max((end for end in ends if end is not None), default=None)
            if latest is None:
                return local.astimezone(moment.tzinfo)
            local = latest
        return local.astimezone(moment.tzinfo)


def quiet_hours(chosen: ReminderSettings) -> QuietHours:
    """When people are left alone, as the settings say."""
    sleep = {
        Shift.MORNING: chosen.morning_shift,
        Shift.AFTERNOON: chosen.afternoon_shift,
        Shift.NIGHT: chosen.night_shift,
        Shift.OFFICE: chosen.office_hours,
    }
    return QuietHours(
        config.span(chosen.night), {shift: config.span(hours) for shift, hours in sleep.items() if hours}
    )


def _end(span: Span, local: datetime) -> datetime | None:
    """When the span that a moment falls into ends; None when it falls into none."""
    start, end = span
    if start == end:
        return None
    at = local.time()
    if start < end:
        inside, day = start <= at < end, local.date()
    else:
        inside = at >= start or at < end
        day = local.date() + timedelta(days=1) if at >= start else local.date()
    return datetime.combine(day, end, LOCAL_ZONE) if inside else None


def at_local(day: date, at: time) -> datetime:
    """The moment of a clock time on a day where the units are."""
    return datetime.combine(day, at, LOCAL_ZONE)
