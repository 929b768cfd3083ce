"""Four eyes: nobody decides alone what they wrote, entered or sent, while another can."""

import pytest
from sqlalchemy import delete

from bot.screens.mailings.actions import AgreeToSend
from bot.screens.review.actions import Approve, LookedOver, ShowAlone
from bot.services.act import Act
from bot.services.people import appointing
from storage.initiatives.tables import InitiativeState
from storage.people.tables import Role, RoleGrant
from tests.handlers.mailings.writing import mailing, officer_of, writes
from tests.handlers.talks import goes, initiative, labels, newest
from tests.talk import Stage, WebPerson


async def nobody_else(bot: Stage) -> None:
    """The demo's own people hold no role."""
    async with bot.bot.database.write() as session:
        await session.execute(delete(RoleGrant))


async def enters(support: WebPerson, bot: Stage) -> int:
    """Enters an initiative for somebody who never came."""
    await goes(
        support, ("/nhapho", "thay cho ai"), ("Người Bịa Ra", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào")
    )
    await goes(support, ("Hàn khung", "lĩnh vực"), ("kỹ thuật", "lần đầu"), ("hôm qua", "vướng gì"))
    await support.says("bỏ qua hết")
    await support.taps("Gửi sáng kiến")
    return await newest(bot)


@pytest.mark.attack("Somebody of the support team enters an invented author's initiative, and approves it")
async def test_who_entered_does_not_approve_while_another_can(bot: Stage) -> None:
    await nobody_else(bot)
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    above = await bot.person("Lê Hoa", unit="CTVN", role=Role.SUPPORT)
    number = await enters(support, bot)
    assert "người khác duyệt" in (await support.presses(Approve(number, 1).pack())).text
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    # Those above hear of it, since nobody of the unit's own team may.
    await above.settled()
    await above.taps("✓ Duyệt", await above.sees("Sáng kiến mới", "Xe đẩy ba tầng"))
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED


async def test_what_one_alone_approved_is_marked_and_looked_over_from_above(bot: Stage) -> None:
    await nobody_else(bot)
    support, officer = await bot.person("Phạm Thị Lan", role=Role.SUPPORT), await officer_of(bot, "CTVN")
    elsewhere = await officer_of(bot, "HABECO")
    number = await enters(support, bot)
    shown = await support.presses(Approve(number, 1).pack())
    assert "cũng là người nhập" in shown.text
    await officer.settled()
    await officer.sees("Xe đẩy ba tầng", "vừa duyệt")
    listed = await officer.presses(ShowAlone().pack())
    assert "Xe đẩy ba tầng" in str(labels(listed))
    assert "không có quyền" in (await elsewhere.presses(LookedOver(number).pack())).text
    assert "Không có sáng kiến nào" in (await officer.taps("Đã xem", listed)).text


@pytest.mark.attack("The second yes to a broadcast comes from an account that its author invited")
async def test_a_second_yes_is_of_an_officer_whom_the_author_did_not_appoint(bot: Stage) -> None:
    bot.bot.services.large_from = 2
    await nobody_else(bot)
    author, worker = await officer_of(bot), await bot.person("Nguyễn Thị Nga")
    first, second = await bot.person("Đỗ Văn Hai"), await bot.person("Đỗ Văn Ba")
    await appoints(bot, author, first)
    await appoints(bot, first, second)
    alone = await author.taps("Gửi đến 4 người", await writes(author))
    assert "không phải do bạn mời" in alone.text

    above = await officer_of(bot, "CTVN")
    await author.taps("Gửi đến 4 người", await author.sees("Mọi người sẽ thấy đúng như trên"))
    forged = AgreeToSend((await mailing(bot)).id).pack()
    for who in (first, second):
        await who.settled()
        await who.sees_not("cần bạn đồng ý")
        assert "cần một cán bộ khác" in (await who.presses(forged)).text
    await above.settled()
    await above.taps("Đồng ý gửi", await above.sees("cần bạn đồng ý"))
    await bot.works()
    await worker.sees("Mai họp tổ lúc 9h nhé")


async def appoints(bot: Stage, giver: WebPerson, who: WebPerson) -> None:
    async with bot.bot.database.write() as session:
        person, home = who.account.person_id, (await bot.unit("RALACO")).id
        await appointing.give(
            Act(session, bot.clock.now(), person), person, home, Role.OFFICER, by=giver.account.person_id
        )
