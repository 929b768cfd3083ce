"""The queue: its order and its pages."""

from datetime import timedelta

from tests.handlers.talks import labels, submits, team_and_worker
from tests.talk import Stage


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
