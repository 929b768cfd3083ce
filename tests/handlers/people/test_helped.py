"""A code that the support team makes for somebody: they hear of it, and what comes in by it may do less."""

import pytest
from sqlalchemy import select

from bot.screens.initiatives.actions import AskToWithdraw, OpenInitiative
from bot.screens.people.actions import (
    AskOfficer,
    ConfirmAccount,
    EndOthers,
    EraseMe,
    ExportMe,
    GrantClaim,
    ShowDeviceCode,
    ShowPlaces,
)
from storage.initiatives.tables import Initiative, InitiativeState
from storage.people.claim_tables import PersonClaim
from storage.people.tables import Account, Person, Role
from storage.trail import Event
from tests.handlers.people.talks import WEB, who_is
from tests.handlers.talks import submits
from tests.talk import Stage, WebPerson


async def code_for(support: WebPerson, name: str) -> str:
    """Makes a code for a member; gives it."""
    await support.says("/menu")
    await support.taps("Cấp mã đăng nhập")
    await support.says(name)
    await support.taps("Đúng rồi") if "Đúng rồi" in str(
        (await support.last()).buttons
    ) else await support.taps(name)
    return (await support.sees("Mã đăng nhập cho")).text.split(": ")[1].split()[0]


async def account(bot: Stage, who: WebPerson) -> Account:
    async with bot.bot.database.read() as session:
        return await session.get_one(Account, who.account.id)


@pytest.mark.every_channel
@pytest.mark.attack(
    "Somebody of the support team comes in as a worker, unseen, and erases and withdraws in their name"
)
async def test_who_comes_in_by_anothers_code_is_seen_and_takes_nothing_away(bot: Stage) -> None:
    worker, support = (
        await bot.person("Nguyễn Thị Nga", channel=WEB),
        await bot.person("Lê Hoa", role=Role.SUPPORT),
    )
    number = await submits(bot, worker, "Xe đẩy ba tầng")
    code = await code_for(support, "Nguyễn Thị Nga")
    await worker.settled()
    await worker.sees("Lê Hoa", "lấy một mã để mở tài khoản của bạn")

    thief = await bot.guest()
    await thief.says(code)
    assert await who_is(bot, thief) == worker.account.person_id
    await worker.settled()
    told = await worker.sees("Lê Hoa", "đã được mở ở một nơi nữa")
    await thief.sees_not("Xe đẩy ba tầng")

    for action in (AskToWithdraw(number), EraseMe(bot.clock.now()), ExportMe(), EndOthers()):
        await thief.presses(action.pack())
        await thief.sees("do Tổ hỗ trợ lấy giúp")
    async with bot.bot.database.read() as session:
        assert (await session.get_one(Initiative, number)).state is InitiativeState.SUBMITTED
        person = await session.get_one(Person, worker.account.person_id)
        assert person.name == "Nguyễn Thị Nga"
    # Nor does a code that is made there open more.
    second = await bot.guest()
    shown = await thief.presses(ShowDeviceCode().pack())
    await second.says(next(word for word in shown.text.split() if word.isupper() and len(word) == 10))
    assert (await account(bot, second)).by_code_of == support.account.person_id
    # What is done there says by whose code.
    await submits(bot, thief, "Giá để khuôn")
    async with bot.bot.database.read() as session:
        event = await session.scalar(select(Event).where(Event.kind == "submitted").order_by(Event.id.desc()))
        assert event is not None
        assert event.details["by_code_of"] == support.account.person_id
    await worker.taps("Không phải tôi", told)
    assert "Giá để khuôn" not in (await thief.says("/cuatoi")).text
    async with bot.bot.database.read() as session:
        assert thief.channel == WEB or await session.get(Account, thief.account.id) is None


async def test_who_says_at_their_own_place_that_it_is_they_may_do_everything(bot: Stage) -> None:
    worker, support = (
        await bot.person("Nguyễn Thị Nga", channel=WEB),
        await bot.person("Lê Hoa", role=Role.SUPPORT),
    )
    new = await bot.guest()
    await new.says(await code_for(support, "Nguyễn Thị Nga"))
    assert "do Tổ hỗ trợ lấy giúp" in (await new.presses(ConfirmAccount(new.account.id).pack())).text
    await worker.settled()
    await worker.taps("Đúng là tôi", await worker.sees("đã được mở ở một nơi nữa"))
    assert (await account(bot, new)).by_code_of is None
    number = await submits(bot, new)
    assert "Rút lại" in str((await new.presses(OpenInitiative(number).pack())).buttons)
    assert "do Tổ hỗ trợ" not in (await new.presses(AskToWithdraw(number).pack())).text


async def test_who_has_no_other_place_is_confirmed_by_an_officer_who_did_not_make_the_code(
    bot: Stage,
) -> None:
    await bot.person("Nguyễn Thị Nga", channel=WEB)
    support = await bot.person("Lê Hoa", role=Role.SUPPORT)
    officer = await bot.person("Trần Văn Minh", role=Role.OFFICER)
    new = await bot.guest()
    await new.says(await code_for(support, "Nguyễn Thị Nga"))
    await new.taps("Nhờ cán bộ xác nhận", await new.presses(ShowPlaces().pack()))
    async with bot.bot.database.read() as session:
        claim = await session.scalar(select(PersonClaim))
    assert claim is not None
    assert "không có quyền" in (await support.presses(GrantClaim(claim.id).pack())).text
    await officer.settled()
    await officer.taps("✓ Đúng", await officer.sees("Nguyễn Thị Nga", "Lê Hoa"))
    assert (await account(bot, new)).by_code_of is None
    await new.settled()
    await new.sees("Cán bộ đã xác nhận")
    assert AskOfficer().pack() not in str((await new.presses(ShowPlaces().pack())).buttons)
