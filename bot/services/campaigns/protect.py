"""The rules that hold a reminder back from one person, which nobody can switch off for anybody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.delivery.verdicts import Skip, Wait
from bot.quiet_hours import FORM_IDLE, QuietHours, at_local
from storage.mailings.recipients import Reader
from storage.mailings.tables import Mailing


@dataclass(frozen=True, slots=True)
class ReminderDay:
    """The day it is: whether it is one off, and the quiet hours that are set."""

    today: date
    off: Mapping[date, str]
    quiet: QuietHours


def hold_back(
    mailing: Mailing, reader: Reader, *, is_for_them: bool, now: datetime, day: ReminderDay
) -> Skip | Wait | None:
    """Why a campaign's message is not for this person now; None when it may go.

    The reason that comes first is the one an officer wants to read in the report: that somebody left matters more than
    that they slept. Whether it is the only one of their day is checked last, by the sender: see ``storage.mailings.reminded.remind``.
    """
    if not reader.is_here:
        return Skip("left")
    if not reader.wants_reminders:
        return Skip("stopped")
    if not is_for_them:
        return Skip("no_longer")
    if now >= mailing.until:
        return Skip("late")
    if day.today in day.off:
        tomorrow = at_local(day.today + timedelta(days=1), time(0))
        return Wait(tomorrow) if tomorrow < mailing.until else Skip("day_off")
    if reader.in_form_since is not None and now - reader.in_form_since < FORM_IDLE:
        free = reader.in_form_since + FORM_IDLE
        return Wait(free) if free < mailing.until else Skip("busy")
    awake = day.quiet.awake(reader.shift, now)
    if awake > now:
        return Wait(awake) if awake < mailing.until else Skip("asleep")
    return None
