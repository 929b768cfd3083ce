"""What conversations about broadcasts begin with: an officer writes to many people, up to the preview."""

from storage.mailings.tables import Mailing
from storage.people.tables import Role
from tests.handlers.talks import goes
from tests.talk import Seen, Stage, WebPerson


async def officer_of(bot: Stage, unit: str = "RALACO") -> WebPerson:
    return await bot.person("Lê Văn Sơn", unit=unit, role=Role.OFFICER)


async def writes(
    officer: WebPerson, words: str = "Mai họp tổ lúc 9h nhé", who: str = "Mọi người", when: str = "Gửi ngay"
) -> Seen:
    """From the menu to the preview."""
    await goes(
        officer, ("/guitin", "Bạn muốn nhắn gì"), (words, "ảnh hay tài liệu"), ("bỏ qua", "đơn vị nào")
    )
    unit = (await officer.last()).buttons[0][0]
    await officer.taps(unit)
    await officer.says(who)
    await officer.sees("Chỉ gửi cho một phần")
    await goes(officer, ("bỏ qua", "Gửi lúc nào"), (when, ""))
    if (await officer.last()).text.startswith("Mình ghi là"):
        await officer.says("đúng")
    await officer.sees("Tin của bạn")
    return await officer.taps("Xem trước")


async def mailing(bot: Stage) -> Mailing:
    async with bot.bot.database.read() as session:
        return await session.get_one(Mailing, 1)
