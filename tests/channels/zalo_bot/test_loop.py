"""The whole loop on a Zalo bot, without a single button: our client against our stand-in server, on real databases."""

import io

from PIL import Image
from sqlalchemy import select

from storage.models import Account, Initiative, InitiativeState, Role, RoleGrant, Unit
from tests.fakes.zalo_bot import FakeZaloBot, Person
from tests.talk import Stage


def photo(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "JPEG")
    return out.getvalue()


async def registers(bot: Stage, person: Person, name: str, role: Role | None = None) -> None:
    """By the unit's code, which stands on the poster: a stranger's first words are answered with a greeting."""
    unit = await bot.unit("RALACO")
    await person.sends("chào bot")
    await person.sees("đồng ý")
    await person.chooses("Tôi đồng ý")
    await person.sees("Bạn làm ở")
    await person.sends(unit.join_code)
    await person.sees("Họ và tên")
    await person.sends(name)
    await person.sees("muốn làm gì")
    if role is not None:
        async with bot.bot.database.write() as session:
            account = await session.scalar(select(Account).where(Account.external_id == person.id))
            home = await session.scalar(select(Unit).where(Unit.code == "RALACO"))
            assert account is not None
            assert home is not None
            session.add(
                RoleGrant(person_id=account.person_id, unit_id=home.id, role=role, granted_at=bot.clock.now())
            )


async def answers(worker: Person, *pairs: tuple[str, str]) -> None:
    for said, seen in pairs:
        await worker.sends(said)
        await worker.sees(seen)


async def test_a_worker_submits_and_the_team_returns_and_approves(bot: Stage, zalo: FakeZaloBot) -> None:
    worker, support = zalo.user("Hoa"), zalo.user("Minh")
    await registers(bot, support, "Trần Văn Minh", Role.SUPPORT)
    await registers(bot, worker, "Nguyễn Thị Hoa")
    await answers(
        worker,
        ("1", "tên là gì"), ("Đồ gá khoan bốn lỗ", "làm thế nào"), ("Hàn tấm gá <dày> & chắc", "lĩnh vực"),
        ("1", "lần đầu"), ("b", "vướng gì"), ("Khoan từng lỗ", "bao nhiêu tiền"), ("15tr", "15.000.000"),
        ("a", "có ích gì"), ("bỏ qua", "ảnh hay tài liệu"),
    )  # fmt: skip
    await worker.sends_photo(photo())
    await worker.sees("Đã nhận 1 tệp")
    await worker.chooses("Xong")
    await worker.sees("Ai cùng làm")
    await worker.chooses("Bỏ qua hết")
    await worker.sees("xem lại giúp mình", "15.000.000", "1 tệp")
    await worker.chooses("Gửi sáng kiến")
    await worker.sees("Đã gửi", "CTVN-2026-")
    card = await support.sees("Sáng kiến mới", "Hàn tấm gá <dày> & chắc", "#1a ✓ Duyệt")
    assert card.picture is not None
    assert Image.open(io.BytesIO(card.picture)).size == (320, 200)
    await support.chooses("↩ Trả lại")
    await support.sees("Vì sao trả lại")
    await support.chooses("Chưa rõ cách làm")
    await support.sees("Vì sao trả lại", "✓ Chưa rõ cách làm")
    await support.chooses("✓ Xong")
    await support.sees("Mục nào cần sửa")
    await support.chooses("Bỏ qua")
    await support.sees("nhắn thêm")
    await support.sends("Nói rõ cách kẹp nhé")
    await support.sees("Đã trả lại")
    await worker.sees("sửa thêm", "Chưa rõ cách làm", "Nói rõ cách kẹp nhé")
    await worker.chooses("✎ Sửa và gửi lại")
    await worker.sees("xem lại giúp mình")
    await worker.chooses("✎ Nội dung")
    await worker.sees("làm thế nào")
    await worker.sends("Kẹp bằng hai má kẹp rồi khoan một lần")
    await worker.sees("xem lại giúp mình", "hai má kẹp")
    await worker.chooses("Gửi sáng kiến")
    await worker.sees("Đã gửi lại")
    await support.sees("đã sửa và gửi lại", "hai má kẹp")
    await support.chooses("✓ Duyệt")
    await support.sees("đã được duyệt")
    await worker.sees("Chúc mừng")
    async with bot.bot.database.read() as session:
        states = (await session.scalars(select(Initiative.state))).all()
    assert states == [InitiativeState.APPROVED]
