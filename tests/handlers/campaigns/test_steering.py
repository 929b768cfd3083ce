"""Steering a campaign: its targets unit by unit, its plan in an officer's own words, what was sent, and its thanks."""

from sqlalchemy import select

from bot.screens.campaigns.actions import PauseCampaign, ShowTargets, ShowUnits
from storage.campaigns.tables import CampaignTarget
from storage.mailings.tables import MailingState
from storage.people.tables import Consent, ConsentSubject, Person, Role, Shift
from tests.handlers.campaigns.drives import (
    approves,
    campaign,
    mailing,
    makes,
    officer_of,
    opens,
    received,
    until,
)
from tests.handlers.talks import labels
from tests.talk import Stage, WebPerson


async def targets(bot: Stage) -> dict[str, int]:
    """The targets of the one campaign, by the unit's code."""
    found = {}
    async with bot.bot.database.read() as session:
        rows = {one.unit_id: one.number for one in await session.scalars(select(CampaignTarget))}
    for code in ("CTVN", "VEAM", "RALACO", "RALACO-X1", "RALACO-X2", "HABECO"):
        if (number := rows.get((await bot.unit(code)).id)) is not None:
            found[code] = number
    return found


async def night_worker(bot: Stage) -> WebPerson:
    """Somebody who sleeps until half past one, and so gets the morning's messages then."""
    worker = await bot.person("Nguyễn Thị Nga")
    async with bot.bot.database.write() as session:
        (await session.get_one(Person, worker.account.person_id)).shift = Shift.NIGHT
    return worker


async def test_a_target_is_shared_out_to_the_last_unit(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer, target="21")

    # RALACO misses 500, its two workshops 60 and 80 of their own: the number goes down as those are spread.
    assert await targets(bot) == {"RALACO": 21, "RALACO-X1": 9, "RALACO-X2": 12}


async def test_without_a_number_each_unit_gets_what_it_misses(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer, target="Theo số còn thiếu")

    assert await targets(bot) == {"RALACO": 500, "RALACO-X1": 60, "RALACO-X2": 80}


async def test_targets_are_walked_down_changed_and_shared_anew(bot: Stage) -> None:
    officer = await officer_of(bot, "CTVN")
    await makes(officer, target="1.000")
    seen = await opens(officer, "Chỉ tiêu")
    assert "Công đoàn Công Thương Việt Nam: 1.000" in seen.text
    seen = await officer.taps("Bóng đèn", seen)
    before = await targets(bot)
    assert f"Xưởng LED điện tử Rạng Đông: {before['RALACO-X2']}" in seen.text

    await officer.taps("Đổi số này", seen)
    beside = await officer.says("140")
    await officer.taps("Chia cho cấp dưới", await officer.taps("Bóng đèn", beside))

    after = await targets(bot)
    assert (after["RALACO"], after["RALACO-X1"], after["RALACO-X2"]) == (140, 60, 80)
    assert after["VEAM"] == before["VEAM"]


async def test_targets_are_pasted_from_a_sheet(bot: Stage) -> None:
    officer = await officer_of(bot, "CTVN")
    await makes(officer, target="1000")
    before = await targets(bot)
    await opens(officer, "Chỉ tiêu", "Dán từ bảng tính")
    wrong = await officer.says("Mã\tTên\tChỉ tiêu\nVEAM\tMáy động lực\t1.250\nKHONG 5\nRALACO nhiều 0")
    assert "Dòng 3: không có đơn vị nào mang mã “KHONG”" in wrong.text
    assert "Dòng 4: chỉ tiêu là số từ 1 đến 1.000.000" in wrong.text
    assert await targets(bot) == before

    await officer.says("Mã\tTên\tChỉ tiêu\nVEAM\tMáy động lực\t1.250\nRALACO-X1 44")

    await officer.sees("Đã đặt chỉ tiêu cho 2 đơn vị")
    after = await targets(bot)
    assert (after["VEAM"], after["RALACO-X1"], after["RALACO"]) == (1250, 44, before["RALACO"])


async def test_an_officer_below_sees_their_own_part_and_steers_nothing(bot: Stage) -> None:
    top, below = await officer_of(bot, "CTVN"), await officer_of(bot, "RALACO")
    await makes(top, target="1000")
    await until(bot, 1, 9)

    listed = await below.says("/caodiem")
    assert any("Tuần sáng kiến" in label for label in labels(listed))
    seen = await below.taps("Tuần sáng kiến", listed)
    assert not {"✕ Kết thúc", "Lịch nhắc", "✎ Sửa"} & set(labels(seen))
    assert "Rạng Đông" in (await below.taps("Xem từng đơn vị", seen)).text
    veam = await bot.unit("VEAM")
    for forged in (ShowUnits(1, veam.id), PauseCampaign(1), ShowTargets(1, veam.id)):
        assert "quyền" in (await below.presses(forged.pack())).text


async def test_units_are_followed_tap_by_tap_with_their_gain_against_their_own_target(bot: Stage) -> None:
    officer, support = await officer_of(bot, "CTVN"), await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    worker = await bot.person("Nguyễn Thị Nga", unit="RALACO-X1")
    await makes(officer, target="1000")
    await until(bot, 1, 9)
    await approves(bot, support, worker)
    numbers = await targets(bot)

    seen = await opens(officer, "Xem từng đơn vị")
    assert "Đã có 1/1.000 sáng kiến" in seen.text
    assert f"Rạng Đông: 1/{numbers['RALACO']}" in seen.text
    await officer.taps("Bóng đèn Phích nước Rạng Đông", on=seen)
    deeper = await officer.last()
    assert f"Xưởng Phích nước Rạng Đông: 1/{numbers['RALACO-X1']}" in deeper.text
    assert "Hôm nay thêm 1" in deeper.text
    above = await officer.taps("Cấp trên", on=deeper)
    assert "Đã có 1/1.000 sáng kiến" in above.text
    assert "Xếp theo số lượng" in (await officer.taps("Theo số lượng", on=above)).text
    drawn = await officer.taps("Ảnh tiến độ", on=deeper)
    assert drawn.pictures == 1


async def test_the_log_says_to_how_many_it_went_and_why_not_to_others(bot: Stage) -> None:
    officer, slow = await officer_of(bot), await bot.person("Trần Văn Bốn")
    asleep = await night_worker(bot)
    await makes(officer)
    await until(bot, 1, 9)
    await asleep.taps("Không nhắc nữa", await asleep.says("/toi"))
    await until(bot, 2, 12)

    seen = await opens(officer, "Đã gửi gì")
    assert "Khai mạc: đã đến 1/2 người" in seen.text
    assert "Nhắc những ngày đầu: đã đến 1/1 người" in seen.text
    assert "đã tắt nhắc: 1" in (await officer.taps("Khai mạc", seen)).text
    assert "Nhắc ngày cuối" not in seen.text
    await slow.sees("cùng góp sáng kiến")


async def test_a_step_is_said_in_own_words_and_on_another_day(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await opens(officer, "Lịch nhắc", "Nhắc những ngày đầu", "Đổi lời")
    await officer.says("Chiều nay tổ nào cũng có quà <b>nhỏ</b>!")
    await officer.sees("Tuần sáng kiến", "có quà <b>nhỏ</b>!")
    await officer.taps("Đổi ngày")
    assert "từ 1 đến 60" in (await officer.says("99")).text
    await officer.says("2")
    await opens(officer, "Lịch nhắc", "Nhắc bản dở dang", "Không gửi tin này")

    await until(bot, 2, 20)
    assert len(await received(worker)) == 1
    await until(bot, 3, 12)
    await worker.sees("Tuần sáng kiến", "có quà <b>nhỏ</b>!")


async def test_all_messages_can_be_read_before_any_is_sent(bot: Stage) -> None:
    officer = await officer_of(bot)
    await bot.person("Trần Văn Bốn")
    await makes(officer)

    seen = await officer.taps("Đọc hết các tin")

    for words in (
        "08:00 25/11/2026 – 1 người",
        "cùng góp sáng kiến",
        "nửa chặng",
        "ngày cuối",
        "Kết quả cuối cùng",
    ):
        assert words in seen.text
    assert await received(officer) == []


async def test_a_campaign_that_is_moved_opens_on_its_new_day(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await opens(officer, "Sửa")
    await officer.taps("Bắt đầu")
    await officer.says("28/11")
    assert "28/11/2026 – 4/12/2026" in (await officer.last()).text
    await opens(officer, "Sửa")
    await officer.taps("Tên")
    await officer.says("Tuần an toàn")

    await until(bot, 3, 20)
    assert await received(worker) == []
    await until(bot, 4, 9)
    await worker.sees("Tuần an toàn", "28/11/2026 đến 4/12/2026")
    assert "Bắt đầu" not in labels(await opens(officer, "Sửa", name="Tuần an toàn"))


async def test_thanks_go_by_name_to_those_who_agreed(bot: Stage) -> None:
    officer, support = await officer_of(bot), await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    proud, shy, gone = [await bot.person(name) for name in ("Nguyễn Thị Nga", "Trần Văn Bốn", "Lý Văn Ba")]
    await makes(officer)
    await until(bot, 1, 9)
    for worker, name in ((proud, "Giá để khuôn"), (shy, "Máng dẫn dây"), (gone, "Kẹp ống nhanh")):
        await approves(bot, support, worker, name)
        told = await worker.sees("Chúc mừng")
        await worker.taps("Nêu tên khi cảm ơn", on=told)
    await proud.taps("Đồng ý")
    await shy.taps("Không, cảm ơn")
    await gone.taps("Đồng ý")
    await gone.taps("Xoá dữ liệu của tôi", await gone.says("/toi"))
    await gone.taps("Xoá hết")
    # Whoever has answered is not asked again.
    await approves(bot, support, shy, "Bàn xoay")
    assert "❤ Nêu tên khi cảm ơn" not in labels(await shy.sees("Chúc mừng", "Bàn xoay"))

    await until(bot, 8, 10)
    seen = await shy.sees("đã kết thúc", "Cảm ơn riêng")
    assert "Cảm ơn riêng: Nguyễn Thị Nga, và 2 tác giả khác." in seen.text
    assert "Trần Văn Bốn" not in seen.text
    async with bot.bot.database.read() as session:
        evidence = (
            await session.scalars(select(Consent).where(Consent.subject == ConsentSubject.NAMED))
        ).all()
        assert [one.given for one in evidence] == [True, False, True]
        assert all("cảm ơn bạn bằng tên" in one.words for one in evidence)
        assert (await session.get_one(Person, gone.account.person_id)).named_since is None


async def test_ended_early_what_is_being_sent_stops(bot: Stage) -> None:
    officer, asleep = await officer_of(bot), await night_worker(bot)
    await makes(officer)
    await until(bot, 1, 9)
    await opens(officer, "Kết thúc", "Có")
    await until(bot, 1, 20)

    assert await received(asleep) == []
    one = await mailing(bot, "opening")
    assert (one.state, one.left) == (MailingState.CANCELLED, 1)
    assert (await campaign(bot)).ends == (await campaign(bot)).starts
