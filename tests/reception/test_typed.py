"""Talking without buttons: numbers belong to the last question, notices have codes, and nothing stale presses anything."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.zalo_bot.channel import NAME as ZALO_BOT
from bot.conversation.vocabulary import Incoming, IncomingKind
from storage.conversation import conversations
from storage.initiatives.tables import InitiativeState
from storage.people.tables import Role
from tests.handlers.talks import card_in_hand, fills_in, goes, initiative, open_form, submits
from tests.phones import stage_on
from tests.talk import Stage, WebPerson


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_on(ZALO_BOT, demo_url, tmp_path) as running:
        yield running


async def step(bot: Stage, person: WebPerson) -> str:
    form = await open_form(bot, person)
    return str(form["step"]) if form else ""


async def test_a_notice_in_the_middle_of_a_question_takes_no_number(bot: Stage) -> None:
    support, worker = await bot.person("Phạm Thị Lan", role=Role.SUPPORT), await bot.person("Nguyễn Thị Nga")
    await submits(bot, worker)
    await goes(worker, ("/sangkien", "tên là gì"), ("Quạt hút bụi", "thế nào"), ("Gắn quạt", "1. Kỹ thuật"))
    await support.taps("↩ Trả lại", await card_in_hand(support))
    await goes(
        support, ("1", "✓"), ("xong", "Mục nào"), ("bỏ qua", "nhắn thêm"), ("Nói rõ hơn", "Đã trả lại")
    )
    await worker.settled()
    notice = await worker.sees("sửa thêm", "#1a ✎ Sửa và gửi lại")
    assert not any(line.startswith("1. ") for line in notice.text.splitlines())
    # The number is still the question's.
    await goes(worker, ("2", "lần đầu"))
    assert (await open_form(bot, worker) or {})["answers"]["field"] == "management"
    # The code still leads where it says, and what was being written is kept.
    await goes(worker, ("#1a", "xem lại giúp mình"), ("menu", "Viết tiếp bản đang dở"))


async def test_deciding_by_code_in_the_middle_of_a_form_asks_its_question_again(bot: Stage) -> None:
    support, worker = await bot.person("Phạm Thị Lan", role=Role.SUPPORT), await bot.person("Nguyễn Thị Nga")
    await goes(support, ("/sangkien", "tên là gì"), ("Xe đẩy", "thế nào"), ("Hàn ba tầng", "1. Kỹ thuật"))
    number = await submits(bot, worker)
    await support.settled()
    await support.sees("Sáng kiến mới", "#1a ✓ Duyệt")
    await support.says("#1a")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED
    decided, asked = (await support.screen())[-2:]
    assert "đã được duyệt" in decided.text
    assert "#2a " in decided.text
    assert asked.text.startswith("Mình vẫn đang hỏi bạn câu này")
    await goes(support, ("1", "lần đầu"))
    await support.taps("Hoàn tác", decided)
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    await goes(support, ("a", "vướng gì"))


async def test_a_code_belongs_to_its_own_card_however_many_came_since(bot: Stage) -> None:
    support, worker = await bot.person("Phạm Thị Lan", role=Role.SUPPORT), await bot.person("Nguyễn Thị Nga")
    words = ("Đồ gá khoan", "Quạt hút bụi", "Xe đẩy ba tầng")
    numbers = [await submits(bot, worker, word, f"Cách làm {word}") for word in words]
    await support.settled()
    await support.sees("Xe đẩy ba tầng", "#3a")
    await support.says("1A")
    states = [(await initiative(bot, number)).state for number in numbers]
    assert states == [InitiativeState.APPROVED, InitiativeState.SUBMITTED, InitiativeState.SUBMITTED]
    seen = await support.says("#99a")
    assert "không còn dùng được" in seen.text
    # What three cards call the same is not one of them.
    await support.says("duyệt")
    assert (await initiative(bot, numbers[1])).state is InitiativeState.SUBMITTED


async def test_a_number_that_is_not_there_presses_nothing_and_lists_again(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    seen = await worker.says("/menu")
    assert "1. 💡 Gửi sáng kiến" in seen.text
    again = await worker.says("9")
    assert "Không có số 9" in again.text
    assert "1. 💡 Gửi sáng kiến" in again.text
    await goes(
        worker,
        ("1", "tên là gì"),
        ("0", "Đã thoát"),
        ("0", "muốn làm gì"),
        ("cua toi", "chưa gửi"),
        ("0", "muốn làm gì"),
    )


async def test_the_same_number_twice_in_a_moment_answers_one_question(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(worker, ("/sangkien", "tên"), ("Xe đẩy", "thế nào"), ("Hàn", "lĩnh vực"))
    typed = int(bot.clock.now().timestamp() * 1000) - 100
    account = worker.account
    for at in range(2):
        await bot.bot.desk.accept(
            Incoming(
                worker.channel, f"twice-{at}", typed + at, IncomingKind.TEXT, account.external_id,
                account.chat_id, text="1" if at == 0 else "a", written_ms=0 if at == 0 else typed + at,
            )
        )  # fmt: skip
    await worker.settled()
    assert await step(bot, worker) == "first_applied"
    assert "trước khi thấy danh sách mới" in (await worker.last()).text
    await goes(worker, ("a", "vướng gì"))


async def test_money_is_an_answer_and_never_the_place_in_a_list(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(
        worker,
        ("/sangkien", "tên"), ("Xe đẩy", "thế nào"), ("Hàn", "lĩnh vực"), ("2", "lần đầu"), ("b", "vướng"),
        ("bỏ qua", "a. Không tính được bằng tiền"), ("2", "2"), ("viết lại", "bao nhiêu tiền"),
        ("a", "có ích gì"),
    )  # fmt: skip
    form = await open_form(bot, worker)
    assert form is not None
    assert form["answers"]["benefit"] == {"in_money": False}


async def test_leaving_and_the_menu_are_always_there(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await fills_in(worker)
    await goes(worker, ("huy", "giữ lại"), ("menu", "Viết tiếp bản đang dở"), ("1", "xem lại giúp mình"))
    await goes(worker, ("Huỷ", "giữ lại"), ("số 1", "xem lại giúp mình"))


async def test_the_list_is_there_after_a_restart(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await worker.says("/menu")
    async with bot.bot.database.read() as session:
        known = await conversations.load(session, ZALO_BOT, [worker.account.external_id])
    assert known[worker.account.external_id].menu is not None
    await goes(worker, ("2", "chưa gửi sáng kiến nào"))
