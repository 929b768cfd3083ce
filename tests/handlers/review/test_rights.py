"""Who sees what: the confidential stays in its unit, and other units' people get nothing, whatever they press."""

import pytest

from bot.screens.initiatives.actions import AskToWithdraw, Mend, OpenInitiative, ShowHistory, Withdraw
from bot.screens.progress.actions import ShowProgress
from bot.screens.recognition.actions import EnterOne, Entry
from bot.screens.review.actions import (
    Approve,
    AskAuthor,
    Claim,
    GiveBack,
    MoreOfCard,
    OpenCard,
    Reject,
    Release,
    UndoDecision,
    WriteNote,
)
from storage.delivery.tables import Outbox
from storage.initiatives.tables import InitiativeState
from storage.people.tables import Role
from tests.handlers.talks import count, fills_in, initiative, opens_from_queue, submits, team_and_worker
from tests.talk import Stage


async def test_a_confidential_one_leaves_the_unit_by_name_only(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    officer = await bot.person("Lê Văn Sơn", unit="CTVN", role=Role.OFFICER)
    await fills_in(worker, content="Công thức men bí truyền")
    await worker.taps("Cần giữ kín")
    await worker.taps("Có")
    await worker.taps("Gửi sáng kiến")
    for forged in (OpenInitiative(1), OpenCard(1), MoreOfCard(1), ShowHistory(1)):
        await officer.presses(forged.pack())
    await officer.sees("Đồ gá khoan bốn lỗ")
    await officer.sees_not("bí truyền")
    await opens_from_queue(support)
    await support.sees("bí truyền")


@pytest.mark.parametrize("unit", ["HABECO", "RALACO-X1"])
async def test_another_units_people_get_nothing(bot: Stage, unit: str) -> None:
    worker, _ = await team_and_worker(bot)
    stranger = await bot.person("Đỗ Thị Xa", unit=unit, role=Role.SUPPORT)
    officer = await bot.person("Ngô Văn Xa", unit=unit, role=Role.OFFICER)
    number = await submits(bot, worker)
    for person in (stranger, officer):
        for forged in (
            OpenCard(number),
            MoreOfCard(number, 1),
            Claim(number, 1),
            Release(number, 1),
            Approve(number, 1),
            GiveBack(number, 1),
            Reject(number, 1),
            WriteNote(number),
            AskAuthor(number, 1),
            UndoDecision(number, 1),
            EnterOne(Entry.RECOGNITION, number),
            EnterOne(Entry.RECORDING, number),
            OpenInitiative(number),
            ShowHistory(number),
            AskToWithdraw(number),
            Withdraw(number, bot.clock.now()),
            Mend(number),
        ):
            seen = await person.presses(forged.pack())
            assert "không có quyền" in seen.text, (forged, seen.text)
        await person.presses(ShowProgress(1).pack())
        await person.says("CTVN-2026-000001")
        await person.sees_not("Đồ gá khoan")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    assert await count(bot, Outbox, Outbox.person_id == stranger.account.person_id) == 0
