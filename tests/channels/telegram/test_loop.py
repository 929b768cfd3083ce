"""The whole loop on Telegram: the real library against our stand-in server, with real databases behind."""

import io
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from storage.people.tables import Account, Role, RoleGrant
from storage.units.tables import Unit
from tests.channels.whole_loop import goes, lived_by, photo
from tests.fakes.telegram import TOKEN, FakeTelegram, Person
from tests.talk import Stage, stage, unlimited


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram, demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path, telegram=unlimited(TOKEN, telegram.api)) as running:
        yield running


async def registers(bot: Stage, person: Person, name: str, role: Role | None = None) -> None:
    """By the code of a poster, as a stranger would."""
    unit = await bot.unit("RALACO")
    await person.sends(f"/start {unit.join_code}")
    await person.sees("Rạng Đông")
    await person.sees("đồng ý")
    await person.taps("Tôi đồng ý")
    await person.sees("Họ và tên")
    await person.sends(name)
    await person.sees("muốn làm gì")
    if role is not None:
        async with bot.bot.database.write() as session:
            account = await session.scalar(select(Account).where(Account.external_id == str(person.id)))
            home = await session.scalar(select(Unit).where(Unit.code == "RALACO"))
            assert account is not None
            assert home is not None
            session.add(
                RoleGrant(person_id=account.person_id, unit_id=home.id, role=role, granted_at=bot.clock.now())
            )


async def submits(worker: Person, name: str = "Đồ gá khoan bốn lỗ") -> None:
    await goes(
        worker,
        ("/sangkien", "tên là gì"),
        (name, "làm thế nào"),
        ("Hàn một tấm gá bằng sắt <b>dày</b> & chắc, khoan một lần", "lĩnh vực"),
        ("kỹ thuật", "lần đầu"),
        ("hôm qua", "vướng gì"),
        ("bỏ qua hết", "xem lại giúp mình"),
    )
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi", "CTVN-2026-")


async def test_the_whole_loop(bot: Stage, telegram: FakeTelegram) -> None:
    await lived_by(bot, telegram.user("Hoa"), telegram.user("Minh"), telegram.user("Hà"))


async def test_photos_of_an_album_are_one_answer_and_reach_the_team(
    bot: Stage, telegram: FakeTelegram
) -> None:
    worker, support = telegram.user("Hoa"), telegram.user("Minh")
    await registers(bot, support, "Đặng Văn Quý", Role.SUPPORT)
    await registers(bot, worker, "Đặng Thị Hoa")
    await goes(
        worker,
        ("/sangkien", "tên là gì"), ("Giá để dụng cụ", "làm thế nào"), ("Hàn giá từ thép thừa", "lĩnh vực"),
        ("quản lý", "lần đầu"), ("3/2026", "vướng gì"), ("bỏ qua", "bao nhiêu tiền"),
        ("bỏ qua", "ảnh hay tài liệu"),
    )  # fmt: skip
    await worker.sends_album([photo("red"), photo("green")])
    await worker.sees("Đã nhận 2 tệp")
    await worker.taps("✓ Xong")
    await worker.sees("Ai cùng làm")
    await worker.sends("bỏ qua hết")
    await worker.sees("xem lại giúp mình", "2 tệp")
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi")
    await support.sees("Sáng kiến mới", "Giá để dụng cụ")
    assert sum(bool(message.photo) for message in support.messages) == 2


async def test_a_picture_comes_light_and_on_a_tap_dark(bot: Stage, telegram: FakeTelegram) -> None:
    officer = telegram.user("Hà")
    await registers(bot, officer, "Đặng Thu Hà", Role.OFFICER)
    await officer.sends("/tiendo")
    await officer.sees("281 / 800")
    for label, other, is_dark in (
        ("🖼 Ảnh tiến độ", "🌙 Nền tối", False),
        ("🌙 Nền tối", "☀️ Nền sáng", True),
        ("☀️ Nền sáng", "🌙 Nền tối", False),
    ):
        await officer.taps(label)
        shown = await officer.sees("281 / 800")
        assert other in shown.labels
        assert label not in shown.labels
        with Image.open(io.BytesIO(shown.photo or b"")) as drawn:
            assert (drawn.convert("L").crop((3, 3, 4, 4)).tobytes()[0] < 128) is is_dark


async def test_a_decided_card_is_closed_on_everyones_screen(bot: Stage, telegram: FakeTelegram) -> None:
    worker, first, second = telegram.user("Hoa"), telegram.user("Minh"), telegram.user("Lan")
    await registers(bot, first, "Đặng Văn Quý", Role.SUPPORT)
    await registers(bot, second, "Lê Thị Lan", Role.SUPPORT)
    await registers(bot, worker, "Đặng Thị Hoa")
    await submits(worker)
    await first.sees("Sáng kiến mới")
    card = await second.sees("Sáng kiến mới")
    await first.taps("✓ Duyệt")
    await second.sees("đã được duyệt")
    assert "đã được duyệt" in card.text
    assert "✓ Duyệt" not in [button.label for row in card.rows for button in row]


async def test_a_group_bound_to_the_unit_gets_the_cards_and_rights_are_the_pressers(
    bot: Stage, telegram: FakeTelegram
) -> None:
    worker, support, stranger = telegram.user("Hoa"), telegram.user("Minh"), telegram.user("Ai đó")
    await registers(bot, support, "Đặng Văn Quý", Role.SUPPORT)
    await registers(bot, worker, "Đặng Thị Hoa")
    await support.sends("/to")
    await support.sees("Mã đơn vị")
    await support.taps("Gắn nhóm Telegram")
    told = await support.sees("/lienket")
    code = told.text.split("/lienket ")[1][:10]
    group = telegram.group()
    await group.sends(support, f"/lienket {code}")
    await group.sees("sẽ báo vào nhóm này")
    await submits(worker)
    await group.sees("Sáng kiến mới")
    await stranger.taps("✓ Duyệt", group=group)
    await group.sees_toast("đăng ký")
    await worker.taps("✓ Duyệt", group=group)
    await group.sees_toast("không có quyền")
    await support.taps("✓ Duyệt", group=group)
    await group.sees("đã được duyệt")
    await worker.sees("Chúc mừng")


async def test_what_is_delivered_twice_changes_nothing(bot: Stage, telegram: FakeTelegram) -> None:
    worker = telegram.user("Hoa")
    await registers(bot, worker, "Đặng Thị Hoa")
    await goes(worker, ("/sangkien", "tên là gì"))
    number = await worker.sends("Xe đẩy phôi ba tầng")
    await worker.sees("làm thế nào")
    telegram.push_again(number)
    last = await worker.sends("Hàn ba tầng, gắn bánh xe")
    await worker.sees("lĩnh vực")
    await telegram.confirmed(last)
    async with bot.bot.database.read() as session:
        count = await session.scalar(select(func.count()).select_from(Account))
    assert count is not None


async def test_who_blocked_the_bot_is_not_written_to(bot: Stage, telegram: FakeTelegram) -> None:
    worker, support = telegram.user("Hoa"), telegram.user("Minh")
    await registers(bot, support, "Đặng Văn Quý", Role.SUPPORT)
    await registers(bot, worker, "Đặng Thị Hoa")
    await submits(worker)
    await support.sees("Sáng kiến mới")
    gone = await worker.blocks()
    await telegram.confirmed(gone)
    before = len(telegram.requests_of("sendMessage", chat=worker))
    await support.taps("✓ Duyệt")
    await support.sees("đã được duyệt")
    await bot.bot.desk.settled()
    await bot.bot.sender.round()
    assert len(telegram.requests_of("sendMessage", chat=worker)) == before


async def test_what_cannot_be_taken_is_answered_kindly_and_the_question_stays(
    bot: Stage, telegram: FakeTelegram
) -> None:
    worker = telegram.user("Hoa")
    await registers(bot, worker, "Đặng Thị Hoa")
    await goes(worker, ("/sangkien", "tên là gì"))
    await worker.sends_sticker()
    await worker.sees("Dễ thương", "tên là gì")
    await worker.sends_voice()
    await worker.sees("tin thoại", "tên là gì")
    await worker.sends_location()
    await worker.sees("vị trí", "tên là gì")
    await worker.sends_photo(photo())
    await worker.sees("bước sau", "tên là gì")
    await worker.edits("sửa tin")
    await worker.sees("sửa một tin cũ", "tên là gì")


async def test_telegram_failing_stops_nobody_for_good(bot: Stage, telegram: FakeTelegram) -> None:
    worker = telegram.user("Hoa")
    await registers(bot, worker, "Đặng Thị Hoa")
    telegram.fault("flood", method="sendMessage", retry_after=1)
    await worker.sends("/sangkien")
    await worker.sees("tên là gì")


async def test_the_token_is_in_no_log_line(
    bot: Stage, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    worker = telegram.user("Hoa")
    await registers(bot, worker, "Đặng Thị Hoa")
    telegram.fault("garbage", method="sendMessage")
    await worker.sends("/menu")
    await worker.sends("/trogiup")
    await worker.sees("/menu")
    assert TOKEN not in caplog.text
    assert TOKEN.partition(":")[2] not in caplog.text
