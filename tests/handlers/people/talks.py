"""What conversations about oneself begin with: codes, one's own data, two registrations."""

import re

from bot.services.people import passes
from storage.people.tables import Account
from tests.handlers.talks import open_form
from tests.talk import Seen, Stage, WebPerson

WRONG = "23456BCFGH"
WEB = "web"


def code_in(text: str) -> str:
    found = re.search(r"[2-9BCFGHJKMNPQRSTVXZ]{10}", text)
    assert found, text
    return found[0]


async def shows_code(person: WebPerson) -> str:
    return code_in((await person.says("/thietbi")).text)


async def guests_code(bot: Stage, guest: WebPerson) -> str:
    """The code of what a guest has begun."""
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_device(bot.act(session, guest), guest.account.person_id)
    return code


async def who_is(bot: Stage, person: WebPerson) -> int:
    async with bot.bot.database.read() as session:
        return (await session.get_one(Account, person.account.id)).person_id


async def step(bot: Stage, person: WebPerson) -> str:
    form = await open_form(bot, person)
    return str(form["step"]) if form else ""


async def chooses(person: WebPerson, label: str) -> Seen:
    """One of the choices of one's own data."""
    return await person.taps(label, await person.says("/toi"))


async def erases(person: WebPerson) -> Seen:
    await chooses(person, "Xoá dữ liệu của tôi")
    await person.sees("Không lấy lại được")
    return await person.taps("Xoá hết")


async def twice(bot: Stage) -> tuple[WebPerson, WebPerson]:
    """Registered at the workshop's web page, and later on their own phone."""
    first = await bot.person("Nguyễn Thị Nga", channel=WEB)
    return first, await bot.person("Nga Nguyễn", unit="RALACO-X2")
