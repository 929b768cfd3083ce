"""Broadcasts as conversations: writing one, looking it over, a second officer's yes, and how far it is."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from bot.screens.mailings.actions import (
    AgreeToSend,
    EditBroadcast,
    OpenBroadcast,
    PauseSending,
    RefuseToSend,
    ResumeSending,
    SendBroadcast,
    SendToFailed,
    StopSending,
    TryBroadcast,
)
from storage.mailings.tables import Delivery, DeliveryState, MailingState
from storage.people.tables import Role, RoleGrant
from tests.handlers.mailings.writing import mailing, officer_of, writes
from tests.handlers.talks import count, goes, labels, photo, submits
from tests.talk import Stage


@pytest.mark.every_channel
async def test_a_message_is_seen_before_it_goes_and_reaches_each_once(bot: Stage) -> None:
    officer = await officer_of(bot)
    workers = [await bot.person(f"Người Thứ {name}") for name in "ABC"]
    elsewhere = await bot.person("Người Nơi Khác", unit="VEAM")

    seen = await writes(officer, "Mai <b>họp</b> tổ & lúc 9h")
    await officer.sees("📢", "Mai <b>họp</b> tổ & lúc 9h")
    assert "4 người" in seen.text
    assert "📨 Gửi đến 4 người" in labels(seen)
    await officer.taps("Gửi đến 4 người", seen)
    await bot.works()
    await bot.works()

    for worker in workers:
        await worker.sees("📢 ", "Mai <b>họp</b> tổ & lúc 9h")
        assert len(await worker.screen()) == 1
    assert await elsewhere.screen() == []
    await officer.sees("Đã gửi xong", "4/4", "Đã đến: 4")
    assert await count(bot, Delivery, Delivery.state == DeliveryState.SENT) == 4


async def test_pressing_send_twice_sends_once(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Nguyễn Thị Nga")
    seen = await writes(officer)
    await officer.taps("Gửi đến 2 người", seen)
    assert "không gửi hai lần" in (await officer.taps("Gửi đến 2 người", seen)).text
    await bot.works()
    await bot.works()
    assert len(await worker.screen()) == 1


async def test_the_same_to_the_same_people_is_asked_about(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Nguyễn Thị Nga")
    await officer.taps("Gửi đến 2 người", await writes(officer))
    await bot.works(timedelta(minutes=2))
    await officer.taps("Viết tin mới", await officer.says("/guitin"))
    await goes(officer, ("Mai họp tổ lúc 9h nhé", "ảnh hay tài liệu"), ("bỏ qua", "đơn vị nào"))
    await officer.taps((await officer.last()).buttons[0][0])
    await goes(officer, ("Mọi người", "một phần"), ("bỏ qua", "Gửi lúc nào"), ("Gửi ngay", "Tin của bạn"))
    asked = await officer.taps("Gửi đến 2 người", await officer.taps("Xem trước"))
    assert "lần nữa thật không" in asked.text
    await bot.works()
    assert len(await worker.screen()) == 1
    await officer.taps("Vẫn gửi lần nữa", asked)
    await bot.works()
    assert len(await worker.screen()) == 2


async def test_one_can_try_it_on_oneself_change_it_and_throw_it_away(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Nguyễn Thị Nga")
    await goes(officer, ("/guitin", "nhắn gì"), ("Nhớ gửi sáng kiến", "ảnh hay tài liệu"))
    await officer.sends_photo(photo())
    await officer.says("xong")
    await officer.taps((await officer.last()).buttons[0][0])
    await goes(officer, ("Công nhân", "một phần"), ("bỏ qua", "Gửi lúc nào"), ("Gửi ngay", "Tin của bạn"))
    seen = await officer.taps("Xem trước")
    await officer.taps("Gửi thử cho mình", seen)
    await officer.settled()
    tried = await officer.sees("📢", "Nhớ gửi sáng kiến")
    assert tried.pictures == 1
    await officer.taps("Sửa", seen)
    await officer.sees("Tin của bạn", "Nhớ gửi sáng kiến")
    await officer.taps("✎ Lời nhắn")
    await officer.says("Nhớ gửi trước thứ sáu")
    await officer.sees("Tin của bạn", "Nhớ gửi trước thứ sáu")
    seen = await officer.taps("Xem trước")
    await officer.taps("Bỏ tin này", seen)
    assert "đã chọn gửi rồi" in (await officer.taps("Gửi đến 1 người", seen)).text
    await bot.works()
    assert await worker.screen() == []


async def test_a_message_with_an_hour_waits_for_it_and_can_be_stopped_before(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Nguyễn Thị Nga")
    seen = await writes(officer, when="17h")
    assert "17:00" in seen.text
    await officer.taps("Gửi đến 2 người", seen)
    await bot.works(timedelta(hours=1))
    assert await worker.screen() == []
    await officer.sees("Đang hẹn giờ")
    await officer.taps("Dừng hẳn")
    await officer.taps("Dừng hẳn")
    await officer.sees("Đã dừng")
    await bot.works(timedelta(hours=12))
    assert await worker.screen() == []


@pytest.mark.every_channel
async def test_a_large_one_needs_another_officers_yes(bot: Stage) -> None:
    bot.bot.services.large_from = 2
    async with bot.bot.database.write() as session:
        await session.execute(delete(RoleGrant))  # the demo's own officer
    officer, worker = await officer_of(bot), await bot.person("Nguyễn Thị Nga")
    alone = await officer.taps("Gửi đến 2 người", await writes(officer))
    assert "không phải do bạn mời" in alone.text
    second = await officer_of(bot, "CTVN")
    await officer.taps("Gửi đến 2 người", await officer.sees("Mọi người sẽ thấy đúng như trên"))
    await second.settled()
    asked = await second.sees("cần bạn đồng ý", "Mai họp tổ lúc 9h nhé")
    await bot.works()
    assert await worker.screen() == []
    forged = AgreeToSend((await mailing(bot)).id).pack()
    assert "cán bộ khác" in (await officer.presses(forged)).text
    assert "quyền" in (await worker.presses(forged)).text
    await second.taps("Đồng ý gửi", asked)
    await bot.works()
    assert len(await worker.screen()) == 2  # the refusal, and the message
    assert "không còn chờ" in (await second.taps("Đồng ý gửi", asked)).text


async def test_whom_it_is_for_is_what_choices_have_in_common(bot: Stage) -> None:
    officer = await officer_of(bot)
    done, lazy = await bot.person("Nguyễn Thị Nga"), await bot.person("Trần Văn Bốn")
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    await submits(bot, done)
    await goes(officer, ("/guitin", "nhắn gì"), ("Mời bạn gửi", "ảnh hay tài liệu"), ("bỏ qua", "đơn vị nào"))
    await officer.taps((await officer.last()).buttons[0][0])
    await goes(officer, ("Công nhân", "một phần"), ("chưa gửi sáng kiến giai đoạn này", "một phần"))
    await goes(officer, ("xong", "Gửi lúc nào"), ("Gửi ngay", "Tin của bạn"))
    await officer.taps("Gửi đến 1 người", await officer.taps("Xem trước"))
    await bot.works()
    await lazy.sees("Mời bạn gửi")
    await done.sees_not("Mời bạn gửi")
    await support.sees_not("Mời bạn gửi")


async def test_nobody_to_write_to_is_said_and_nothing_is_offered(bot: Stage) -> None:
    officer = await officer_of(bot)
    seen = await writes(officer, who="Tổ hỗ trợ")
    assert "Chưa có ai hợp" in seen.text
    assert not [label for label in labels(seen) if label.startswith("📨")]
    forged = SendBroadcast((await mailing(bot)).id)
    assert "Chưa có ai hợp" in (await officer.presses(forged.pack())).text


async def test_strangers_and_other_officers_can_do_nothing(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Nguyễn Thị Nga")
    other = await officer_of(bot, "VEAM")
    await officer.taps("Gửi đến 2 người", await writes(officer, when="17h"))
    number = (await mailing(bot)).id
    for stranger in (worker, other):
        for forged in (
            SendBroadcast(number),
            PauseSending(number),
            ResumeSending(number),
            StopSending(number),
            OpenBroadcast(number),
            EditBroadcast(number),
            TryBroadcast(number),
            AgreeToSend(number),
            RefuseToSend(number),
            SendToFailed(number),
        ):
            seen = await stranger.presses(forged.pack())
            assert "quyền" in seen.text, (forged, seen.text)
    assert "quyền" in (await worker.says("/guitin")).text
    found = await mailing(bot)
    assert (found.state, found.paused_at) == (MailingState.PLANNED, None)


async def test_a_support_team_writes_within_its_unit(bot: Stage) -> None:
    support, worker = await bot.person("Phạm Thị Lan", role=Role.SUPPORT), await bot.person("Nguyễn Thị Nga")
    await goes(
        support, ("/guitin", "nhắn gì"), ("Ai cần giúp?", "ảnh hay tài liệu"), ("bỏ qua", "đơn vị nào")
    )
    assert "không thấy đơn vị này" in (await support.says("Công Thương Việt Nam")).text
    await support.taps((await support.sees("đơn vị nào")).buttons[0][0])
    await goes(support, ("Công nhân", "một phần"), ("bỏ qua", "Gửi lúc nào"), ("Gửi ngay", "Tin của bạn"))
    await support.taps("Gửi đến 1 người", await support.taps("Xem trước"))
    await bot.works()
    await worker.sees("Ai cần giúp?")


async def test_a_moment_that_cannot_be_is_asked_again(bot: Stage) -> None:
    officer = await officer_of(bot)
    await goes(officer, ("/guitin", "nhắn gì"), ("Chào", "ảnh hay tài liệu"), ("bỏ qua", "đơn vị nào"))
    await officer.taps((await officer.last()).buttons[0][0])
    await goes(officer, ("Mọi người", "một phần"), ("bỏ qua", "Gửi lúc nào"))
    for moment in ("hôm qua 8h", "25:00", "khi nào rảnh", "1/1/1900 8:00"):
        await goes(officer, (moment, "Gửi lúc nào"))
