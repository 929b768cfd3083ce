"""What somebody says that they are opens nothing until who knows them says so."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.screens.initiatives.actions import OpenInitiative
from bot.screens.people.actions import ComeBack, GrantClaim, ShowClaims, UndoClaim
from storage.initiatives.tables import Initiative
from storage.people.claim_tables import ClaimState, PersonClaim
from storage.people.tables import Account, Person, Role
from tests.handlers.people.talks import WEB, who_is
from tests.handlers.people.test_unregistered import (
    NAME,
    answers,
    author_of,
    is_on_the_list,
    registers,
    submits_with,
)
from tests.handlers.talks import count, labels, submits
from tests.talk import Stage, WebPerson

SECRET = "Hàn tấm gá"


async def confidential(bot: Stage, number: int) -> None:
    async with bot.bot.database.write() as session:
        await session.execute(update(Initiative).where(Initiative.id == number).values(confidential=True))


async def claims(bot: Stage) -> list[PersonClaim]:
    async with bot.bot.database.read() as session:
        return list(await session.scalars(select(PersonClaim).order_by(PersonClaim.id)))


@pytest.mark.attack("Somebody registers under a co-author's name, and reads what is confidential")
async def test_bearing_the_name_opens_nothing(bot: Stage) -> None:
    nga, support = await bot.person("Nguyễn Thị Nga"), await bot.person("Lê Hoa", role=Role.SUPPORT)
    number = await submits_with(bot, nga, f"Tôi 60%, {NAME} 40%")
    await confidential(bot, number)
    stranger = await registers(bot)
    await stranger.taps("Đúng là tôi")
    assert SECRET not in (await stranger.presses(OpenInitiative(number).pack())).text
    assert await author_of(bot, number, NAME) is None
    # Nobody answers for themselves, nor somebody of another unit.
    (claim,) = [one for one in await claims(bot) if one.kind == "author"]
    elsewhere = await bot.person("Vũ Thị Xa", unit="HABECO", role=Role.SUPPORT)
    for who in (stranger, elsewhere):
        assert "không có quyền" in (await who.presses(GrantClaim(claim.id).pack())).text
    await answers(nga, NAME, yes=False)
    await stranger.settled()
    await stranger.sees("tác giả đó không phải bạn")
    assert "vừa có người trả lời" in (await support.presses(GrantClaim(claim.id).pack())).text
    assert await author_of(bot, number, NAME) is None


async def test_an_authorship_that_was_a_mistake_is_undone(bot: Stage) -> None:
    nga, support = await bot.person("Nguyễn Thị Nga"), await bot.person("Lê Hoa", role=Role.SUPPORT)
    number = await submits_with(bot, nga, f"Tôi 60%, {NAME} 40%")
    ben = await registers(bot)
    await ben.taps("Đúng là tôi")
    await answers(nga, NAME)
    assert SECRET in (await ben.presses(OpenInitiative(number).pack())).text
    (claim,) = [one for one in await claims(bot) if one.kind == "author"]
    await support.presses(UndoClaim(claim.id).pack())
    assert SECRET not in (await ben.presses(OpenInitiative(number).pack())).text
    await ben.settled()
    await ben.sees("huỷ xác nhận bạn là đồng tác giả")


@pytest.mark.attack("Guests without end guess at the staff number of somebody on a list")
async def test_a_places_number_is_guessed_at_ten_times_by_all_together(bot: Stage) -> None:
    await is_on_the_list(bot)
    for _ in range(2):
        worker = await registers(bot)
        if "đã có" in (await worker.last()).text:
            await worker.taps("Tôi là người khác")
        for guess in range(5):
            await worker.says(f"NV-1{guess}")
        await worker.taps("Không phải tôi")
    third = await registers(bot)
    await third.taps("Tôi là người khác")
    assert "tạm dừng" in (await third.says("NV-0042")).text
    assert [one for one in await claims(bot) if one.kind == "place"] == []


@pytest.mark.attack(
    "An officer from above joins the unit by the code on its screen, and reads what is confidential"
)
async def test_who_joins_by_the_poster_is_no_insider_until_the_team_says_so(bot: Stage) -> None:
    worker, support = await bot.person("Nguyễn Thị Nga"), await bot.person("Lê Hoa", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await confidential(bot, number)
    officer = await bot.person("Trần Văn Minh", unit="CTVN", role=Role.OFFICER)
    shown = await officer.presses(OpenInitiative(number).pack())
    assert SECRET not in shown.text
    assert "sinh" not in shown.text.casefold()
    await officer.says(f"/ma {(await bot.unit('RALACO')).join_code}")
    await officer.taps("Có")
    assert SECRET not in (await officer.presses(OpenInitiative(number).pack())).text

    await support.says("/menu")
    seen = await support.taps("Chờ xác nhận (1)")
    await support.taps("Trần Văn Minh", seen)
    await support.taps("✓ Đúng")
    assert SECRET in (await officer.presses(OpenInitiative(number).pack())).text


async def test_many_newcomers_are_confirmed_at_once_and_told_once_a_day(bot: Stage) -> None:
    support = await bot.person("Lê Hoa", role=Role.SUPPORT)
    for name in ("Đỗ Văn An", "Đỗ Văn Bình", "Đỗ Văn Cường"):
        await registers(bot, name)
    await support.settled()
    told = [one for one in await support.screen() if "có người mới vào" in one.text]
    assert len(told) == 1
    seen = await support.presses(ShowClaims().pack())
    assert len([one for one in labels(seen) if "Người mới" in one]) == 3
    await support.taps("✓ Đúng cả 3", seen)
    await support.sees("Đã xác nhận", "Đỗ Văn An", "Đỗ Văn Cường")
    assert await count(bot, PersonClaim, PersonClaim.state == ClaimState.WAITING) == 0
    assert await count(bot, Person, Person.name.startswith("Đỗ"), Person.member_since.is_not(None)) == 3


# ---------------------------------------------------------------- coming back


async def seems_known(bot: Stage, name: str = NAME, channel: str = "") -> WebPerson:
    guest = await bot.guest(channel=channel)
    await guest.starts((await bot.unit("RALACO")).join_code)
    await guest.taps("Tôi đồng ý")
    assert "chính bạn" in (await guest.says(name)).text
    return guest


@pytest.mark.every_channel
async def test_who_is_there_already_comes_back_by_the_teams_yes(bot: Stage) -> None:
    old, support = await bot.person(NAME, channel=WEB), await bot.person("Lê Hoa", role=Role.SUPPORT)
    number = await submits(bot, old)
    new = await seems_known(bot)
    await new.taps("Đúng là tôi")
    assert "nhờ Tổ hỗ trợ" in (await new.says("nv-0042")).text
    # Whatever they write meanwhile makes no second person.
    assert "nhờ Tổ hỗ trợ" in (await new.says("chào")).text
    assert await count(bot, Person, Person.registered_at.is_not(None), Person.name == NAME) == 1
    await answers(support, "xin vào lại", "nv-0042")
    await new.settled()
    await new.taps("Vào lại tài khoản")
    await new.sees(f"Chào {NAME}")
    assert await who_is(bot, new) == old.account.person_id
    # As by a code that the team made: it is told on the other places, and takes nothing back.
    await old.settled()
    await old.sees("Lê Hoa", "Nếu không phải bạn")
    await new.presses(OpenInitiative(number).pack())
    assert "do Tổ hỗ trợ lấy giúp" in (await new.taps("Rút lại")).text


async def test_a_namesake_says_so_and_registers(bot: Stage) -> None:
    await bot.person(NAME)
    new = await seems_known(bot)
    await new.taps("Tôi là người khác")
    await new.sees(f"chào {NAME}")
    assert await count(bot, Person, Person.registered_at.is_not(None), Person.name == NAME) == 2


async def test_who_waited_may_be_somebody_else_after_all(bot: Stage) -> None:
    await bot.person(NAME)
    new = await seems_known(bot)
    await new.taps("Đúng là tôi")
    await new.says("bỏ qua")
    await new.taps("Tôi là người khác")
    assert [one.state for one in await claims(bot)] == [ClaimState.REFUSED]
    await new.sees("đồng ý")


@pytest.mark.attack("A yes that was said to one is used by another, late, or for somebody with a role")
async def test_a_yes_is_for_whom_it_was_said_and_lapses(bot: Stage) -> None:
    old, support = await bot.person(NAME, channel=WEB), await bot.person("Lê Hoa", role=Role.SUPPORT)
    new = await seems_known(bot)
    await new.taps("Đúng là tôi")
    await new.says("bỏ qua")
    await answers(support, "xin vào lại")
    (claim,) = await claims(bot)
    thief = await bot.guest()
    assert "không có quyền" in (await thief.presses(ComeBack(claim.id).pack())).text
    bot.clock.advance(timedelta(days=8))
    assert "hết hạn" in (await new.presses(ComeBack(claim.id).pack())).text
    assert await count(bot, Account, Account.person_id == old.account.person_id) == 1
