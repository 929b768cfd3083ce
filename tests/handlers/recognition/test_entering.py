"""Recognition and recording: entered for one or for many, once approved, with a day that can be right."""

from datetime import timedelta

import pytest

from bot.screens.recognition.actions import EnterOne, Entry
from storage.initiatives.tables import InitiativeState
from tests.handlers.talks import approves, counts_are_right, goes, initiative, submits, team_and_worker
from tests.talk import Stage


async def test_what_is_recognised_cannot_be_undone(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    decided = await approves(support)
    await support.taps("Ghi công nhận", decided)
    await goes(support, ("123/QĐ-RĐ", "Ngày ký"), ("hôm nay", "Đã ghi 1"))
    await support.taps("Hoàn tác", decided)
    await support.sees("không hoàn tác được nữa")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED


async def test_many_are_recognised_and_recorded_at_once(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    names = ("Đồ gá khoan", "Xe đẩy ba tầng", "Quạt hút bụi hàn")
    numbers = [await submits(bot, worker, name, f"Cách làm {name}") for name in names]
    for name in names:
        await support.taps("✓ Duyệt", await support.sees("Sáng kiến mới", name))
    bot.clock.advance(timedelta(minutes=5))
    await support.says("/ghinhan")
    await support.taps("Ghi công nhận")
    await support.taps(names[0])
    await support.taps(names[2])
    await support.taps("Xong")
    await goes(support, ("12/QĐ-CT", "Ngày ký"), ("3/2026", "đúng ngày"), ("hôm qua", "Đã ghi 2"))
    await support.says("/ghinhan")
    await support.taps("Ghi đã vào phần mềm")
    await support.taps("Tất cả danh sách này")
    await support.taps("Xong")
    await goes(support, ("hôm nay", "Đã ghi 3"))
    rows = [await initiative(bot, number) for number in numbers]
    assert [row.recognised_no for row in rows] == ["12/QĐ-CT", None, "12/QĐ-CT"]
    assert all(row.recorded_on for row in rows)
    await worker.settled()
    await worker.sees("công nhận", "12/QĐ-CT")
    await counts_are_right(bot)


async def test_what_is_not_approved_is_neither_recognised_nor_recorded(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    for entry in Entry:
        seen = await support.presses(EnterOne(entry, number).pack())
        assert "chưa được duyệt" in seen.text


@pytest.mark.parametrize("entry", ["Ghi công nhận", "Ghi đã vào phần mềm"])
async def test_a_day_that_cannot_be_right_is_asked_again(bot: Stage, entry: str) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)  # first applied on the day before
    await support.taps(entry, await approves(support))
    if entry == "Ghi công nhận":
        await support.says("12/QĐ-CT")
    today = bot.clock.now().date()
    await goes(
        support,
        (f"{today + timedelta(days=1):%d/%m/%Y}", "chưa đến"),
        (f"{today - timedelta(days=2):%d/%m/%Y}", "trước ngày CTVN-2026-000001 được áp dụng"),
    )
    one = await initiative(bot, number)
    assert (one.recognised_on, one.recorded_on) == (None, None)
    await goes(support, ("hôm qua", "Đã ghi 1"))


async def test_of_many_those_that_the_day_cannot_fit_are_named_and_left_out(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    first = await submits(bot, worker)
    await approves(support)
    bot.clock.advance(timedelta(days=3))
    later = await submits(bot, worker, "Xe đẩy ba tầng", "Hàn khung")
    await approves(support)
    await support.says("/ghinhan")
    await support.taps("Ghi đã vào phần mềm")
    await support.taps("Tất cả danh sách này")
    await support.taps("Xong")
    seen = await support.says("hôm kia")
    assert "Đã ghi 1" in seen.text
    assert "trước ngày CTVN-2026-000002 được áp dụng" in seen.text
    assert (await initiative(bot, first)).recorded_on is not None
    assert (await initiative(bot, later)).recorded_on is None
