"""The plan of a campaign and the rules that hold a reminder back, for whatever days, shifts and hours there are."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import LOCAL_ZONE, local_date
from bot.delivery.verdicts import Skip, Wait
from bot.quiet_hours import FORM_IDLE, QuietHours, at_local
from bot.services.campaigns import plan
from bot.services.campaigns.plan import Planned, When
from bot.services.campaigns.protect import ReminderDay, hold_back
from storage.campaigns.tables import CampaignKind
from storage.mailings.recipients import Reader
from storage.mailings.tables import Mailing
from storage.people.tables import Shift

_DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
_KINDS = st.sampled_from(list(CampaignKind))
_TO_WORKERS = ("workers", "not_submitted", "unfinished")


def _minutes(moment: datetime) -> int:
    local = moment.astimezone(LOCAL_ZONE)
    return local.hour * 60 + local.minute


@given(_DAYS, st.integers(0, 92), _KINDS, st.sets(st.integers(0, 100)))
def test_moments_lie_in_the_campaign_on_working_days_and_one_a_day_for_workers(
    starts: date, length: int, kind: CampaignKind, off_at: set[int]
) -> None:
    ends = starts + timedelta(days=length)
    off = {starts + timedelta(days=number) for number in off_at}
    found = plan.moments(plan.template(kind), starts, ends, off)
    assert found == plan.moments(plan.template(kind), starts, ends, off)
    assert len({one.key for one in found}) == len(found)
    assert [one.due_at for one in found] == sorted(one.due_at for one in found)
    workers_days = [one.day for one in found if one.step.whom.value in _TO_WORKERS]
    assert len(workers_days) == len(set(workers_days))
    for one in found:
        assert one.day not in off
        assert local_date(one.due_at) == one.day
        assert one.due_at < one.until
        assert _minutes(one.until) == 21 * 60
        assert starts <= one.day <= ends or (one.step.when is When.OVER and one.day > ends)
    _has_beginning_and_end(found, starts, ends, off)


def _has_beginning_and_end(found: tuple[Planned, ...], starts: date, ends: date, off: set[date]) -> None:
    working = [
        day
        for number in range((ends - starts).days + 1)
        if (day := starts + timedelta(days=number)) not in off
    ]
    opening = [one.day for one in found if one.step.when is When.FIRST]
    assert opening == working[:1]
    assert [one.day for one in found if one.step.when is When.LAST] == working[1:][-1:]
    (over,) = {one.day for one in found if one.step.when is When.OVER}
    assert all(ends + timedelta(days=number) in off for number in range(1, (over - ends).days))


@given(_DAYS, st.integers(1, 92), _KINDS)
def test_days_in_the_wrong_order_are_no_campaign(starts: date, back: int, kind: CampaignKind) -> None:
    with pytest.raises(ValueError, match="ends on or after"):
        plan.moments(plan.template(kind), starts, starts - timedelta(days=back), ())


@given(_DAYS)
def test_a_month_ends_the_day_before_a_month_later_whatever_its_length(starts: date) -> None:
    ends = plan.usual_end(CampaignKind.PEAK_MONTH, starts)
    assert 27 <= (ends - starts).days <= 30
    following = ends + timedelta(days=1)
    if starts.day <= 28:
        assert following.day == starts.day
    assert (following.year * 12 + following.month) - (starts.year * 12 + starts.month) == 1


@given(st.integers(0, 10 * 24 * 60), st.sampled_from([*Shift, None]))
def test_somebody_is_awake_when_they_may_be_written_to_and_not_a_minute_later(
    minute: int, shift: Shift | None
) -> None:
    quiet, moment = QuietHours(), datetime(2026, 11, 24, tzinfo=UTC) + timedelta(minutes=minute)

    def sleeps(when: datetime) -> bool:
        now = _minutes(when)
        return any(
            begins <= now < ends if begins < ends else now >= begins or now < ends
            for begins, ends in (
                (a.hour * 60 + a.minute, b.hour * 60 + b.minute) for a, b in quiet.spans(shift)
            )
        )

    awake = quiet.awake(shift, moment)
    assert not sleeps(awake)
    assert awake == moment or sleeps(awake - timedelta(minutes=1))
    assert awake - moment < timedelta(hours=24)


@given(
    st.integers(0, 4 * 24 * 60),
    st.sampled_from([*Shift, None]),
    st.one_of(st.none(), st.integers(-90, 24 * 60)),
    st.sets(st.integers(0, 4)),
    st.integers(1, 72),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_what_is_held_back_is_so_for_a_reason_and_comes_back_while_it_makes_sense(
    minute: int,
    shift: Shift | None,
    idle: int | None,
    off_at: set[int],
    lasts: int,
    is_here: bool,
    wants: bool,
    is_for_them: bool,
) -> None:
    now = at_local(date(2026, 11, 24), time(0)).astimezone(UTC) + timedelta(minutes=minute)
    mailing = Mailing(until=at_local(date(2026, 11, 24), time(9)) + timedelta(hours=lasts))
    since = None if idle is None else now - timedelta(minutes=idle)
    reader = Reader(1, "", "vi", 1, "/1/", shift, is_here, wants, since, 1, "post", "1")
    off = {date(2026, 11, 24) + timedelta(days=number): "Nghỉ" for number in off_at}
    quiet = QuietHours()
    day = ReminderDay(local_date(now), off, quiet)
    held = hold_back(mailing, reader, is_for_them=is_for_them, now=now, day=day)
    is_busy = since is not None and now - since < FORM_IDLE
    may = is_here and wants and is_for_them and now < mailing.until
    free = may and local_date(now) not in off and not is_busy and quiet.awake(shift, now) == now
    assert (held is None) == free
    if isinstance(held, Wait):
        assert may
        assert now < held.until < mailing.until
    if isinstance(held, Skip) and may:
        assert held.reason in ("day_off", "busy", "asleep")
