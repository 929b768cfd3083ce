"""The ways into the web chat: a poster, an invite, a code from another device; and what is refused at the door."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select
from starlette.requests import Request

from bot.clock import FixedClock
from bot.services.act import Act
from bot.services.people import passes
from bot.services.people.appointing import ROLE
from bot.services.telling import tell_people
from bot.web.tries import Tries, address
from storage.delivery.reach import WAITS
from storage.delivery.tables import Outbox
from storage.people.tables import Account, Device, Person, Role, RoleGrant
from storage.units.tables import Unit
from tests.web.kiosks import device_code
from tests.web.served import Served, served


@pytest.fixture
async def site(demo_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    async with served(demo_url, tmp_path, clock=clock) as running:
        yield running


def visitor() -> aiohttp.ClientSession:
    """A browser with its own cookies, those of an address in numbers too; nothing that it waits for takes long."""
    patience = aiohttp.ClientTimeout(total=20)
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=patience)


async def shown(site: Served, browser: aiohttp.ClientSession, upto: str) -> list[str]:
    """What the live stream tells until something is said."""
    told: list[str] = []
    async with browser.get(f"{site.root}/chat/events?after=0") as stream:
        async for raw in stream.content:
            line = raw.decode().strip()
            if line.startswith("data: ") and '"text"' in line:
                told.append(json.loads(line[6:])["text"])
                if upto in told[-1]:
                    return told
    raise AssertionError(f"{upto!r} was not said: {told}")


async def says(site: Served, browser: aiohttp.ClientSession, text: str, key: str) -> int:
    async with browser.post(
        f"{site.root}/chat/send", json={"key": key, "text": text}, headers={"X-Requested-With": "chat"}
    ) as answer:
        return answer.status


async def enters(browser: aiohttp.ClientSession, door: str) -> None:
    async with browser.post(door) as page:
        assert str(page.url).endswith("/chat/")


async def unit(site: Served) -> Unit:
    async with site.bot.database.read() as session:
        found = await session.scalar(select(Unit).where(Unit.code == "RALACO"))
    assert found is not None
    return found


async def test_a_poster_leads_into_the_chat_with_the_unit_known(site: Served) -> None:
    home = await unit(site)
    async with visitor() as browser:
        async with browser.get(f"{site.root}/i/{home.join_code.lower()}") as page:
            assert page.status == 200
            assert home.name in await page.text()
        async with site.bot.database.read() as session:
            before = await session.scalar(select(func.count()).select_from(Account))
        # Looking at the page made nobody: link previews look too.
        assert before == 0
        async with browser.post(f"{site.root}/i/{home.join_code}") as page:
            assert page.status == 200
            assert str(page.url).endswith("/chat/")
        told = await shown(site, browser, "đồng ý")
        assert any("Rạng Đông" in text for text in told)
        assert await says(site, browser, "Tôi đồng ý", "key-00000001") == 200
        assert await says(site, browser, "Phạm Văn Tí", "key-00000002") == 200
        await shown(site, browser, "Phạm Văn Tí</b> ơi")
    async with site.bot.database.read() as session:
        person = await session.scalar(select(Person).where(Person.name == "Phạm Văn Tí"))
    assert person is not None
    assert person.unit_id == home.id


async def test_a_device_code_opens_the_same_chat_elsewhere_once(site: Served) -> None:
    async with site.bot.database.write() as session:
        worker = await session.scalar(select(Person).where(Person.name == "Nguyễn Thị Hoa"))
        assert worker is not None
        code, _ = await passes.for_device(Act(session, site.bot.clock.now(), worker.id), worker.id)
    async with visitor() as browser, browser.post(f"{site.root}/enter", data={"code": code.lower()}) as page:
        assert str(page.url).endswith("/chat/")
        assert "Rạng Đông" in await page.text()
    async with visitor() as stranger, stranger.post(f"{site.root}/enter", data={"code": code}) as page:
        assert page.status == 404


async def test_looking_at_the_page_of_a_device_code_uses_nothing_up(site: Served) -> None:
    async with site.bot.database.write() as session:
        worker = await session.scalar(select(Person).where(Person.name == "Nguyễn Thị Hoa"))
        assert worker is not None
        code, _ = await passes.for_device(Act(session, site.bot.clock.now(), worker.id), worker.id)
    for _ in range(2):
        async with visitor() as phone, phone.get(f"{site.root}/i/{code.lower()}") as page:
            assert page.status == 200
            # Nobody goes into another's account unawares.
            assert "Đây là tài khoản của <b>Nguyễn Thị Hoa" in await page.text()
    async with visitor() as phone:
        await enters(phone, f"{site.root}/i/{code}")
        await shown(site, phone, "Nguyễn Thị Hoa")
    async with visitor() as late, late.get(f"{site.root}/i/{code}") as page:
        assert page.status == 404


async def test_a_device_code_on_the_web_leads_to_the_question_that_is_open(site: Served) -> None:
    home = await unit(site)
    async with visitor() as first, visitor() as second:
        await enters(first, f"{site.root}/i/{home.join_code}")
        await shown(site, first, "đồng ý")
        for number, said in enumerate(("Tôi đồng ý", "Phạm Văn Tí", "/thietbi", "/sangkien")):
            await says(site, first, said, f"key-0000000{number}")
        told = "\n".join(await shown(site, first, "tên là gì"))
        found = re.search(r"máy khác: <b>(\w{10})</b>", told)
        assert found
        await enters(second, f"{site.root}/i/{found[1]}")
        await shown(site, second, "Chào <b>Phạm Văn Tí</b>! Mình viết tiếp bản đang dở nhé.")


async def test_an_invite_with_a_role_gives_it_once(site: Served) -> None:
    home = await unit(site)
    async with site.bot.database.write() as session:
        code, _ = await passes.invite(Act(session, site.bot.clock.now(), None), home.id, Role.SUPPORT)
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{code}")
        await shown(site, browser, "đồng ý")
        await says(site, browser, "Tôi đồng ý", "key-00000001")
        await says(site, browser, "Võ Thị Sáu", "key-00000002")
        await shown(site, browser, "Võ Thị Sáu</b> ơi")
    async with site.bot.database.read() as session:
        roles = (
            await session.scalars(
                select(RoleGrant.role)
                .join(Person, Person.id == RoleGrant.person_id)
                .where(Person.name == "Võ Thị Sáu")
            )
        ).all()
    assert roles == [Role.SUPPORT]
    async with visitor() as late, late.post(f"{site.root}/i/{code}") as page:
        assert page.status == 404


async def test_codes_cannot_be_guessed_for_long(site: Served) -> None:
    async with visitor() as browser:
        answers = []
        for number in range(12):
            async with browser.post(f"{site.root}/enter", data={"code": f"AAAAAA{number:04d}"}) as page:
                answers.append(page.status)
        assert answers == [404] * 10 + [429] * 2
        # Nobody who has a good code is held up by that, whoever guesses behind the same address.
        async with site.bot.database.write() as session:
            worker = await session.scalar(select(Person).where(Person.name == "Nguyễn Thị Hoa"))
            assert worker is not None
            code, _ = await passes.for_device(Act(session, site.bot.clock.now(), worker.id), worker.id)
        async with browser.post(f"{site.root}/enter", data={"code": code}) as page:
            assert str(page.url).endswith("/chat/")


async def test_posters_of_units_that_are_no_more_close_no_door(site: Served) -> None:
    async with visitor() as browser:
        for number in range(12):
            async with browser.get(f"{site.root}/i/ZZZZ{number:02d}") as page:
                assert page.status == 404
        async with browser.post(f"{site.root}/enter", data={"code": "AAAAAA1234"}) as page:
            assert page.status == 404


def test_one_place_never_closes_another_and_an_ipv6_network_is_one_place(clock: FixedClock) -> None:
    tries = Tries(clock)
    for number in range(Tries.PLACES + 5):
        assert not tries.was_wrong(f"10.0.{number >> 8}.{number & 255}")
    places = {
        address(Request({"type": "http", "client": (host, 1)})) for host in ("2001:db8::1", "2001:db8::ffff")
    }
    assert len(places) == 1
    for host, place in (
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
    ):
        assert address(Request({"type": "http", "client": (host, 1)})) == place
    found = [tries.was_wrong(place) for place in places for _ in range(Tries.WRONG + 1)]
    assert found == [False] * Tries.WRONG + [True]
    clock.advance(Tries.WINDOW + timedelta(seconds=1))
    assert not tries.was_wrong(places.pop())


async def test_nothing_is_done_for_another_sites_page_or_for_nobody(site: Served) -> None:
    home = await unit(site)
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{home.join_code}")
        message = {"key": "key-00000001", "text": "menu"}
        async with browser.post(f"{site.root}/chat/send", json=message) as answer:
            assert answer.status == 403
    async with visitor() as nobody:
        assert await says(site, nobody, "menu", "key-00000001") == 401
        async with nobody.get(f"{site.root}/chat/media/1.{'0' * 32}") as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 400),
        (b"[" * 30_000, 400),
        (b'{"key": "key-00000001", "text": "' + b"x" * 10_001 + b'"}', 413),
        (b'{"key": "key-00000001", "text": "' + b"x" * 70_000 + b'"}', 413),
        (b'{"key": "k", "text": "hi"}', 400),
        (b'{"key": "key-00000001", "action": "' + b"x" * 65 + b'"}', 400),
        (b'{"key": "key-00000001"}', 400),
    ],
)
async def test_a_message_that_is_none_is_refused_with_words(site: Served, body: bytes, status: int) -> None:
    home = await unit(site)
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{home.join_code}")
        async with browser.post(
            f"{site.root}/chat/send", data=body, headers={"X-Requested-With": "chat"}
        ) as answer:
            assert answer.status == status
            assert re.search(r"\w", (await answer.json())["error"])


async def test_what_is_kept_of_a_cookie_is_no_cookie(site: Served) -> None:
    home = await unit(site)
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{home.join_code}")
        token = next(cookie.value for cookie in browser.cookie_jar if cookie.key == "sk")
    async with site.bot.database.read() as session:
        kept = (await session.scalars(select(Device.digest))).all()
    assert token.encode() not in kept


async def test_who_signs_out_is_told_nothing_there_until_they_come_again(site: Served) -> None:
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{await device_code(site)}")
        await shown(site, browser, "Nguyễn Thị Hoa")
        async with browser.post(f"{site.root}/chat/signout", headers={"X-Requested-With": "chat"}) as answer:
            assert answer.status == 200
    async with site.bot.database.write() as session:
        worker = await session.scalar(select(Person.id).where(Person.name == "Nguyễn Thị Hoa"))
        assert worker is not None
        act = Act(session, site.bot.clock.now(), None)
        await tell_people(act, [worker], ROLE, "given", given=True, role="support", unit="Phân xưởng A")
    await told_by_now(site)
    async with site.bot.database.read() as session:
        assert (await session.scalars(select(Outbox.error).where(Outbox.person_id == worker))).all() == [
            WAITS
        ]

    async with visitor() as another:
        await enters(another, f"{site.root}/i/{await device_code(site)}")
        await told_by_now(site)
        await shown(site, another, "Phân xưởng A")


async def told_by_now(site: Served) -> None:
    """Whatever is due has been sent, or found that it cannot be."""
    while await site.bot.sender.round():
        pass


async def test_who_is_signed_in_is_seen_at_the_door_and_asked_what_anothers_code_shall_do(
    site: Served,
) -> None:
    home = await unit(site)
    async with site.bot.database.write() as session:
        worker = await session.scalar(select(Person).where(Person.name == "Nguyễn Thị Hoa"))
        assert worker is not None
        code, _ = await passes.for_device(Act(session, site.bot.clock.now(), worker.id), worker.id)
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{home.join_code}")
        await shown(site, browser, "đồng ý")
        await says(site, browser, "Tôi đồng ý", "key-00000001")
        await says(site, browser, "Phạm Văn Tí", "key-00000002")
        await shown(site, browser, "Phạm Văn Tí</b> ơi")
        async with browser.get(f"{site.root}/") as page:
            assert str(page.url) == f"{site.root}/chat/"
        async with browser.get(f"{site.root}/i/{code}") as page:
            assert "<b>Phạm Văn Tí</b> đang đăng nhập" in await page.text()
        before = {cookie.key: cookie.value for cookie in browser.cookie_jar}
        await enters(browser, f"{site.root}/i/{code}")
        assert {cookie.key: cookie.value for cookie in browser.cookie_jar} == before
        await shown(site, browser, "tự gõ mã vào đây")
        # Somebody to be in the demo is beside them, not in their place.
        async with browser.get(f"{site.root}/demo/can-bo") as page:
            assert str(page.url) == f"{site.root}/demo/can-bo/chat/"
        async with browser.post(
            f"{site.root}/demo/can-bo/chat/signout", headers={"X-Requested-With": "chat"}
        ) as answer:
            assert answer.status == 200
        async with browser.get(f"{site.root}/demo/can-bo/chat/") as page:
            assert str(page.url) == f"{site.root}/chat/"
