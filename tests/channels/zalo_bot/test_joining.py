"""From the web to Zalo by a code, which is written there: no link carries it, and no button is pressed."""

import re

from tests.fakes.zalo_bot import FakeZaloBot
from tests.handlers.talks import goes
from tests.talk import Stage


async def test_what_was_begun_on_the_web_goes_on_in_zalo_and_back(bot: Stage, zalo: FakeZaloBot) -> None:
    worker, phone = await bot.person("Nguyễn Thị Nga", channel="web"), zalo.user("Nga")
    seen = await worker.says("/thietbi")
    found = re.search(r"máy khác: (\w{10})", seen.text)
    assert found
    assert "nhắn mã cho bot trên Zalo" in seen.text
    await goes(worker, ("/sangkien", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào"))
    await phone.sends(f"Mã {found[1][:5].lower()} {found[1][5:].lower()}")
    await phone.sees("Chào Nguyễn Thị Nga", "viết tiếp bản đang dở")
    await phone.sees("làm thế nào")
    await phone.sends("Hàn ba tầng")
    await phone.sees("lĩnh vực", "1. Kỹ thuật")
    await goes(worker, ("kỹ thuật", "Mình viết tiếp"), ("kỹ thuật", "lần đầu"), ("hôm qua", "vướng gì"))
    # The list on this phone is of a question that was answered elsewhere: its number answers no other.
    await phone.sends("1")
    await phone.sees("viết tiếp bản đang dở", "vướng gì")
    await phone.sends("menu")
    await phone.sees("muốn làm gì", "Viết tiếp bản đang dở")
