"""The web chat in a real browser, on a phone's screen."""

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Page, Response, expect
from playwright.async_api import TimeoutError as TooLate
from sqlalchemy import func, select

from bot.clock import FixedClock
from storage.conversation.tables import Inbox
from storage.initiatives.tables import Initiative
from tests.browser import Phones
from tests.everywhere import one_or_all
from tests.web.served import Served, served


@pytest.fixture
def demo_on() -> str:
    """What a page does does not depend on what the server keeps things in; the whole loop is played on both."""
    return "sqlite"


@pytest.fixture
async def site(demo_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    async with served(demo_url, tmp_path, clock=clock) as running:
        yield running


async def opens(phones: Phones, site: Served, who: str, **look: object) -> Page:
    page = await phones.open(**look)  # type: ignore[arg-type]
    await page.goto(f"{site.root}/demo/{who}")
    await expect(page.locator(".line.out").first).to_be_visible()
    return page


async def sees(page: Page, words: str, where: str = ".line.out") -> None:
    """The last of what is there has these words; looked for more often than ``expect`` does, which rests up to a second."""
    try:
        await page.wait_for_function(_LAST_HAS, arg=[where, " ".join(words.split())], polling=20)
    except TooLate:
        await expect(page.locator(where).last).to_contain_text(words)


_LAST_HAS = """([where, words]) => [...document.querySelectorAll(where)].at(-1)
    ?.textContent.replace(/\\s+/g, " ").includes(words)"""


async def says(page: Page, text: str, expected: str) -> None:
    await page.fill("#text", text)
    await page.click(".composer .send")
    await sees(page, expected)


async def taps(page: Page, label: str, expected: str) -> None:
    await page.locator(".choice", has_text=label).last.click()
    await sees(page, expected)


async def submits(page: Page, name: str) -> None:
    await says(page, "/sangkien", "tên là gì")
    await says(page, name, "làm thế nào")
    await says(page, "Hàn tấm gá <script>alert(1)</script> & <b>bốn</b> bạc dẫn", "lĩnh vực")
    await taps(page, "Quản lý", "lần đầu")
    await taps(page, "Hôm qua", "vướng gì")
    await taps(page, "Bỏ qua hết", "xem lại giúp mình")
    await taps(page, "Gửi sáng kiến", "Đã gửi!")


@pytest.mark.parametrize("demo_on", one_or_all(["sqlite", "postgresql"]))
async def test_three_windows_play_the_whole_loop(site: Served, phones: Phones) -> None:
    worker = await opens(phones, site, "cong-nhan")
    support = await opens(phones, site, "to-ho-tro")
    officer = await opens(phones, site, "can-bo")
    await submits(worker, "Đồ gá khoan bốn lỗ")
    # As typed, and nothing of it is run or becomes bold.
    await sees(support, "<script>alert(1)</script> & <b>bốn</b>", "#log")
    await taps(support, "Trả lại", "Vì sao trả lại")
    await taps(support, "Chưa rõ cách làm", "✓ Chưa rõ cách làm")
    await taps(support, "Xong", "Mục nào cần sửa")
    await support.get_by_role("button", name="Bỏ qua").last.click()
    await sees(support, "nhắn thêm")
    await says(support, "Nói rõ cách kẹp nhé", "Đã trả lại")
    await sees(worker, "Nói rõ cách kẹp nhé")
    await taps(worker, "Sửa và gửi lại", "xem lại giúp mình")
    await taps(worker, "✎ Nội dung", "Đang ghi là")
    await says(worker, "Kẹp bằng hai má kẹp", "xem lại giúp mình")
    await taps(worker, "Gửi sáng kiến", "Đã gửi lại")
    await sees(support, "hai má kẹp", "#log")
    await taps(support, "Duyệt", "đã được duyệt")
    await sees(worker, "Chúc mừng")
    await says(officer, "/tiendo", "9.494 / 16.000")
    await taps(officer, "Ảnh tiến độ", "9.494")
    await expect(officer.locator(".picture img").last).to_be_visible()
    # The picture goes with the phone, which turns dark in the evening: nobody has to ask for it.
    assert await ground(officer) > 200
    await officer.emulate_media(color_scheme="dark")
    await officer.wait_for_function(
        "() => document.querySelector('.picture img').currentSrc.includes('media/2')"
    )
    assert await ground(officer) < 60
    await officer.locator(".picture").last.click()
    await officer.wait_for_function("() => document.querySelector('#view-picture').src.includes('media/2')")
    await expect(officer.locator(".choice", has_text="Nền tối")).to_have_count(0)


async def ground(page: Page) -> int:
    """How light the ground of the newest picture is, from 0 to 255."""
    return int(
        await page.locator(".picture img").last.evaluate(
            """async (img) => {
                await img.decode();
                const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
                const pencil = canvas.getContext('2d');
                pencil.drawImage(img, -3, -3);
                return pencil.getImageData(0, 0, 1, 1).data[1];
            }"""
        )
    )


async def test_photos_are_sent_and_seen_by_the_team(site: Served, phones: Phones) -> None:
    worker = await opens(phones, site, "cong-nhan")
    support = await opens(phones, site, "to-ho-tro")
    await says(worker, "/sangkien", "tên là gì")
    await says(worker, "Giá để dụng cụ", "làm thế nào")
    await says(worker, "Hàn giá từ thép thừa", "lĩnh vực")
    await taps(worker, "Quản lý", "lần đầu")
    await taps(worker, "Hôm qua", "vướng gì")
    await says(worker, "bỏ qua", "bao nhiêu tiền")
    await says(worker, "bỏ qua", "ảnh hay tài liệu")
    out = io.BytesIO()
    Image.new("RGB", (200, 100), "teal").save(out, "JPEG")
    files: list[FilePayload] = [
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()},
        {"name": "b.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 ban ve"},
    ]
    await worker.set_input_files("#files", files)
    await sees(worker, "Đã nhận 2 tệp", "#log")
    await expect(worker.locator("#log")).not_to_contain_text("Đã nhận 1 tệp")
    await says(worker, "xong", "Ai cùng làm")
    await says(worker, "bỏ qua hết", "xem lại giúp mình")
    await taps(worker, "Gửi sáng kiến", "Đã gửi!")
    await expect(support.locator(".picture img").last).to_be_visible()
    await expect(support.locator(".document").last).to_have_text("b.pdf")


async def test_what_is_typed_without_network_is_sent_once_when_it_is_back(
    site: Served, phones: Phones
) -> None:
    phones.allow(r"ERR_INTERNET_DISCONNECTED|Failed to load resource")
    page = await opens(phones, site, "cong-nhan", moving=True)
    await says(page, "/sangkien", "tên là gì")
    await page.context.set_offline(True)
    await page.fill("#text", "Xe đẩy phôi")
    await page.click(".composer .send")
    await expect(page.locator(".line.mine")).to_contain_text("Xe đẩy phôi")
    await page.context.set_offline(False)
    await sees(page, "làm thế nào")
    await expect(page.locator(".line.in", has_text="Xe đẩy phôi")).to_have_count(1)
    async with site.bot.database.read() as session:
        seen = await session.scalar(select(func.count()).select_from(Inbox))
    assert seen == 3  # hello, the command, the name


async def test_a_reload_loses_nothing_and_shows_the_same(site: Served, phones: Phones) -> None:
    page = await opens(phones, site, "cong-nhan")
    await says(page, "/sangkien", "tên là gì")
    await page.fill("#text", "viết dở một câu")
    await page.reload()
    await sees(page, "tên là gì")
    await expect(page.locator("#text")).to_have_value("viết dở một câu")


async def test_a_double_tap_sends_once(site: Served, phones: Phones) -> None:
    page = await opens(phones, site, "cong-nhan")
    await submits(page, "Đồ gá khoan bốn lỗ")
    await page.evaluate("""document.querySelectorAll('.choice').forEach(
        (button) => button.textContent.includes('Gửi sáng kiến') && (button.click(), button.click()))""")
    await says(page, "/cuatoi", "Sáng kiến của bạn")
    async with site.bot.database.read() as session:
        count = await session.scalar(select(func.count()).select_from(Initiative))
    assert count == 1


async def test_everything_is_small_and_from_here(site: Served, phones: Phones) -> None:
    page = await phones.open()
    responses: list[Response] = []

    def seen(response: Response) -> None:
        responses.append(response)

    page.on("response", seen)
    await page.goto(f"{site.root}/demo/cong-nhan", wait_until="load")
    await expect(page.locator(".line.out").first).to_be_visible()
    # The stream of events never ends, and a redirect has no body.
    weighed = [one for one in responses if "events" not in one.url and one.status == 200]
    sizes = {one.url: len(await one.body()) for one in weighed}
    assert sizes
    assert sum(sizes.values()) < 150_000, sizes
    assert all(url.startswith(site.root) for url in sizes)


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("dark", [False, True])
async def test_it_fits_any_screen_and_every_control_has_a_name(
    site: Served, phones: Phones, width: int, dark: bool
) -> None:
    page = await opens(phones, site, "cong-nhan", width=width, dark=dark)
    await says(page, "/sangkien", "tên là gì")
    await page.fill("#text", "Tênrấtdài" * 60)
    overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0
    for control in await page.locator("button:visible, textarea, input:visible, a:visible").all():
        box = await control.bounding_box()
        name = await control.evaluate("(el) => el.ariaLabel || el.labels?.[0]?.textContent || el.textContent")
        assert name.strip(), await control.evaluate("(el) => el.outerHTML")
        assert box is not None
        if await control.evaluate("(el) => el.localName !== 'input'"):
            assert box["height"] >= 43, await control.evaluate("(el) => el.outerHTML")
    assert await page.locator("[role=log][aria-live=polite]").count() == 1


async def test_the_menu_works_by_keyboard(site: Served, phones: Phones) -> None:
    page = await opens(phones, site, "cong-nhan", moving=True)
    await page.focus("#menu-open")
    await page.keyboard.press("Enter")
    await expect(page.locator("#menu")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#menu")).not_to_be_visible()


async def test_signing_out_ends_here_and_the_cookie_is_out_of_reach_of_scripts(
    site: Served, phones: Phones
) -> None:
    page = await opens(phones, site, "cong-nhan")
    assert await page.evaluate("document.cookie") == ""
    cookies = await page.context.cookies()
    assert all(one["httpOnly"] for one in cookies)
    assert cookies
    await page.click("#menu-open")
    await page.click("#signout")
    await page.locator("#sure button[value=yes]").click()
    await page.wait_for_url(re.compile(r"/demo$"))
    await page.goto(f"{site.root}/demo/cong-nhan/chat/")
    assert page.url.endswith("/demo")
