"""What one may ask of whoever holds one's data takes effect at once, and is answered by the clock that the law sets."""

from datetime import datetime, timedelta

import pytest

from bot.clock import LOCAL_ZONE
from bot.screens.people.actions import AnswerRequest, ShowRights
from bot.services.people import requests
from storage.people.tables import Consent, Person, Role
from tests.handlers.mailings.writing import writes
from tests.handlers.talks import count
from tests.talk import Stage


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("2026-11-23 09:00", "2026-11-25 09:00"),  # a Monday
        ("2026-11-26 16:30", "2026-11-30 16:30"),  # a Thursday
        ("2026-11-27 09:00", "2026-12-01 09:00"),
        ("2026-11-28 09:00", "2026-12-01 09:00"),  # a Saturday
        ("2026-11-29 23:59", "2026-12-01 23:59"),
    ],
)
def test_two_working_days_leave_out_the_weekend(asked: str, answered: str) -> None:
    moment = datetime.fromisoformat(asked).replace(tzinfo=LOCAL_ZONE)
    assert requests.working_days_after(moment, 2) == datetime.fromisoformat(answered).replace(
        tzinfo=LOCAL_ZONE
    )


@pytest.mark.every_channel
async def test_who_withdraws_is_not_written_to_and_hears_the_answer(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    officer = await bot.person("Trần Văn Minh", role=Role.OFFICER)
    await worker.says("/toi")
    await worker.taps("Quyền của tôi")
    await worker.taps("Rút lại đồng ý")
    await worker.taps("Có")
    await worker.sees("đã ghi nhận", "26/11/2026")
    assert await count(bot, Consent, ~Consent.given) == 1
    # At once: nothing is taken or sent any more.
    assert "Gửi đến 1 người" in str((await writes(officer)).buttons)
    await officer.settled()
    await officer.sees("Nguyễn Thị Nga", "rút lại đồng ý", "Trả lời trước")
    await officer.says("/menu")
    await officer.taps("Yêu cầu về dữ liệu (1)")
    await officer.taps("Nguyễn Thị Nga")
    await officer.taps("✓ Đã làm")
    await officer.says("Đã gạch tên bạn khỏi bảng của tổ")
    await officer.sees("Đã gửi câu trả lời")
    await worker.settled()
    await worker.sees("đã được làm xong", "gạch tên bạn")
    assert "không có quyền" in (await worker.presses(AnswerRequest(1, done=True).pack())).text
    assert "đã có người trả lời" in (await officer.presses(AnswerRequest(1, done=True).pack())).text


async def test_a_refusal_says_why_and_what_was_restricted_is_used_again(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    officer = await bot.person("Trần Văn Minh", role=Role.OFFICER)
    await worker.presses(ShowRights().pack())
    await worker.taps("Tạm ngừng dùng dữ liệu")
    await worker.taps("Có")
    await worker.sees("được giữ nguyên, không dùng")
    await officer.settled()
    await officer.taps("Không làm được", await officer.sees("Nguyễn Thị Nga"))
    await officer.says("Đang có quyết định khen thưởng phải ghi tên")
    await worker.settled()
    await worker.sees("được dùng lại như trước", "quyết định khen thưởng")
    async with bot.bot.database.read() as session:
        assert (await session.get_one(Person, worker.account.person_id)).restricted_since is None


async def test_what_nobody_answers_is_said_again_and_goes_to_the_top(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    officer = await bot.person("Trần Văn Minh", role=Role.OFFICER)
    top = await bot.person("Lê Văn Sơn", unit="CTVN", role=Role.OFFICER)
    await worker.presses(ShowRights().pack())
    await worker.taps("Phản đối")
    await worker.taps("Có")
    await officer.settled()

    async def hour_later(by: timedelta) -> list[int]:
        bot.clock.advance(by)
        async with bot.bot.database.write() as session:
            await requests.remind(session, bot.clock.now())
        await officer.settled()
        return [sum("sắp quá hạn" in one.text for one in await who.screen()) for who in (officer, top)]

    assert await hour_later(timedelta(hours=30)) == [0, 0]
    assert await hour_later(timedelta(hours=11)) == [1, 0]
    assert await hour_later(timedelta(hours=1)) == [1, 0]
    assert await hour_later(timedelta(hours=8)) == [2, 1]
    assert await hour_later(timedelta(hours=24)) == [3, 2]
