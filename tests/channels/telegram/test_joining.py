"""From the web to Telegram by a code: the same person, at the same question, and back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.people.tables import Account
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.handlers.talks import action, goes
from tests.talk import Stage, stage, unlimited


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram, demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path, telegram=unlimited(TOKEN, telegram.api)) as running:
        yield running


async def test_what_was_begun_on_the_web_goes_on_in_telegram_and_back(
    bot: Stage, telegram: FakeTelegram
) -> None:
    worker, phone = await bot.person("Nguyễn Thị Nga"), telegram.user("Nga")
    link = action(await worker.says("/thietbi"), "Mở bằng Telegram")
    await goes(worker, ("/sangkien", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào"))
    await phone.sends("/start " + link.partition("?start=")[2])
    await phone.sees("Đó có phải là bạn không?")
    await phone.taps("Đúng, là tôi")
    await phone.sees("Chào Nguyễn Thị Nga", "viết tiếp bản đang dở")
    await phone.sees("làm thế nào")
    await phone.sends("Hàn ba tầng")
    await phone.sees("lĩnh vực")
    await phone.taps("Kỹ thuật")
    await phone.sees("lần đầu")
    await goes(worker, ("hôm qua", "Mình viết tiếp bản đang dở nhé"), ("hôm qua", "vướng gì"))
    await phone.sends("hôm kia")
    await phone.sees("viết tiếp bản đang dở", "vướng gì")
    await phone.sends("/thietbi")
    shown = await phone.sees("Mã để dùng trên máy khác", "quét hình QR")
    assert shown.photo is not None
    async with bot.bot.database.read() as session:
        of_worker = select(Account.channel).where(Account.person_id == worker.account.person_id)
        assert sorted(await session.scalars(of_worker)) == ["telegram", "web"]
