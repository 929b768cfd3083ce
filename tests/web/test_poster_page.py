"""The page behind a poster, an invite or a code: every way in that the union has, with the code for where it is written."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from bot.clock import FixedClock
from bot.services.act import Act
from bot.services.people import passes
from storage.people.tables import Person
from storage.units.tables import Unit
from tests.browser import Phones
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.web.served import Served, served

LINK = "https://zalo.me/1234567890"


@pytest.fixture
async def site(postgresql_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    async with FakeZaloBot() as zalo:
        chosen = {"token": TOKEN, "api": zalo.api, "link": LINK}
        async with served(postgresql_url, tmp_path, clock=clock, zalo_bot=chosen) as running:
            yield running


async def test_where_no_link_carries_the_code_it_stands_there_to_be_written(
    site: Served, phones: Phones
) -> None:
    async with site.bot.database.write() as session:
        home = await session.scalar(select(Unit).where(Unit.code == "RALACO"))
        worker = await session.scalar(select(Person.id).where(Person.name == "Nguyễn Thị Hoa"))
        assert home is not None
        assert worker is not None
        mine, _ = await passes.for_device(Act(session, site.bot.clock.now(), worker), worker)
    page = await phones.open(width=320)
    for code, heading in ((home.join_code, home.name), (mine, "Dùng tiếp tài khoản của bạn ở đây")):
        await page.goto(f"{site.root}/i/{code}")
        await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        ways = [await one.inner_text() for one in await page.locator(".panel .button").all()]
        assert ways == ["Mở bằng Zalo", "Gõ ngay trên trang này"]
        assert await page.get_by_role("link", name="Mở bằng Zalo").get_attribute("href") == LINK
        # Whole on one line, however small the phone is.
        box = await page.locator(".code").bounding_box()
        assert await page.locator(".code").inner_text() == code
        assert box is not None
        assert box["height"] < 45
        await page.get_by_role("button", name="Chép mã").click()
        await expect(page.locator(".copied")).to_have_text("Đã chép")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        # Without its script the page says the same; only the button is not there.
        plain = await (await page.request.get(page.url)).text()
        assert f'<strong class="code">{code}</strong>' in plain
    # It was looked at several times, and is still good.
    await page.get_by_role("button", name="Gõ ngay trên trang này").click()
    await expect(page.locator(".line.out").last).to_contain_text("Nguyễn Thị Hoa")
