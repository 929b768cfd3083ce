"""A kiosk on the wire: who makes a browser one, when a turn ends, and what its token opens then."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.clock import FixedClock
from bot.services.act import Act
from bot.services.people import kiosks
from bot.texts import Texts
from storage.people.tables import Account, Device, Kiosk
from storage.units.tables import Unit
from tests.web.kiosks import OURS, count, device_code, kiosk_code, status
from tests.web.served import Served, served
from tests.web.test_doors import visitor


@pytest.fixture
async def site(demo_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    async with served(demo_url, tmp_path, clock=clock) as running:
        yield running


async def becomes_kiosk(site: Served, browser: aiohttp.ClientSession) -> None:
    async with browser.post(f"{site.root}/i/{await kiosk_code(site)}") as page:
        assert page.status == 200
        assert "Máy dùng chung" in await page.text()


async def begins(site: Served, browser: aiohttp.ClientSession) -> dict[str, str]:
    """A turn; gives the cookies that it is done with."""
    async with browser.post(f"{site.root}/kiosk/start") as page:
        assert str(page.url) == f"{site.root}/chat/"
        assert page.headers["Cache-Control"] == "no-store"
        assert "Xong, đến người sau" in await page.text()
    return {cookie.key: cookie.value for cookie in browser.cookie_jar}


# ---------------------------------------------------------------- making one


async def test_a_browser_is_a_kiosk_only_after_a_yes_on_its_own_page(site: Served) -> None:
    code = await kiosk_code(site)
    door = f"{site.root}/i/{code}"
    async with visitor() as browser:
        async with browser.get(door) as page:
            assert page.status == 200
            assert "Rạng Đông" in await page.text()
        assert await count(site, Kiosk) == 0  # a preview of the link makes none
        async with browser.post(f"{site.root}/enter", data={"code": code}) as page:
            assert str(page.url) == door  # typed, it asks first too
        for forged in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://kexau.example"},
            {"Origin": "null"},
        ):
            async with browser.post(door, headers=forged) as page:
                assert "Máy dùng chung" not in await page.text()
        assert await count(site, Kiosk) == 0
        async with browser.post(door, headers={"Sec-Fetch-Site": "same-origin"}) as page:
            assert "Bắt đầu" in await page.text()
        # For one use.
        async with visitor() as other, other.post(door) as page:
            assert page.status == 404
    assert await count(site, Kiosk) == 1


async def test_a_revoked_kiosk_is_an_ordinary_browser_again(site: Served) -> None:
    async with visitor() as browser:
        await becomes_kiosk(site, browser)
        cookies = await begins(site, browser)
        assert await status(site, cookies, "history?before=99") == 200
        async with site.bot.database.write() as session:
            kiosk = await session.scalar(select(Kiosk.id))
            assert kiosk is not None
            await kiosks.revoke(Act(session, site.bot.clock.now(), None), kiosk)
        assert await status(site, cookies, "history?before=99") == 401
        async with browser.post(f"{site.root}/kiosk/start") as page:
            assert str(page.url) == f"{site.root}/demo"
        async with browser.post(f"{site.root}/i/{await device_code(site)}") as page:
            assert str(page.url) == f"{site.root}/chat/"
            assert "Xong, đến người sau" not in await page.text()


# ---------------------------------------------------------------- turns


async def test_a_turn_ends_on_the_server_by_silence_whatever_the_browser_does(
    site: Served, clock: FixedClock
) -> None:
    async with visitor() as browser:
        await becomes_kiosk(site, browser)
        cookies = await begins(site, browser)
        clock.advance(kiosks.SILENCE)
        assert await status(site, cookies, "touch", post=True) == 200
        clock.advance(kiosks.SILENCE + kiosks.GRACE)
        assert await status(site, cookies, "history?before=99") == 200
        # What is merely read, or comes from a queue by itself, is no sign of life.
        assert await status(site, cookies, "send", post=True) == 200
        clock.advance(timedelta(seconds=1))
        for path, post in (("send", True), ("touch", True), ("take", True), ("end", True)):
            assert await status(site, cookies, path, post=post) == 401
        assert await status(site, cookies, "history?before=99") == 401
        async with browser.get(f"{site.root}/") as page:
            assert str(page.url) == f"{site.root}/chat/"
            assert "Rạng Đông" not in await page.text()
        # What the browser held without network is taken from the page of its person, until the longer time is over.
        clock.advance(kiosks.LONGEST_WAIT - timedelta(seconds=1))
        async with site.bot.database.read() as session:
            made_for = {**OURS, "X-Account": str(await session.scalar(select(Account.external_id)))}
        message = {"key": "key-00000002", "text": "menu"}
        for advance, expected in ((0, 200), (1, 401)):
            clock.advance(timedelta(seconds=advance))
            async with browser.post(f"{site.root}/chat/send", json=message, headers=made_for) as answer:
                assert answer.status == expected
        async with browser.get(f"{site.root}/chat/") as page:
            assert "Bắt đầu" in await page.text()
        # Of a session that no browser can hand over anything of, nothing stays.
        assert await count(site, Device) == 0


async def test_who_has_left_is_shown_to_nobody_while_the_browser_hands_over_what_it_holds(
    site: Served,
) -> None:
    async with visitor() as browser:
        await becomes_kiosk(site, browser)
        cookies = await begins(site, browser)
        async with site.bot.database.read() as session:
            name = str(await session.scalar(select(Account.external_id)))
        made_for = {**OURS, "X-Account": name}
        async with browser.get(f"{site.root}/chat/events?after=0") as stream:
            async with browser.post(f"{site.root}/chat/leave", headers=made_for) as answer:
                assert answer.status == 200
            assert "signed_out" in await stream.text()
        for path, post in (("history?before=99", False), ("touch", True), ("take", True), ("send", True)):
            assert await status(site, cookies, path, post=post) == 401
        assert await status(site, cookies, "media/1." + "0" * 32) == 404
        async with browser.get(f"{site.root}/") as page:
            assert "Đang chuyển sang người sau" in await page.text()
        async with site.bot.database.read() as session:
            assert await session.scalar(select(Account.closed_at)) is not None
        message = {"key": "key-00000002", "text": "menu"}
        for account, expected in (("0" * 24, 401), (name, 200)):
            made_for = {**OURS, "X-Account": account}
            async with browser.post(f"{site.root}/chat/send", json=message, headers=made_for) as answer:
                assert answer.status == expected
        async with browser.post(f"{site.root}/chat/end", headers=made_for) as answer:
            assert answer.status == 200
        async with browser.post(f"{site.root}/chat/send", json=message, headers=made_for) as answer:
            assert answer.status == 401
    assert await count(site, Device) == 0


async def test_the_next_one_ends_the_turn_before_and_its_token_opens_nothing(site: Served) -> None:
    async with visitor() as browser:
        await becomes_kiosk(site, browser)
        first = await begins(site, browser)
        second = await begins(site, browser)
        assert first["sk_turn"] != second["sk_turn"]
        assert await status(site, first, "history?before=99") == 401
        assert await status(site, second, "history?before=99") == 200
        # A turn's token is worth nothing away from its kiosk, nor as the cookie of a browser of one's own.
        assert await status(site, {"sk_turn": second["sk_turn"]}, "history?before=99") == 401
        assert await status(site, {"sk": second["sk_turn"]}, "history?before=99") == 401
        async with browser.post(f"{site.root}/chat/end", headers=OURS) as answer:
            assert answer.status == 200
            assert answer.headers["Clear-Site-Data"] == '"storage"'
        assert await status(site, second, "history?before=99") == 401
    # Neither wrote anything: nothing is kept of them.
    assert await count(site, Device) == 0
    assert await count(site, Account) == 0


async def test_a_page_left_over_in_another_window_cannot_write_in_the_next_ones_name(site: Served) -> None:
    async with visitor() as browser:
        await becomes_kiosk(site, browser)
        names = []
        for _ in range(2):
            await begins(site, browser)
            async with site.bot.database.read() as session:
                # The first has left nothing, so her row's number may be the second's now.
                names.append(await session.scalar(select(Account.external_id)))
        for name, expected in zip(names, (401, 200), strict=True):
            message = {"key": "key-00000001", "text": "menu"}
            made_for = {**OURS, "X-Account": str(name)}
            async with browser.post(f"{site.root}/chat/send", json=message, headers=made_for) as answer:
                assert answer.status == expected


async def test_wrong_codes_at_a_kiosk_lock_out_neither_a_turn_nor_the_workshop(site: Served) -> None:
    home = await device_code(site)
    async with visitor() as browser:
        await becomes_kiosk(site, browser)
        answers = []
        for number in range(12):
            async with browser.post(f"{site.root}/kiosk/enter", data={"code": f"AAAAAA{number:04d}"}) as page:
                answers.append(page.status)
        assert answers == [404] * 10 + [429] * 2
        await begins(site, browser)
        async with visitor() as phone, phone.post(f"{site.root}/enter", data={"code": home}) as page:
            assert page.status == 200


async def test_a_shift_scans_the_poster_from_one_address_whoever_guesses_there(site: Served) -> None:
    async with site.bot.database.read() as session:
        home = await session.scalar(select(Unit).where(Unit.code == "RALACO"))
    assert home is not None
    async with visitor() as prankster:
        for number in range(12):
            async with prankster.post(f"{site.root}/enter", data={"code": f"AAAAAA{number:04d}"}):
                pass
    for _ in range(25):
        async with visitor() as browser, browser.get(f"{site.root}/i/{home.join_code}") as page:
            assert page.status == 200
            assert home.name in await page.text()


async def test_a_kiosks_chat_is_no_way_in_for_who_holds_a_role(site: Served) -> None:
    async with visitor() as home, home.get(f"{site.root}/demo/to-ho-tro") as page:
        assert page.status == 200
    code = await device_code(site, "Trần Văn Minh")
    async with visitor() as browser:
        await becomes_kiosk(site, browser)
        async with browser.post(f"{site.root}/kiosk/enter", data={"code": code}) as page:
            assert page.status == 404
            assert "điện thoại của mình cho an toàn" in await page.text()
        cookies = await begins(site, browser)
        async with browser.post(
            f"{site.root}/chat/send", json={"key": "key-00000001", "text": f"/ma {code}"}, headers=OURS
        ) as answer:
            assert answer.status == 200
        assert await status(site, cookies, "history?before=99") == 401


def test_what_sentences_at_a_kiosk_say_to_press_is_what_the_buttons_say() -> None:
    for language in ("vi", "en"):
        say = Texts.load().say(language)
        buttons = {str(say(key)) for key in ("kiosk.make", "kiosk.finish", "me.device")}
        sentences = " ".join(say.under("kiosk").values())
        assert set(re.findall(r"“(.+?)”", sentences)) == buttons
        assert say("me.device") == say("web.go.device")
