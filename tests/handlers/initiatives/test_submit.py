"""Submitting: drafts on any device, look-alikes, co-authors, money, pictures, taking back; and leaving at any time."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind
from bot.delivery.channel import FileProblem
from storage.conversation.tables import Draft
from storage.initiatives.tables import Attachment, Author, Initiative, InitiativeState
from storage.media import Media
from storage.people.tables import Person, Role
from storage.units.tables import Unit, UnitKind
from tests.handlers.talks import (
    count,
    fills_in,
    goes,
    initiative,
    labels,
    newest,
    open_form,
    photo,
    submits,
)
from tests.talk import Stage, WebPerson


async def authors(bot: Stage, number: int) -> list[tuple[str, int, int | None]]:
    async with bot.bot.database.read() as session:
        rows = await session.scalars(
            select(Author).where(Author.initiative_id == number).order_by(Author.position)
        )
        return [(row.name, row.share, row.person_id) for row in rows]


async def at_authors(worker: WebPerson) -> None:
    await goes(
        worker,
        ("/sangkien", "tên"), ("Giá để khuôn", "thế nào"), ("Hàn giá", "lĩnh vực"), ("quản lý", "lần đầu"),
        ("hôm qua", "vướng gì"), ("bỏ qua", "tiền"), ("bỏ qua", "ảnh"), ("bỏ qua", "Ai cùng làm"),
    )  # fmt: skip


async def at_money(worker: WebPerson) -> None:
    await goes(
        worker,
        ("/sangkien", "tên"), ("Giá để khuôn", "thế nào"), ("Hàn giá", "lĩnh vực"), ("quản lý", "lần đầu"),
        ("hôm qua", "vướng gì"), ("bỏ qua", "bao nhiêu tiền"),
    )  # fmt: skip


@pytest.mark.every_channel
async def test_a_draft_goes_on_next_week_in_another_window_at_the_same_question(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(
        worker, ("/sangkien", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào"), ("/menu", "muốn làm gì")
    )
    bot.clock.advance(timedelta(days=7))
    elsewhere = await bot.same_person_elsewhere(worker)
    await goes(elsewhere, ("/sangkien", "đang viết dở sáng kiến “Xe đẩy ba tầng”"))
    seen = await elsewhere.taps("Tiếp tục")
    assert "làm thế nào" in seen.text
    await goes(elsewhere, ("Hàn ba tầng", "lĩnh vực"))
    # The first window has not seen that question yet.
    await goes(worker, ("kỹ thuật", "lĩnh vực"), ("kỹ thuật", "lần đầu"))


async def test_a_draft_can_be_dropped(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(
        worker, ("/sangkien", "tên là gì"), ("Xe đẩy", "làm thế nào"), ("huỷ", "giữ lại"), ("/sangkien", "dở")
    )
    seen = await worker.taps("Làm lại")
    assert "tên là gì" in seen.text
    assert await count(bot, Draft) == 0


async def test_what_resembles_an_earlier_one_is_shown_before_it_is_sent(bot: Stage) -> None:
    worker, other = await bot.person("Nguyễn Thị Nga"), await bot.person("Vũ Văn Tú")
    await submits(bot, other, "Đồ gá khoan bốn lỗ cùng lúc")
    await fills_in(worker, "do ga khoan bon lo cung luc", "Cách khác hẳn")
    seen = await worker.taps("Gửi sáng kiến")
    assert "gần giống" in seen.text
    assert "CTVN-2026-000001" in seen.text
    assert await count(bot, Initiative) == 1
    await worker.taps("Để mình xem lại")
    await worker.sees("xem lại giúp mình")
    await worker.taps("Vẫn gửi")
    await worker.sees("CTVN-2026-000002")


async def test_one_of_another_unit_is_no_look_alike(bot: Stage) -> None:
    worker, other = await bot.person("Nguyễn Thị Nga"), await bot.person("Vũ Văn Tú", unit="HABECO")
    await submits(bot, other)
    await submits(bot, worker)
    assert await count(bot, Initiative) == 2


@pytest.mark.every_channel
async def test_co_authors_total_100_and_the_writer_is_one_of_them(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await at_authors(worker)
    await goes(
        worker,
        ("Trần Bình 40%, tôi 59,9%", "99,9 %"),
        ("Trần Bình 101%", "không quá 100"),
        ("tôi 50%, tôi 50%", "hai lần"),
        ("TRẦN BÌNH 40%", "Nguyễn Thị Nga 60 %; Trần Bình 40 %"),
        ("đúng", "giúp được gì"),
        ("bỏ qua hết", "xem lại"),
    )
    await worker.taps("Gửi sáng kiến")
    number = await newest(bot)
    assert await authors(bot, number) == [
        ("Nguyễn Thị Nga", 6000, worker.account.person_id),
        ("Trần Bình", 4000, None),
    ]


@pytest.mark.every_channel
async def test_money_is_read_back_and_a_month_is_twelve_times_a_year(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await at_money(worker)
    await goes(
        worker,
        ("-5tr", "không thể âm"), ("999999999999 tỷ", "lớn quá"), ("500 đô", "đổi ra tiền Việt"),
        ("nhiều lắm", "chưa hiểu"), ("0đ", "Không tính được bằng tiền"),
        ("2 triệu mỗi tháng", "24.000.000 đ một năm"), ("sai", "bao nhiêu tiền"),
    )  # fmt: skip
    seen = await worker.says("1.200")
    assert [label for label in labels(seen) if "một năm" in label] == [
        "1.200 đ một năm",
        "1.200.000 đ một năm",
        "1.200.000.000 đ một năm",
    ]
    await worker.taps("1.200.000 đ một năm")
    await goes(worker, ("bỏ qua hết", "1.200.000 đ một năm"))
    await worker.taps("Gửi sáng kiến")
    assert (await initiative(bot, 1)).benefit == 1_200_000


async def test_no_money_is_an_answer_too(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await at_money(worker)
    await worker.taps("Không tính được bằng tiền")
    await goes(worker, ("Đỡ mỏi lưng", "ảnh"), ("bỏ qua hết", "Không tính được bằng tiền"))
    await worker.taps("Gửi sáng kiến")
    one = await initiative(bot, 1)
    assert (one.benefit, one.benefit_in_money, one.benefit_words) == (None, False, "Đỡ mỏi lưng")


@pytest.mark.every_channel
async def test_an_album_is_several_pictures_and_the_same_picture_is_one(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await at_money(worker)
    await goes(worker, ("bỏ qua", "ảnh hay tài liệu"))
    media = bot.bot.chat.media
    taken = [
        await media.take(IncomingFile("upload", f"{colour}.jpg", is_picture=True), photo(colour))
        for colour in ("red", "green", "red")
    ]
    account = worker.account
    await bot.bot.desk.accept(
        Incoming(
            worker.channel,
            f"{account.id}:album-000",
            0,
            IncomingKind.FILE,
            account.external_id,
            account.chat_id,
            files=tuple(taken),
        )
    )
    await worker.settled()
    await worker.sees("Đã nhận 2 tệp")
    await worker.taps("Bỏ tệp cuối")
    await worker.taps("Xong")
    await worker.says("bỏ qua hết")
    await worker.taps("Gửi sáng kiến")
    assert await count(bot, Attachment) == 1
    assert await count(bot, Media) == 2


async def test_a_file_is_what_its_bytes_are(bot: Stage) -> None:
    for name, content, why in (
        ("phim.jpg", b"\xff\xd8\xff" + b"x" * (21 * 1024 * 1024), "files.too_big"),
        ("anh.jpg", b"MZ\x90\x00" + b"\0" * 200, "files.kind"),
        ("anh.jpg", b"", "files.empty"),
        ("anh.jpg", b"\xff\xd8\xff\xe0" + b"not a picture" * 20, "files.unreadable"),
        ("x.pdf", b"<script>alert(1)</script>", "files.kind"),
    ):
        with pytest.raises(FileProblem) as refused:
            await bot.bot.chat.media.take(IncomingFile("upload", name, is_picture=True), content)
        assert refused.value.key == why
    assert await count(bot, Media) == 0


async def test_a_renamed_picture_is_a_picture_and_leads_out_of_no_folder(bot: Stage, tmp_path: Path) -> None:
    taken = await bot.bot.chat.media.take(
        IncomingFile("upload", "../../báo cáo.pdf.exe", is_picture=False), photo()
    )
    assert taken.is_picture
    assert taken.name.endswith(".jpg")
    assert not {"/", "\\"} & set(taken.name)
    assert not list(tmp_path.parent.glob("*.exe"))


async def test_a_file_with_a_problem_is_told_and_the_others_are_kept(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await at_money(worker)
    await goes(worker, ("bỏ qua", "ảnh hay tài liệu"))
    await worker.sends_photo(photo())
    account = worker.account
    for number, key in enumerate(
        ("files.too_big", "files.kind", "files.unreadable", "files.unreachable", "files.empty")
    ):
        file = IncomingFile("s", "<b>anh</b>.exe", is_picture=False, problem=key)
        await bot.bot.desk.accept(
            Incoming(
                worker.channel,
                f"{account.id}:bad-{number:05}",
                0,
                IncomingKind.FILE,
                account.external_id,
                account.chat_id,
                files=(file,),
            )
        )
    await worker.settled()
    await worker.sees("lớn quá (tối đa 20 MB)", "ảnh hay tài liệu")
    await worker.sees("“<b>anh</b>.exe” không phải loại đó")
    await worker.taps("Xong")
    await worker.says("bỏ qua hết")
    await worker.sees("Ảnh, tài liệu: 1 tệp")


async def test_my_list_comes_in_pages_the_newest_first(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    assert "chưa gửi sáng kiến nào" in (await worker.says("/cuatoi")).text
    words = (
        "Đồ gá khoan", "Quạt hút bụi", "Xe chở phôi", "Kệ dao cụ", "Lịch bảo trì", "Cảm biến nhiệt",
        "Hộp phân loại rác", "Bàn nâng hàng", "Tủ sấy sơn",
    )  # fmt: skip
    for word in words:
        await submits(bot, worker, word, f"Cách làm: {word.upper()}")
    bot.clock.advance(timedelta(minutes=1))
    seen = await worker.says("/cuatoi")
    assert "Tủ sấy sơn" in labels(seen)[0]
    assert not any("Đồ gá khoan" in label for label in labels(seen))
    seen = await worker.taps("Trang sau")
    assert [label for label in labels(seen) if "Đồ gá khoan" in label]
    await worker.taps("Đồ gá khoan")
    await worker.sees("Nội dung: Cách làm: ĐỒ GÁ KHOAN")
    await worker.taps("Lịch sử")
    await worker.sees("Nguyễn Thị Nga gửi")
    await worker.says("CTVN 2026 000001")
    found = await worker.says("ctvn-2026-000001")
    assert "Đồ gá khoan" in found.text


@pytest.mark.every_channel
async def test_taking_back_asks_first_and_closes_the_card(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await support.settled()
    card = await support.sees("Sáng kiến mới")
    await worker.taps("Xem lại")
    asked = await worker.taps("Rút lại")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    await worker.taps("Rút lại", asked)
    assert (await initiative(bot, number)).state is InitiativeState.WITHDRAWN
    await support.settled()
    closed = await support.outcome(card)
    assert "đã rút" in closed.text
    await support.taps("✓ Duyệt", card)
    await support.sees("Tác giả đã rút")
    seen = await worker.taps("Rút lại", asked)
    assert "không rút được nữa" in seen.text


async def test_what_is_decided_is_not_taken_back(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await worker.taps("Xem lại")
    asked = await worker.taps("Rút lại")
    await support.settled()
    await support.taps("✓ Duyệt")
    await worker.taps("Rút lại", asked)
    await worker.sees("đã có quyết định")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED


@pytest.mark.parametrize(
    ("day", "why"),
    [("1/10/2025", "Chương trình nhận sáng kiến"), ("2/11/2025", "trong vòng 365 ngày")],
)
async def test_what_was_applied_too_early_is_told_at_the_summary_and_can_be_mended(
    bot: Stage, day: str, why: str
) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await fills_in(worker)
    await worker.taps("✎ Áp dụng lần đầu")
    await worker.says(day)
    seen = await worker.taps("Gửi sáng kiến")
    assert why in seen.text
    assert "xem lại giúp mình" in seen.text
    await worker.taps("✎ Áp dụng lần đầu")
    await worker.says("hôm qua")
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi")


@pytest.mark.parametrize("way", ["/menu", "huỷ", "/huy", "thoát", "menu"])
@pytest.mark.every_channel
async def test_any_form_can_be_left_at_any_question(bot: Stage, way: str) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    questions = ["Xe đẩy", "Hàn ba tầng", "kỹ thuật", "hôm qua", "bỏ qua hết"]
    for number in range(len(questions) + 1):
        bot.clock.advance(timedelta(minutes=1))
        await worker.says("/sangkien")
        if number > 1:
            await worker.taps("Làm lại")
        for said in questions[:number]:
            await worker.says(said)
        await worker.says(way)
        assert await open_form(bot, worker) is None
    assert await count(bot, Initiative) == 0


async def test_everyones_other_forms_can_be_left_too(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    worker = await bot.person("Nguyễn Thị Nga")
    await submits(bot, worker)
    for label in ("↩ Trả lại", "✕ Từ chối", "Hỏi tác giả"):
        await support.settled()
        await support.taps(label, await support.sees("Sáng kiến mới"))
        await support.taps("Thoát", await support.last())
        assert await open_form(bot, support) is None, label
    await support.taps("Thêm", await support.sees("Sáng kiến mới"))
    await support.taps("Ghi chú")
    await support.taps("Thoát", await support.last())
    assert await open_form(bot, support) is None
    await support.says("/nhapho")
    await support.taps("Thoát", await support.last())
    assert await open_form(bot, support) is None
    await support.says("/menu")
    await support.taps("Cấp mã đăng nhập")
    await support.taps("Thoát", await support.last())
    assert await open_form(bot, support) is None
    await support.says("/toi")
    await support.taps("✎ Sửa")
    await support.taps("Thoát", await support.last())
    assert await open_form(bot, support) is None


async def test_who_moves_to_a_unit_without_a_programme_can_leave_the_form(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await fills_in(worker)
    async with bot.bot.database.write() as session:
        nowhere = Unit(
            code="NOWHERE",
            name="Chưa có",
            name_folded="chua co",
            kind=UnitKind.GRASSROOTS,
            join_code="NOWHERE",
        )
        session.add(nowhere)
        await session.flush()
        nowhere.path = f"/{nowhere.id}/"
        (await session.get_one(Person, worker.account.person_id)).unit_id = nowhere.id
    await worker.says("chào")
    await worker.sees("xem lại giúp mình")
    assert "chưa có chương trình" in (await worker.taps("Gửi sáng kiến")).text
    await goes(worker, ("/huy", "giữ lại"), ("/sangkien", "chưa có chương trình"), ("/menu", "muốn làm gì"))
    assert await open_form(bot, worker) is None
