"""The rules that a submission has to keep."""

from datetime import date, timedelta

from bot.services.initiatives.programmes import ProgrammeView
from bot.services.initiatives.submission import Submission
from bot.services.refusal import Refusal


def check(submission: Submission, programme: ProgrammeView, today: date) -> None:
    """Hold a submission against the programme's rules. Raises :class:`Refusal` saying what to do.

    Sources: the programme's window (3259/CTr-TLĐ); filing within a year of first application and shares of 100 %
    (Circular 18/2013/TT-BKHCN). Each can be set in :class:`bot.services.initiatives.programmes.ProgrammeRules`.
    """
    rules = programme.rules
    applied = submission.first_applied
    # A year or month that began before the programme may still have its day inside it.
    latest = _end_of_precision(applied, submission.first_applied_precision)
    if applied > today:
        raise Refusal("rules.applied_in_future")
    if rules.applied_within_programme and (latest < programme.starts or applied > programme.ends):
        raise Refusal("rules.outside_programme", starts=_day(programme.starts), ends=_day(programme.ends))
    if rules.file_within_days is not None and latest + timedelta(days=rules.file_within_days) < today:
        raise Refusal("rules.filed_too_late", n=rules.file_within_days)
    shares = [author.share for author in submission.authors]
    if sum(shares) != 10_000 or any(share <= 0 for share in shares):
        raise Refusal("rules.shares")
    if submission.field not in {listed.code for listed in rules.fields}:
        raise Refusal("rules.field")


def _day(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"


def _end_of_precision(day: date, precision: str) -> date:
    if precision == "year":
        return date(day.year, 12, 31)
    if precision == "month":
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return day
