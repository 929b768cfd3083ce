"""How fast a messenger is written to, whatever is asked for: never above its ceilings, and the most urgent first."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.buckets import OwnBuckets
from bot.delivery.channel import NotSent, TryLater
from bot.delivery.pace import Pace, Rates
from storage.delivery.buckets import Ask, Taken
from storage.delivery.tables import Lane
from tests.delivery.pacing import SHARED, Hours, Sent, most_in, paced

_WANTS = st.lists(
    st.tuples(st.floats(0, 8), st.sampled_from(list(Lane)), st.floats(0.01, 0.6)), min_size=1, max_size=250
)


@given(_WANTS, st.booleans())
async def test_nothing_leaves_faster_than_allowed_and_the_most_urgent_goes_first(
    wants: list[tuple[float, Lane, float]], two: bool
) -> None:
    hours = Hours()
    buckets = OwnBuckets(hours)
    # Two processes have one set of buckets.
    paces = [paced(hours, buckets=buckets), paced(hours, buckets=buckets)]
    sent = Sent(hours)
    await hours.pass_until(
        *(
            sent.send(paces[number % 2 if two else 0], lane, f"{number}", after=after, takes=takes)
            for number, (after, lane, takes) in enumerate(wants)
        )
    )
    assert len(sent.all) == len(wants)
    assert most_in(sent.left(), 1.0) <= (31 if two else 30)
    if not two:
        assert all(later - first >= 1 / 30 - 1e-6 for first, later in pairwise(sent.left()))
    shared = sent.left(*SHARED)
    for seconds in (1.0, 4.0):
        # Four fifths, and what they were held up by before.
        assert not shared or most_in(shared, seconds) <= min(28.5 * seconds, 24 * seconds + 17) + 2
    if not two:
        for at, (_, _, lane) in enumerate(sent.all):
            later = [
                one for one in sent.all[at + 1 :] if lane is not Lane.ANSWER and one[2] is not Lane.ANSWER
            ]
            # What left later and is more urgent came when this one had its permit already.
            assert all(other >= lane or wanted >= sent.all[at][1] - 0.25 for wanted, _, other in later)


async def test_mailings_use_their_four_fifths_to_the_full_beside_conversations() -> None:
    hours = Hours()
    pace = paced(hours)
    sent = Sent(hours)

    async def mailing(slot: int) -> None:
        for number in range(20):
            await sent.send(pace, Lane.BROADCAST, f"b{slot}.{number}")

    async def person(place: int) -> None:
        for _ in range(4):
            await sent.send(pace, Lane.ANSWER, f"a{place}", after=5.0 + place % 7 / 5)

    await hours.pass_until(*(mailing(slot) for slot in range(36)), *(person(place) for place in range(20)))
    broadcast = sent.left(Lane.BROADCAST)
    assert (len(broadcast) - 1) / (broadcast[-1] - broadcast[0]) >= 24 * 0.98
    assert most_in(sent.left(), 1.0) <= 29
    assert max(sent.waits(Lane.ANSWER)) < 0.5


async def test_answers_wait_behind_no_backlog_of_anything() -> None:
    hours = Hours()
    pace = paced(hours)
    sent = Sent(hours)
    backlog = [sent.send(pace, lane, f"{lane}{number}") for lane in reversed(SHARED) for number in range(100)]
    answers = [sent.send(pace, Lane.ANSWER, f"a{number}", after=number * 0.25) for number in range(40)]
    await hours.pass_until(*backlog, *answers)
    assert max(sent.waits(Lane.ANSWER)) < 0.2
    # Decisions, then reminders, then broadcasts, whoever came first; the very first was alone.
    lanes = [lane for _, _, lane in sent.all if lane is not Lane.ANSWER]
    assert lanes[1:] == sorted(lanes[1:])


@pytest.mark.parametrize("lane", SHARED)
async def test_a_fifth_stays_free_for_answers_even_when_there_are_none(lane: Lane) -> None:
    hours = Hours()
    pace = paced(hours)
    sent = Sent(hours)
    await hours.pass_until(*(sent.send(pace, lane, f"{number}") for number in range(500)))
    # Twelve may be caught up with after silence, and four taken before their time.
    assert most_in(sent.left(), 10.0) <= 24 * 10 + 12 + 4 + 1
    assert sent.left()[-1] - sent.left()[0] >= (500 - 18) / 24


@pytest.mark.parametrize("after", [1.0, 1.02, 5.0, 5.01, 5.02, 5.03])
async def test_another_process_s_decisions_go_before_the_broadcasts_of_this_one(after: float) -> None:
    hours = Hours(late=0.002)
    buckets = OwnBuckets(hours)
    here, there = paced(hours, buckets=buckets), paced(hours, buckets=buckets)
    sent = Sent(hours)
    broadcasts = [sent.send(here, Lane.BROADCAST, f"b{number}") for number in range(300)]
    decisions = [sent.send(there, Lane.DECISION, f"d{number}", after=after) for number in range(60)]
    await hours.pass_until(*broadcasts, *decisions)
    decided = sent.left(Lane.DECISION)
    between = [one for one in sent.left(Lane.BROADCAST) if decided[0] <= one <= decided[-1]]
    assert len(between) <= 3
    assert decided[-1] - decided[0] <= 60 / 24 + 0.2


async def test_a_stall_makes_no_crowd_of_an_even_row() -> None:
    hours = Hours()
    pace = paced(hours)
    sent = Sent(hours)

    async def stalls() -> None:
        for _ in range(3):
            await hours.sleep(1.3)
            hours.now += 0.7  # nothing at all is done meanwhile, and everybody is late

    await hours.pass_until(
        *(sent.send(pace, Lane.BROADCAST, f"{number}") for number in range(120)),
        *(sent.send(pace, Lane.ANSWER, f"a{number}", after=1.2) for number in range(30)),
        stalls(),
    )
    assert most_in(sent.left(), 1.0) <= 30
    assert all(later - first >= 1 / 30 - 1e-6 for first, later in pairwise(sent.left()))


async def test_what_is_not_answered_counts_until_it_is() -> None:
    hours = Hours()
    pace = paced(hours)
    sent = Sent(hours)
    # The messenger takes four seconds to answer, and may have counted them all in the last one.
    await hours.pass_until(*(sent.send(pace, Lane.ANSWER, f"{number}", takes=4.0) for number in range(70)))
    assert most_in(sent.left(), 4.0) <= 30


# ---------------------------------------------------------------- chats


async def test_a_chat_gets_one_a_second_and_a_group_twenty_a_minute_from_all_processes_together() -> None:
    hours = Hours()
    buckets = OwnBuckets(hours)
    paces = [paced(hours, buckets=buckets), paced(hours, buckets=buckets)]
    chat: list[float] = []
    group: list[float] = []

    async def to_one(pace: Pace) -> None:
        for _ in range(10):
            async with pace.leave("7", Lane.ANSWER):
                chat.append(hours.now)

    async def to_group(pace: Pace) -> None:
        for _ in range(20):
            async with pace.leave("-7", Lane.DECISION, is_group=True):
                group.append(hours.now)

    await hours.pass_until(*(to_one(pace) for pace in paces), *(to_group(pace) for pace in paces))
    assert most_in(chat, 3.0) <= 4
    assert most_in(group, 60.0) <= 20


async def test_who_would_have_to_wait_long_comes_back_later_and_holds_up_nobody() -> None:
    hours = Hours()
    pace = paced(hours)
    late: list[TryLater] = []

    async def to_one() -> None:
        try:
            async with pace.leave("7", Lane.DECISION):
                pass
        except TryLater as problem:
            late.append(problem)

    await hours.pass_until(*(to_one() for _ in range(20)))
    assert len(late) == 20 - 6
    assert all(4 < problem.seconds < 8 and not problem.everywhere for problem in late)


async def leaves(pace: Pace, chat: str) -> None:
    async with pace.leave(chat, Lane.ANSWER):
        pass


async def test_one_chat_that_is_refused_holds_up_no_other() -> None:
    hours = Hours()
    buckets = OwnBuckets(hours)
    pace, other_process = paced(hours, buckets=buckets), paced(hours, buckets=buckets)
    await pace.refused("7", 30.0)
    for one in (pace, other_process):
        with pytest.raises(TryLater) as held:
            await leaves(one, "7")
        assert held.value.seconds == pytest.approx(30.0)
        assert not held.value.everywhere
    await hours.pass_until(leaves(pace, "8"))
    hours.now += 31
    await hours.pass_until(leaves(pace, "7"))


async def test_when_all_are_refused_all_wait() -> None:
    hours = Hours()
    buckets = OwnBuckets(hours)
    pace, other_process = paced(hours, buckets=buckets), paced(hours, buckets=buckets)
    for chat in ("1", "2", "3"):
        await pace.refused(chat, 20.0)
    with pytest.raises(TryLater) as held:
        await leaves(pace, "4")
    assert held.value.everywhere
    with pytest.raises(TryLater) as held:
        async with other_process.leave("5", Lane.BROADCAST):
            pass
    assert held.value.everywhere
    hours.now += 21
    pace.passed()
    await hours.pass_until(leaves(pace, "4"))


async def test_what_passes_in_between_shows_that_not_all_are_refused() -> None:
    hours = Hours()
    pace = paced(hours)
    for chat in ("1", "2", "3", "4"):
        await pace.refused(chat, 20.0)
        pace.passed()
    await hours.pass_until(leaves(pace, "5"))


async def test_without_limits_nothing_waits() -> None:
    hours = Hours()
    pace = paced(hours, Rates())
    for number in range(1_000):
        async with pace.leave(str(number % 3), Lane.BROADCAST if number % 2 else Lane.ANSWER):
            pass
    assert hours.now == 1_000.0
    assert pace.bulk_at_once == 256


async def test_a_rate_that_cannot_be_asked_for_lets_nothing_out_and_nothing_is_lost() -> None:
    class Gone(OwnBuckets):
        async def take(self, ask: Ask) -> Taken:
            raise ConnectionError

        async def take_now(self, asks: Sequence[Ask]) -> Taken:
            raise ConnectionError

    hours = Hours()
    for rates in (Rates(30.0), Rates(0.0, 1.0)):
        pace = paced(hours, rates, Gone(hours))
        for lane in Lane:
            with pytest.raises(NotSent):
                async with pace.leave("1", lane):
                    pytest.fail("it left")


# ---------------------------------------------------------------- several processes on PostgreSQL
