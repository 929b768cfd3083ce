"""A phone that a workshop shares, in a real browser: nobody sees anything of who was there before."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from bot.clock import FixedClock
from storage.conversation.tables import TranscriptLine
from storage.people.tables import Account, Device, Person
from tests.browser import Phones
from tests.handlers.talks import photo
from tests.web.kiosks import count, device_code, kiosk_code, status
from tests.web.served import Served, served


@pytest.fixture
async def site(postgresql_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    # What differs between the databases is held by the tests without a browser.
    async with served(postgresql_url, tmp_path, clock=clock) as running:
        yield running


async def opens_kiosk(site: Served, phones: Phones, **look: object) -> Page:
    page = await phones.open(**look)  # type: ignore[arg-type]
    await page.goto(f"{site.root}/i/{await kiosk_code(site)}")
    await page.get_by_role("button", name="Đúng, đây là máy dùng chung").click()
    await expect(page.get_by_role("button", name="Bắt đầu")).to_be_visible()
    return page


async def begins(page: Page) -> None:
    await page.get_by_role("button", name="Bắt đầu").click()
    await expect(page.locator(".line.out").last).to_contain_text("đồng ý")


async def signs_in(site: Served, page: Page) -> None:
    await page.fill("#code", await device_code(site))
    await page.get_by_role("button", name="Vào", exact=True).click()
    await expect(page.locator(".line.out").last).to_contain_text("Nguyễn Thị Hoa")


async def says(page: Page, text: str, expected: str) -> None:
    await page.fill("#text", text)
    await page.click(".composer .send")
    await expect(page.locator(".line.out").last).to_contain_text(expected)


async def test_the_second_person_at_a_phone_sees_nothing_of_the_first(site: Served, phones: Phones) -> None:
    phones.allow(r"status of 40[0-9]")
    page = await opens_kiosk(site, phones)
    await signs_in(site, page)
    await says(page, "/sangkien", "tên là gì")
    await says(page, "Xe đẩy phôi", "làm thế nào")
    await page.set_input_files("#files", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    shown = page.locator(".line.in .picture img").last
    await expect(page.locator(".line.in[data-id] .picture")).to_be_visible()
    await page.reload()
    await expect(shown).to_be_visible()
    picture = str(await shown.get_attribute("src"))
    assert "no-store" in (await page.request.get(site.root + picture)).headers["cache-control"]
    await says(page, "/toi", "mình lưu về bạn")
    await page.locator(".choice", has_text="Lấy về máy").last.click()
    # A document would stay in the phone's folder.
    await expect(page.locator("div.file").last).to_contain_text("Mở trên điện thoại của bạn")
    line = await page.locator(".line.out").last.get_attribute("data-id")
    await page.fill("#text", "một nửa câu")
    assert await page.evaluate("localStorage.length") == 0
    stale = await page.context.cookies()
    # A code for one's own phone, before one goes.
    await page.get_by_role("button", name="Xong, đến người sau").click()
    await expect(page.locator("#finish-unsent")).to_contain_text("đang gõ")
    await page.get_by_role("button", name="Làm tiếp trên điện thoại của tôi").click()
    await expect(page.locator("#take-picture")).to_be_visible()
    taken = await page.locator("#take-code").inner_text()
    await page.locator("#finish-yes").click()
    await expect(page.get_by_role("button", name="Bắt đầu")).to_be_visible()

    await page.go_back()
    await expect(page.get_by_role("button", name="Bắt đầu")).to_be_visible()
    await begins(page)
    for trace in ("Hoa", "Xe đẩy", "một nửa câu", taken):
        assert trace not in await page.content()
    assert await page.input_value("#text") == ""
    assert await page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    for address in (picture, f"/chat/file/{line}/0"):
        assert (await page.request.get(site.root + address)).status in (403, 404)
    fresh = {one["name"]: one["value"] for one in await page.context.cookies()}
    replayed = {one["name"]: one["value"] for one in stale} | {"sk_kiosk": fresh["sk_kiosk"]}
    assert await status(site, replayed, "send", post=True) == 401
    # On her own phone she goes on where she was.
    phone = await phones.open()
    await phone.goto(f"{site.root}/i/{taken}")
    await expect(phone.get_by_role("heading")).to_have_text("Dùng tiếp tài khoản của bạn ở đây")
    await phone.get_by_role("button", name="Gõ ngay trên trang này").click()
    await expect(phone.locator("#log")).to_contain_text("Xe đẩy phôi")


async def test_silence_ends_a_turn_after_a_warning(site: Served, phones: Phones) -> None:
    page = await opens_kiosk(site, phones)
    await page.clock.install()
    await begins(page)
    await page.clock.fast_forward("01:45")
    await expect(page.locator("#silent")).to_contain_text(re.compile(r"Còn \d+ giây"))
    await page.get_by_role("button", name="Tôi còn ở đây").click()
    await page.clock.fast_forward("01:30")
    await expect(page.locator("#silent")).not_to_be_visible()
    await page.clock.fast_forward("00:31")
    await expect(page.get_by_role("button", name="Bắt đầu")).to_be_visible()
    assert await count(site, Device) == 0
    # Killed in the middle: what comes up again is the start page, and nothing is left in the browser.
    await begins(page)
    await says(page, "Tôi đồng ý", "tên của bạn")
    await page.evaluate("localStorage.setItem('sk:x', 'y')")
    lost = [one for one in await page.context.cookies() if one["name"] == "sk_turn"]
    assert lost[0]["expires"] == -1
    await page.context.clear_cookies(name="sk_turn")
    again = await page.context.new_page()
    await again.goto(f"{site.root}/chat/")
    await expect(again.get_by_role("button", name="Bắt đầu")).to_be_visible()
    assert await again.evaluate("localStorage.length") == 0


async def test_what_is_not_sent_yet_is_sent_before_the_turn_ends(site: Served, phones: Phones) -> None:
    phones.allow(r"ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to load resource")
    page = await opens_kiosk(site, phones)
    await signs_in(site, page)
    await says(page, "/sangkien", "tên là gì")
    await page.context.set_offline(True)
    await page.fill("#text", "Xe đẩy phôi")
    await page.click(".composer .send")
    await page.get_by_role("button", name="Xong, đến người sau").click()
    await expect(page.locator("#finish-unsent")).to_contain_text("1 tin chưa gửi")
    await page.locator("#finish-yes").click()
    await expect(page.locator("#curtain")).to_contain_text("Mất mạng")
    await expect(page.locator("#chat")).not_to_be_visible()
    await expect(page.locator("#log")).not_to_contain_text("Hoa")
    # The network is half back: whoever reloads the page meanwhile sees the curtain, and nothing of her chat.
    await page.route("**/chat/send", lambda route: route.abort())
    await page.context.set_offline(False)
    await page.reload()
    await expect(page.locator("#curtain")).to_contain_text("Đang gửi nốt 1 tin")
    await expect(page.locator("#chat")).not_to_be_visible()
    await expect(page.locator("#log")).to_be_empty()
    assert (await page.request.get(f"{site.root}/chat/history?before=99")).status == 401
    await page.unroute("**/chat/send")
    await expect(page.get_by_role("button", name="Bắt đầu")).to_be_visible()
    await begins(page)
    await expect(page.locator("#log")).not_to_contain_text("Xe đẩy")
    # In her chat, not in that of whoever came next.
    async with site.bot.database.read() as session:
        person = await session.scalar(
            select(Person.name)
            .join(Account, Account.person_id == Person.id)
            .join(TranscriptLine, TranscriptLine.account_id == Account.id)
            .where(TranscriptLine.side == "in", TranscriptLine.body["text"].as_string() == "Xe đẩy phôi")
        )
    assert person == "Nguyễn Thị Hoa"


async def test_a_kiosk_fits_the_smallest_phone(site: Served, phones: Phones) -> None:
    page = await opens_kiosk(site, phones, width=320)
    await begins(page)
    await page.get_by_role("button", name="Xong, đến người sau").click()
    await page.get_by_role("button", name="Làm tiếp trên điện thoại của tôi").click()
    await expect(page.locator("#take-picture")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for control in await page.locator("dialog[open] button:visible").all():
        box = await control.bounding_box()
        assert box is not None
        assert box["height"] >= 43
