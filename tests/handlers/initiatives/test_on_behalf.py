"""Entering for somebody else: the author is told, and the named one stays an author."""

from sqlalchemy import select

from storage.initiatives.tables import Author, Initiative
from storage.people.tables import Role
from tests.handlers.talks import goes, opens_from_queue, team_and_worker
from tests.talk import Stage


async def test_an_author_entered_for_by_the_team_is_told(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    await goes(
        support,
        # Without its marks the name may be anybody's: which of them is asked.
        ("/nhapho", "nhập thay cho ai"), ("nguyen thi nga", "tên gần giống"), ("Nguyễn Thị Nga", "tên là gì"),
        ("Giá để khuôn", "làm thế nào"), ("Hàn giá", "lĩnh vực"), ("quản lý", "lần đầu"), ("hôm qua", "vướng gì"), ("bỏ qua hết", "xem lại"),
    )  # fmt: skip
    await support.taps("Gửi sáng kiến")
    await support.sees("Đã gửi thay cho Nguyễn Thị Nga")
    async with bot.bot.database.read() as session:
        author = (await session.scalars(select(Author))).one()
        one = (await session.scalars(select(Initiative))).one()
    assert author.person_id == worker.account.person_id
    assert one.entered_by == support.account.person_id
    other = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    await opens_from_queue(other, "Giá để khuôn")
    await other.taps("✓ Duyệt")
    await worker.settled()
    await worker.sees("Chúc mừng")


async def test_on_behalf_the_named_author_stays_one_of_several(bot: Stage) -> None:
    _, support = await team_and_worker(bot)
    await goes(
        support,
        ("/nhapho", "nhập thay cho ai"), ("Nguyễn Thị Nga", "tên là gì"), ("Giá để khuôn", "làm thế nào"),
        ("Hàn giá", "lĩnh vực"), ("quản lý", "lần đầu"), ("hôm qua", "vướng gì"), ("bỏ qua", "bao nhiêu"),
        ("bỏ qua", "ảnh"), ("bỏ qua", "Ai cùng làm"), ("Lê Văn Tám 40%", "Nguyễn Thị Nga 60 %; Lê Văn Tám 40 %"),
        ("đúng", "giúp được gì"), ("bỏ qua hết", "xem lại"),
    )  # fmt: skip
    await support.taps("Gửi sáng kiến")
    await support.sees("Đã gửi thay cho Nguyễn Thị Nga")


async def test_a_worker_enters_for_nobody_else(bot: Stage) -> None:
    worker, _ = await team_and_worker(bot)
    seen = await worker.says("/nhapho")
    assert "không có quyền" in seen.text
