"""A session belongs to the browser that proved itself: what planted, old and left-over cookies are worth."""

from collections.abc import AsyncIterator, MutableMapping
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select
from starlette.responses import Response
from yarl import URL

from bot.clock import FixedClock
from bot.config import Settings
from bot.services.act import Act
from bot.services.people import passes
from bot.wiring import build
from storage.people.tables import Account, Device, Person
from tests.web.served import Served, served
from tests.web.test_doors import enters, says, shown, unit, visitor


@pytest.fixture
async def site(demo_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    async with served(demo_url, tmp_path, clock=clock) as running:
        yield running


def cookie_of(browser: aiohttp.ClientSession) -> str:
    return next(cookie.value for cookie in browser.cookie_jar if cookie.key == "sk")


def with_cookie(site: Served, value: str) -> aiohttp.ClientSession:
    """Another browser, into which somebody put this cookie."""
    browser = visitor()
    browser.cookie_jar.update_cookies(SimpleCookie({"sk": value}), URL(site.root))
    return browser


async def is_in(site: Served, browser: aiohttp.ClientSession) -> bool:
    async with browser.get(f"{site.root}/chat/history?before=99999") as answer:
        assert answer.status in (200, 401)
        return answer.status == 200


async def device_code_of(site: Served, name: str) -> str:
    async with site.bot.database.write() as session:
        person = (await session.scalars(select(Person).where(Person.name == name))).one()
        code, _ = await passes.for_device(Act(session, site.bot.clock.now(), person.id), person.id)
    return code


@pytest.mark.attack("A cookie planted while somebody was a guest becomes theirs when they register")
async def test_who_planted_a_guests_cookie_is_out_when_they_register(site: Served) -> None:
    home = await unit(site)
    async with visitor() as victim:
        await enters(victim, f"{site.root}/i/{home.join_code}")
        planted = cookie_of(victim)
        async with with_cookie(site, planted) as thief:
            assert await is_in(site, thief)
            await shown(site, victim, "đồng ý")
            await says(site, victim, "Tôi đồng ý", "key-00000001")
            await says(site, victim, "Phạm Văn Tí", "key-00000002")
            await shown(site, victim, "Phạm Văn Tí</b> ơi")
            assert cookie_of(victim) != planted
            assert await is_in(site, victim)
            assert not await is_in(site, thief)
            assert await says(site, thief, "Xoá hết", "key-00000003") == 401


@pytest.mark.attack("A cookie planted in a browser becomes that of who comes in there by a code")
async def test_who_planted_a_cookie_is_out_when_somebody_comes_in_by_a_code(site: Served) -> None:
    home = await unit(site)
    async with visitor() as victim:
        await enters(victim, f"{site.root}/i/{home.join_code}")
        async with with_cookie(site, cookie_of(victim)) as thief:
            await shown(site, victim, "đồng ý")
            code = await device_code_of(site, "Nguyễn Thị Hoa")
            await says(site, victim, code, "key-00000001")
            await shown(site, victim, "Chào <b>Nguyễn Thị Hoa</b>")
            assert await is_in(site, victim)
            assert not await is_in(site, thief)


async def test_an_answer_that_is_lost_with_its_cookie_leaves_nobody_outside(site: Served) -> None:
    home = await unit(site)
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{home.join_code}")
        await shown(site, browser, "đồng ý")
        await says(site, browser, "Tôi đồng ý", "key-00000001")
        before = cookie_of(browser)
        await says(site, browser, "Phạm Văn Tí", "key-00000002")
    # The network died before the answer arrived; the page sends the same once more.
    async with with_cookie(site, before) as browser:
        assert await says(site, browser, "Phạm Văn Tí", "key-00000002") == 200
        assert cookie_of(browser) != before
        assert await is_in(site, browser)
    async with with_cookie(site, before) as thief:
        assert await says(site, thief, "Xin chào", "key-00000009") == 401


@pytest.mark.attack("A session of years ago is still good")
@pytest.mark.parametrize(("days", "used_after"), [(181, 30), (61, 61)], ids=["old", "unused"])
async def test_a_session_lapses_by_age_and_by_not_being_used(
    site: Served, clock: FixedClock, days: int, used_after: int
) -> None:
    home = await unit(site)
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{home.join_code}")
        for _ in range(days // used_after):
            assert await is_in(site, browser)
            clock.advance(timedelta(days=used_after))
        clock.advance(timedelta(days=days % used_after))
        assert not await is_in(site, browser)


@pytest.mark.attack("After signing out a photo opens from the browser's cache")
async def test_a_photo_is_asked_for_anew_each_time(site: Served) -> None:
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{(await unit(site)).join_code}")
        async with site.bot.database.read() as session:
            account = (await session.scalars(select(Account).join(Device))).one()
        media_id = await site.bot.chat.media.keep(b"a picture", "image/jpeg")
        address = f"{site.root}/chat/media/{media_id}.{site.bot.chat.sign(account, media_id)}"
        async with browser.get(address) as seen:
            assert (seen.status, seen.headers["cache-control"]) == (200, "private, no-cache")
            tag = seen.headers["etag"]
        async with browser.get(address, headers={"If-None-Match": tag}) as again:
            assert again.status == 304
        async with browser.post(f"{site.root}/chat/signout", headers={"X-Requested-With": "chat"}) as answer:
            assert answer.headers["clear-site-data"] == '"cache"'
        async with browser.get(address, headers={"If-None-Match": tag}) as late:
            assert late.status == 404


@pytest.mark.attack("Another site's name leads to the bot, and its pages read what is answered")
async def test_a_foreign_host_is_refused(site: Served) -> None:
    async with visitor() as browser:
        for host, status in (
            ("evil.example", 421), ("evil.example:8080", 421), ("127.0.0.1@evil.example", 421), ("", 421), ("[", 421),
            ("localhost", 200), ("192.168.1.20:8080", 200),
        ):  # fmt: skip
            async with browser.get(f"{site.root}/", headers={"Host": host}) as answer:
                assert answer.status == (status if status == 421 else 200), host
        async with browser.get(f"{site.root}/health", headers={"Host": "10.0.0.7"}) as answer:
            assert answer.status == 200


@pytest.mark.attack("Without HTTPS somebody puts a cookie into a browser that HTTPS believes")
async def test_over_https_cookies_are_ours_alone_and_browsers_stay_there(
    database_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    settings = Settings(
        database={"url": database_url},
        media={"folder": tmp_path / "media"},
        web={"public_url": "https://sangkien.example.vn"},
    )
    bot = await build(settings, is_demo=False, clock=clock)
    asked = {"type": "http", "path": "/", "headers": [(b"host", b"sangkien.example.vn")], "method": "GET"}
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await bot.asgi()({**asked, "query_string": b"", "scheme": "http", "root_path": ""}, receive, send)
    headers = dict(sent[0]["headers"])
    assert headers[b"strict-transport-security"].startswith(b"max-age=")
    assert headers[b"cross-origin-opener-policy"] == b"same-origin"
    sent.clear()
    # The machine's number is no name of ours, once we have one.
    numbered = {**asked, "query_string": b"", "headers": [(b"host", b"192.168.1.20")]}
    await bot.asgi()(numbered, receive, send)
    assert sent[0]["status"] == 421
    response = Response()
    bot.chat.devices.give(response, "x" * 40)
    name, *rest = response.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-sk=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=lax"} <= set(rest)
    assert not [one for one in rest if one.startswith("Domain")]
    await bot.database.close()


@pytest.mark.attack("A number that no database holds, in an address, writes pages of log")
async def test_a_number_that_no_database_holds_is_no_address(site: Served) -> None:
    async with visitor() as browser:
        for path in (f"media/{10**30}.abc", f"media/{10**18}.abc", f"file/{2**63}/0", f"file/1/{10**40}"):
            async with browser.get(f"{site.root}/chat/{path}") as answer:
                assert answer.status == 404, path
        await enters(browser, f"{site.root}/i/{(await unit(site)).join_code}")
        async with browser.post(
            f"{site.root}/chat/send",
            json={"key": "key-00000001", "action": "menu", "line": 10**30},
            headers={"X-Requested-With": "chat"},
        ) as answer:
            assert answer.status == 400
