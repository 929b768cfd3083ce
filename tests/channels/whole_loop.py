"""The whole loop as three people live it, over any messenger: the same words, whatever they tap or type them with.

Registering, submitting with a photo, returning, mending, approving, congratulating, progress, a peak week's reminder,
and a message to all.
"""

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from PIL import Image
from sqlalchemy import select

from storage.initiatives.tables import Initiative, InitiativeState
from storage.people.tables import Account, Role, RoleGrant
from storage.units.tables import Unit
from tests.talk import Stage


class Phone(Protocol):
    """Somebody with a messenger; a stand-in server is on the other side of it."""

    @property
    def id(self) -> Any: ...

    @property
    def messages(self) -> Sequence[Any]:
        """All that the bot sent."""

    async def sends(self, text: str) -> Any: ...

    async def sends_photo(self, content: bytes) -> Any: ...

    async def chooses(self, label: str) -> Any:
        """Tap it, or type what stands before it."""

    async def sees(self, *texts: str) -> Any:
        """The oldest message with all of this that was not seen before; ``AssertionError`` when none comes."""


def photo(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "JPEG")
    return out.getvalue()


async def registers(bot: Stage, person: Phone, name: str, role: Role | None = None) -> None:
    """By the unit's code, which stands on the poster."""
    unit = await bot.unit("RALACO")
    await person.sends(unit.join_code)
    await person.sees("Rạng Đông")
    await person.sees("đồng ý")
    await person.chooses("Tôi đồng ý")
    await person.sees("Họ và tên")
    await person.sends(name)
    await person.sees("muốn làm gì")
    if role is None:
        return
    async with bot.bot.database.write() as session:
        account = await session.scalar(select(Account).where(Account.external_id == str(person.id)))
        home = await session.scalar(select(Unit).where(Unit.code == "RALACO"))
        assert account is not None
        assert home is not None
        session.add(
            RoleGrant(person_id=account.person_id, unit_id=home.id, role=role, granted_at=bot.clock.now())
        )


async def goes(person: Phone, *pairs: tuple[str, str]) -> None:
    """Says one thing after the other, and sees what is to be seen each time."""
    for said, seen in pairs:
        await person.sends(said)
        await person.sees(seen)


async def submits(worker: Phone) -> None:
    """With a photo, and all that is asked."""
    await goes(
        worker,
        ("/sangkien", "tên là gì"), ("Đồ gá khoan bốn lỗ", "làm thế nào"),
        ("Hàn tấm gá <dày> & chắc", "lĩnh vực"), ("kỹ thuật", "lần đầu"), ("hôm qua", "vướng gì"),
        ("Khoan từng lỗ", "bao nhiêu tiền"), ("15tr", "15.000.000"),
    )  # fmt: skip
    await worker.chooses("Đúng")
    await worker.sees("có ích gì")
    await goes(worker, ("bỏ qua", "ảnh hay tài liệu"))
    await worker.sends_photo(photo())
    await worker.sees("Đã nhận 1 tệp")
    await worker.chooses("Xong")
    await worker.sees("Ai cùng làm")
    await worker.chooses("Bỏ qua hết")
    await worker.sees("xem lại giúp mình", "15.000.000", "1 tệp")
    await worker.chooses("Gửi sáng kiến")
    await worker.sees("Đã gửi", "CTVN-2026-")


async def returns(support: Phone, words: str) -> None:
    """The card that is before them, with a reason and words."""
    await support.chooses("↩ Trả lại")
    await support.sees("Vì sao trả lại")
    await support.chooses("Chưa rõ cách làm")
    await support.sees("Vì sao trả lại")
    await support.chooses("✓ Xong")
    await support.sees("Mục nào cần sửa")
    await support.chooses("Bỏ qua")
    await support.sees("nhắn thêm")
    await support.sends(words)
    await support.sees("Đã trả lại")


async def mends(worker: Phone, words: str) -> None:
    """What was returned."""
    await worker.chooses("✎ Sửa và gửi lại")
    await worker.sees("xem lại giúp mình")
    await worker.chooses("✎ Nội dung")
    await worker.sees("làm thế nào")
    await worker.sends(words)
    await worker.sees("xem lại giúp mình", words)
    await worker.chooses("Gửi sáng kiến")
    await worker.sees("Đã gửi lại")


async def begins_a_peak_week(officer: Phone) -> None:
    """From today, by the form."""
    await officer.sends("/caodiem")
    await officer.sees("cao điểm")
    await officer.chooses("Tạo đợt mới")
    await officer.sees("Đợt nào")
    await officer.chooses("Tuần cao điểm")
    await officer.sees("tên là gì")
    await officer.sends("Tuần sáng kiến")
    await officer.sees("Đơn vị nào")
    await officer.chooses("Công đoàn Công ty CP")
    await officer.sees("Bắt đầu ngày nào")
    await officer.chooses("Ngày mai")
    await officer.sees("Kết thúc ngày nào")
    await officer.chooses("1/12/2026")
    await officer.sees("bao nhiêu sáng kiến")
    await officer.sends("20")
    await officer.sees("không muốn gửi")
    await officer.sends("bỏ qua")
    await officer.sees("xem lại giúp mình")
    await officer.chooses("Tạo đợt này")
    await officer.sees("Tuần sáng kiến", "Khai mạc")


async def writes_to_all(officer: Phone) -> None:
    """A message, looked over, and sent."""
    await goes(
        officer,
        ("/guitin", "Bạn muốn nhắn gì"), ("Mai họp tổ lúc 9h nhé", "ảnh hay tài liệu"), ("bỏ qua", "đơn vị nào"),
    )  # fmt: skip
    await officer.chooses("Công đoàn Công ty CP")
    await officer.sees("Gửi cho ai")
    await officer.sends("Mọi người")
    await goes(officer, ("bỏ qua", "Gửi lúc nào"), ("Gửi ngay", "Tin của bạn"))
    await officer.chooses("Xem trước")
    await officer.sees("Đến 3 người")
    await officer.chooses("Gửi đến 3 người")


async def lived_by(bot: Stage, worker: Phone, support: Phone, officer: Phone) -> None:
    """All of it."""
    await registers(bot, support, "Đặng Văn Quý", Role.SUPPORT)
    await registers(bot, officer, "Đặng Thu Hà", Role.OFFICER)
    await registers(bot, worker, "Đặng Thị Hoa")

    await submits(worker)
    await support.sees("Sáng kiến mới", "Hàn tấm gá <dày> & chắc")
    await returns(support, "Nói rõ cách kẹp nhé")
    await worker.sees("sửa thêm", "Chưa rõ cách làm", "Nói rõ cách kẹp nhé")
    await mends(worker, "Kẹp bằng hai má kẹp rồi khoan một lần")
    await support.sees("đã sửa và gửi lại", "hai má kẹp")
    await support.chooses("✓ Duyệt")
    await support.sees("đã được duyệt")
    await worker.sees("Chúc mừng")
    async with bot.bot.database.read() as session:
        assert (await session.scalars(select(Initiative.state))).all() == [InitiativeState.APPROVED]

    await officer.sends("/tiendo")
    await officer.sees("282 / 800")
    await officer.chooses("Ảnh tiến độ")
    await officer.sees("282")
    assert any(has_picture(message) for message in officer.messages)

    await begins_a_peak_week(officer)
    await bot.works(timedelta(days=1))
    await worker.sees("Tuần sáng kiến", "cùng góp sáng kiến")

    await writes_to_all(officer)
    await bot.works()
    await bot.works()
    for person in (worker, support):
        await person.sees("📢", "Mai họp tổ lúc 9h nhé")


def has_picture(message: Any) -> bool:
    """Whatever a stand-in calls it."""
    return bool(getattr(message, "picture", None) or getattr(message, "photo", None))
