"""What tests of kiosks begin with: codes, and requests with cookies from wherever."""

import aiohttp
from sqlalchemy import func, select

from bot.services.act import Act
from bot.services.people import kiosks, passes
from storage.people.tables import Person
from storage.units.tables import Unit
from tests.web.served import Served

OURS = {"X-Requested-With": "chat"}


async def kiosk_code(site: Served, unit: str = "RALACO") -> str:
    async with site.bot.database.write() as session:
        found = await session.scalar(select(Unit.id).where(Unit.code == unit))
        assert found is not None
        code, _ = await kiosks.make_pass(Act(session, site.bot.clock.now(), None), found)
    return code


async def device_code(site: Served, name: str = "Nguyễn Thị Hoa") -> str:
    async with site.bot.database.write() as session:
        person = await session.scalar(select(Person.id).where(Person.name == name))
        assert person is not None
        code, _ = await passes.for_device(Act(session, site.bot.clock.now(), person), person)
    return code


async def count(site: Served, table: type) -> int:
    async with site.bot.database.read() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def status(site: Served, cookies: dict[str, str], path: str, *, post: bool = False) -> int:
    """What a request with these cookies is answered, wherever they come from."""
    async with aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        body = {"key": "key-00000001", "text": "menu"} if path == "send" else None
        call = session.post if post else session.get
        async with call(f"{site.root}/chat/{path}", json=body, headers=OURS, allow_redirects=False) as answer:
            return answer.status
