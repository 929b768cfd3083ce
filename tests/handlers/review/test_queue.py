"""The queue: its order, its pages, and the cards that are opened from it."""

from datetime import timedelta

from bot.screens.review.actions import ShowQueue
from storage.people.tables import Role
from tests.handlers.talks import approves, labels, submits, team_and_worker
from tests.talk import Stage, WebPerson


async def member(bot: Stage, name: str = "Phạm Thị Lan") -> WebPerson:
    return await bot.person(name, role=Role.SUPPORT)


async def test_the_queue_comes_in_pages_the_one_due_first_first(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    words = (
        "Đồ gá khoan", "Quạt hút bụi", "Xe chở phôi", "Kệ dao cụ", "Lịch bảo trì", "Cảm biến nhiệt",
        "Hộp phân loại rác", "Bàn nâng hàng", "Tủ sấy sơn", "Phiếu kiểm ca",
    )  # fmt: skip
    for word in words:
        await submits(bot, worker, word, f"Cách làm: {word.upper()}")
    seen = await support.says("/hangcho")
    assert "Đang chờ xem: 10" in seen.text
    assert labels(seen)[:2] == ["⏳ 1 · Đồ gá khoan", "⏳ 2 · Quạt hút bụi"]
    seen = await support.taps("Trang sau")
    assert any("Phiếu kiểm ca" in label for label in labels(seen))
    await support.presses("queue.99")
    bot.clock.advance(timedelta(days=25))
    seen = await support.says("/hangcho")
    assert labels(seen)[0].startswith("⏰")


async def test_a_card_opened_from_the_queue_is_closed_when_somebody_else_decides(bot: Stage) -> None:
    worker, one, two = await bot.person("Trần Văn Nam"), await member(bot), await member(bot, "Lê Thị Hoa")
    await submits(bot, worker)
    for one_of_them in (one, two):
        await one_of_them.settled()
    listed = await two.says("/hangcho")
    opened = await two.taps("Đồ gá khoan bốn lỗ", listed)
    assert "✓ Duyệt" in labels(opened)
    await approves(one)
    await two.settled()
    for bubble in await two.screen() if two.changes else [await two.sees("đã được duyệt")]:
        assert "✓ Duyệt" not in labels(bubble), bubble.text


async def test_a_list_that_took_the_cards_place_is_not_overwritten(bot: Stage) -> None:
    worker, one, two = await bot.person("Trần Văn Nam"), await member(bot), await member(bot, "Lê Thị Hoa")
    await submits(bot, worker)
    for one_of_them in (one, two):
        await one_of_them.settled()
    listed = await two.says("/hangcho")
    await two.taps("Đồ gá khoan bốn lỗ", listed)
    # The list comes back into the same bubble, as by the way back of a messenger's own.
    await two.presses(ShowQueue().pack(), listed)
    await approves(one)
    await two.settled()
    assert "Đang chờ xem" in next(bubble for bubble in await two.screen() if bubble.ref == listed.ref).text
