"""A peak week as its people live it: made in the chat, seen before it starts, followed day by day, ended with thanks."""

import pytest

from storage.campaigns.tables import CampaignState
from storage.people.tables import Role
from tests.handlers.campaigns.drives import all_write, campaign, makes, officer_of, opens, received, until
from tests.handlers.talks import goes, submits
from tests.talk import Stage


@pytest.mark.every_channel
async def test_a_week_from_opening_to_thanks(bot: Stage) -> None:
    officer, support = await officer_of(bot), await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    eager, slow = await bot.person("Nguyễn Thị Nga"), await bot.person("Trần Văn Bốn")
    seen = await makes(officer)
    assert "Khai mạc: 2 người" in seen.text
    assert "08:00 25/11/2026" in seen.text

    await until(bot, 1, 9)
    await eager.sees("Tuần sáng kiến", "cùng góp sáng kiến")
    await slow.sees("cùng góp sáng kiến")
    await submits(bot, eager)
    await until(bot, 1, 20)
    told = await officer.sees("Tuần sáng kiến –", "Hôm nay thêm")
    assert told.pictures == 1
    await until(bot, 2, 12)
    await support.sees("Đang chờ Tổ hỗ trợ xem: 1")
    await slow.sees("đã bắt đầu")
    await support.taps("Duyệt", await support.sees("Sáng kiến mới"))
    await all_write(bot, eager, slow, officer)
    await until(bot, 8, 10)
    await slow.sees("Hôm nay là ngày cuối")
    await slow.sees("đã kết thúc", "Đã có 1/20")
    await eager.sees("đã kết thúc")
    await eager.sees_not("Hôm nay là ngày cuối")
    assert (await campaign(bot)).state is CampaignState.ENDED
    await officer.sees("đã kết thúc – Công đoàn Công ty CP Bóng đèn", "Kết quả cuối cùng", "Đã có 1/20")
    for person in (eager, slow, support, officer):
        texts = await received(person)
        assert len(texts) == len(set(texts)), texts


async def test_who_says_stop_gets_none_until_they_want_them_again(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await until(bot, 1, 9)
    await worker.taps("Không nhắc nữa")
    await until(bot, 3, 20)
    assert len(await received(worker)) == 1
    await worker.taps("Nhắc lại mình nhé")
    await until(bot, 7, 20)
    assert len(await received(worker)) > 1


async def test_paused_it_is_silent_and_ended_early_it_thanks(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await until(bot, 1, 9)
    await opens(officer, "Tạm dừng")
    await until(bot, 3, 20)
    assert len(await received(worker)) == 1
    await opens(officer, "Chạy tiếp", "Kết thúc", "Có")
    await until(bot, 4, 10)
    await worker.sees("đã kết thúc")
    assert (await campaign(bot)).state is CampaignState.ENDED
    await until(bot, 8, 20)
    assert len(await received(worker)) == 2


async def test_a_change_of_the_plan_changes_what_is_not_sent_yet(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await until(bot, 1, 9)
    await opens(officer, "Lịch nhắc", "Nhắc những ngày đầu", "Không gửi tin này", "Nhắc giữa đợt", "Đổi giờ")
    assert "đang ngủ" in (await officer.says("23:00")).text
    await officer.says("16:30")
    await until(bot, 4, 16)
    assert len(await received(worker)) == 1
    await until(bot, 4, 17)
    await worker.sees("nửa chặng")


async def test_a_message_is_seen_as_people_get_it(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer)
    await officer.taps("Nhắc ngày cuối")
    await officer.sees("Hôm nay là ngày cuối của Tuần sáng kiến")


async def test_the_nudge_opens_what_waits_at_its_place(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await until(bot, 3, 9)
    await goes(worker, ("/sangkien", "tên là gì"), ("Giá để dụng cụ", "làm thế nào"), ("huỷ", "giữ lại"))
    await until(bot, 3, 12)
    reminder = await worker.sees("✍", "viết dở")
    assert "làm thế nào" in (await worker.taps("Viết tiếp", reminder)).text


async def test_a_target_that_cannot_be_is_asked_again(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer)
    await opens(officer, "Chỉ tiêu", "Đổi số này")
    for typed in ("00", "1000001", "-5", "nhiều"):
        assert "từ 1 đến 1.000.000" in (await officer.says(typed)).text, typed
