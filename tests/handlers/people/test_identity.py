"""Nobody becomes somebody else: what a link, a code or a planted place can and cannot do."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.screens.people.actions import EndAccount, JoinAs, MergeInto
from bot.services.people import accounts
from storage.people import devices
from storage.people.tables import Account, Device, Role
from tests.handlers.people.talks import WEB, guests_code, shows_code, twice, who_is
from tests.handlers.talks import goes, labels, submits
from tests.talk import Stage, WebPerson


@pytest.mark.attack("A guest's link makes whoever presses it the guest's phone too")
@pytest.mark.parametrize("role", [None, Role.OFFICER])
async def test_a_guests_code_makes_nobody_theirs(bot: Stage, role: Role | None) -> None:
    """A guest at a shared phone goes on at their own, takes another code there, and sends its link around."""
    shared = await bot.guest(channel=WEB)
    await goes(shared, ("chào", "đồng ý"))
    thief = await bot.guest()
    await thief.says(await guests_code(bot, shared))
    victim = await bot.person("Nguyễn Thị Nga", role=role)
    code = await guests_code(bot, thief)

    for answer in (await victim.starts(code), await victim.says(f"/ma {code}")):
        assert "chưa đăng ký" in answer.text
        assert "đừng làm gì cả" in answer.text
    assert await who_is(bot, thief) != victim.account.person_id
    assert await accounts_of(bot, victim) == [victim.account.id]


@pytest.mark.attack("A link swallows the registration of whoever presses it")
async def test_no_link_joins_two_who_are_registered(bot: Stage) -> None:
    thief, victim = await twice(bot)
    number = await submits(bot, victim, "Xe đẩy ba tầng")
    code = await shows_code(thief)
    assert "tự gõ mã" in (await victim.starts(code)).text
    assert await who_is(bot, victim) == victim.account.person_id
    # Typed by hand, it is said who the other one is, since when, and where.
    asked = await victim.says(f"/ma {code}")
    for shown in ("Nguyễn Thị Nga", "đăng ký ngày", "trang web", "đừng gộp"):
        assert shown in asked.text
    assert "Xe đẩy ba tầng" not in "".join(labels(await thief.says("/cuatoi")))
    assert number


@pytest.mark.attack("A link signs somebody in to the account of an officer")
async def test_a_role_is_opened_by_no_link(bot: Stage) -> None:
    officer, guest = await bot.person("Trần Văn Minh", role=Role.OFFICER, channel=WEB), await bot.guest()
    seen = await officer.says("/thietbi")
    assert "gõ bằng tay" in seen.text
    assert (seen.pictures, [label for label in labels(seen) if "Mở bằng" in label]) == (0, [])
    code = await shows_code(officer)
    assert "gõ mã bằng tay" in (await guest.starts(code)).text
    assert "gõ mã bằng tay" in (await guest.presses(JoinAs(code).pack())).text
    assert await who_is(bot, guest) != officer.account.person_id
    await guest.says(code)
    assert await who_is(bot, guest) == officer.account.person_id


@pytest.mark.attack("A link puts somebody into another's account unawares")
async def test_who_comes_by_a_link_is_asked_whose_account_it_is(bot: Stage) -> None:
    owner, guest = await bot.person("Nguyễn Thị Nga", channel=WEB), await bot.guest()
    code = await shows_code(owner)
    asked = await guest.starts(code)
    assert "Nguyễn Thị Nga" in asked.text
    assert await who_is(bot, guest) != owner.account.person_id
    await guest.taps("Không phải tôi", asked)
    assert await who_is(bot, guest) != owner.account.person_id
    await guest.taps("Đúng, là tôi", await guest.starts(code))
    await guest.sees("Chào Nguyễn Thị Nga")
    assert await who_is(bot, guest) == owner.account.person_id


@pytest.mark.every_channel
@pytest.mark.attack("Somebody comes in by another's code and nobody notices")
async def test_a_new_place_is_told_on_the_others_and_can_be_ended_there(bot: Stage) -> None:
    owner, thief = await bot.person("Nguyễn Thị Nga"), await bot.guest(channel=WEB)
    code = await shows_code(owner)
    await a_browser(bot, thief)
    await thief.says(code)
    await owner.settled()
    told = await owner.sees("vừa được mở ở một nơi nữa")
    await owner.taps("Không phải tôi, cho thoát", told)
    await owner.sees("Đã thoát ở nơi đó")
    # A browser is signed out, see tests/web/test_sessions.py; who stays on a messenger is new there.
    async with bot.bot.database.read() as session:
        assert not (await session.scalars(select(Device))).all()


@pytest.mark.attack("What somebody was before they became one with another stays a way in")
async def test_of_two_who_become_one_only_the_place_of_the_yes_goes_along(bot: Stage) -> None:
    first, second = await twice(bot)
    third = await bot.guest()
    await third.says(await shows_code(second))
    left_over = await shows_code(second)
    await third.says(f"/ma {await shows_code(first)}")
    await third.taps("Gộp làm một")
    assert await who_is(bot, third) == first.account.person_id
    guest = await bot.guest()
    await guest.says(left_over)
    assert await who_is(bot, guest) != first.account.person_id
    async with bot.bot.database.read() as session:
        second_now = await session.get(Account, second.account.id)
    assert second_now is None or second.channel == WEB


@pytest.mark.attack("Forged presses end or merge what is another's")
async def test_nobody_ends_the_places_of_others(bot: Stage) -> None:
    owner, stranger = await bot.person("Nguyễn Thị Nga"), await bot.person("Vũ Văn Tú")
    code = await shows_code(owner)
    await stranger.presses(EndAccount(owner.account.id).pack())
    await stranger.presses(MergeInto("2345678923").pack())
    assert await who_is(bot, owner) == owner.account.person_id
    bot.clock.advance(timedelta(minutes=11))
    assert "không đúng" in (await stranger.says(f"/ma {code}")).text


async def test_one_sees_where_one_is_and_ends_what_one_does_not_know(bot: Stage) -> None:
    owner = await bot.person("Nguyễn Thị Nga")
    browsers = [await a_browser(bot, owner) for _ in range(2)]
    listed = await owner.taps("Máy đang dùng", await owner.says("/toi"))
    assert listed.text.count("trang web (Chrome · Android): vào từ") == 2
    await owner.taps("Thoát khỏi trang web", listed)
    await owner.sees("Đã thoát ở nơi đó")
    assert len(await devices_of(bot, browsers)) == 1
    await a_browser(bot, owner)
    await owner.taps("Thoát khỏi mọi nơi khác", await owner.taps("Máy đang dùng", await owner.says("/toi")))
    await owner.sees("Đã thoát khỏi 2 nơi khác")
    assert not await devices_of(bot, browsers)
    assert await who_is(bot, owner) == owner.account.person_id


async def a_browser(bot: Stage, person: WebPerson) -> int:
    """They sign in to the web chat; gives the account."""
    async with bot.bot.database.write() as session:
        account_id = await accounts.web_account_of(bot.act(session, person), person.account.person_id)
        label = "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36"
        token = secrets.token_bytes(32)
        await devices.sign_in(session, account_id, token, label=label, now=bot.clock.now(), kiosk_id=None)
    return account_id


async def devices_of(bot: Stage, account_ids: Sequence[int]) -> Sequence[Device]:
    async with bot.bot.database.read() as session:
        return (await session.scalars(select(Device).where(Device.account_id.in_(account_ids)))).all()


async def accounts_of(bot: Stage, person: WebPerson) -> list[int]:
    async with bot.bot.database.read() as session:
        found = await session.scalars(select(Account.id).where(Account.person_id == person.account.person_id))
        return sorted(found)
