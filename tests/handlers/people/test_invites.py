"""Invites that nobody has used are seen and cancelled; with a role go the cards in one's chat."""

import re

import pytest
from sqlalchemy import select

from bot.screens.people.actions import CancelInvite, Invite, TakeRole
from bot.screens.review.actions import Approve
from storage.initiatives.tables import InitiativeState
from storage.people.tables import Role, RoleGrant
from tests.handlers.talks import card_in_hand, count, initiative, labels, submits, team_and_worker
from tests.talk import Stage


async def test_an_invite_that_nobody_used_is_cancelled_and_opens_nothing(bot: Stage) -> None:
    officer, support = (
        await bot.person("Trần Văn Minh", role=Role.OFFICER),
        await bot.person("Lê Hoa", role=Role.SUPPORT),
    )
    home = await bot.unit("RALACO")
    shown = await officer.presses(Invite(home.id, "officer").pack())
    found = re.search(r"\b[A-Z0-9]{10}\b", shown.text)
    assert found is not None
    code = found[0]
    await officer.says("/to")
    listed = await officer.taps("Mã mời chưa dùng")
    assert "cán bộ công đoàn · Trần Văn Minh" in listed.text
    assert code not in listed.text
    (action,) = [action for label, action in listed.buttons if "Huỷ mã 1" in label]
    assert "không có quyền" in (await support.presses(action)).text
    assert "Không có mã mời" in (await officer.taps("Huỷ mã 1", listed)).text
    assert "hết hạn" in (await support.says(f"/ma {code}")).text
    assert "đã huỷ rồi" in (await officer.presses(CancelInvite.unpack(action).pack())).text


@pytest.mark.every_channel
@pytest.mark.attack("Whose role was taken back goes on deciding by the cards that stand in their chat")
async def test_with_the_role_the_cards_in_ones_chat_close(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    other = await bot.person("Lê Hoa", role=Role.SUPPORT)
    officer = await bot.person("Trần Văn Minh", role=Role.OFFICER)
    number = await submits(bot, worker)
    card, others = await card_in_hand(support), await card_in_hand(other)
    async with bot.bot.database.read() as session:
        grant = await session.scalar(
            select(RoleGrant.id).where(RoleGrant.person_id == support.account.person_id)
        )
    assert grant is not None
    await officer.presses(TakeRole(grant).pack())
    await support.settled()
    shown = await support.outcome(card)
    assert support.changes is False or "thẻ này đã đóng" in shown.text
    assert support.changes is False or "✓ Duyệt" not in str(labels(shown))
    assert "không có quyền" in (await support.presses(Approve(number, 1).pack())).text
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    # The other's stands, and works.
    assert "✓ Duyệt" in str(labels(await other.outcome(others)))
    await other.taps("✓ Duyệt", others)
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED
    assert await count(bot, RoleGrant, RoleGrant.revoked_at.is_not(None)) == 1


@pytest.mark.attack("A command typed into an initiative is a live button in the reviewer's card")
async def test_nothing_that_somebody_typed_is_live_in_a_card(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    await submits(bot, worker, "Gõ /thietbi rồi gửi mã cho @nga", "bấm /toi")
    text = (await card_in_hand(support)).text
    assert "/\u2060thietbi" in text
    assert "@\u2060nga" in text
    assert "/toi" not in text
    assert "/\u2060thietbi" in (await support.taps("✓ Duyệt")).text
