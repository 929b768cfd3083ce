"""The whole loop in the web chat: submit, return, mend, approve, progress; and what belongs to deciding."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.delivery.tables import Outbox
from storage.initiatives import tally
from storage.initiatives.tables import Author, Initiative, InitiativeState
from storage.people.tables import Role
from storage.trail import Event
from tests.handlers.talks import action, count, fills_in, gives_back, goes, initiative, labels, photo, submits
from tests.talk import Stage, WebPerson


async def counted(officer: WebPerson) -> int:
    seen = await officer.says("/tiendo")
    found = re.search(r"([\d.]+) / [\d.]+ sáng kiến", seen.text)
    assert found, seen.text
    return int(found[1].replace(".", ""))


async def team_and_worker(bot: Stage) -> tuple[WebPerson, WebPerson]:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    return await bot.person("Nguyễn Thị Nga"), support


async def counts_are_right(bot: Stage) -> None:
    async with bot.bot.database.read() as session:
        assert await tally.recount(session) == await tally.kept(session)


async def test_from_a_workers_words_to_the_officers_progress(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    officer = await bot.person("Lê Văn Sơn", unit="CTVN", role=Role.OFFICER)
    before = await counted(officer)

    await goes(
        worker,
        ("/sangkien", "tên là gì"), ("Đồ gá khoan bốn lỗ", "làm thế nào"), ("Hàn tấm gá", "lĩnh vực"),
        ("ky thuat", "lần đầu"), ("hôm qua", "vướng gì"), ("Khoan từng lỗ, lệch", "bao nhiêu tiền"),
        ("15tr", "15.000.000"), ("đúng rồi", "có ích gì"), ("bỏ qua", "ảnh hay tài liệu"),
    )  # fmt: skip
    await worker.sends_photo(photo())
    await worker.sees("Đã nhận 1 tệp")
    await worker.taps("Xong")
    await worker.says("bỏ qua hết")
    await worker.sees("xem lại giúp mình", "15.000.000", "1 tệp")
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi", "CTVN-2026-000001")

    await support.settled()
    card = await support.sees("Sáng kiến mới", "Đồ gá khoan bốn lỗ", "Nguyễn Thị Nga", "Còn thiếu")
    assert card.pictures == 1
    await gives_back(support)
    await support.sees("Đã trả lại")

    await worker.sees("sửa thêm", "Chưa rõ cách làm", "Cần sửa: Nội dung", "Nói rõ cách kẹp nhé")
    await worker.taps("Sửa và gửi lại")
    await worker.sees("xem lại giúp mình", "15.000.000", "1 tệp")
    await worker.taps("✎ Nội dung")
    await worker.says("Kẹp bằng hai má rồi khoan")
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi lại")

    assert await counted(officer) == before
    await support.settled()
    again = await support.sees("đã sửa và gửi lại", "hai má")
    await support.taps("✓ Duyệt", again)
    await worker.settled()
    await worker.sees("Chúc mừng", "CTVN-2026-000001")
    assert await counted(officer) == before + 1
    one = await initiative(bot, 1)
    assert (one.state, one.revision, one.benefit) == (InitiativeState.APPROVED, 2, 15_000_000)
    await counts_are_right(bot)


async def test_the_time_of_submission_never_changes(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    filed = (await initiative(bot, number)).submitted_at
    await support.settled()
    await gives_back(support)
    bot.clock.advance(timedelta(days=3))
    await worker.taps("Sửa và gửi lại")
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi lại")
    one = await initiative(bot, number)
    assert one.submitted_at == filed
    assert one.due_at == bot.clock.now() + timedelta(days=30)


async def test_of_two_who_claim_at_once_one_gets_it_and_the_other_is_told(bot: Stage) -> None:
    worker, first = await team_and_worker(bot)
    second = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await asyncio.gather(first.presses(f"rv.claim.{number}.1"), second.presses(f"rv.claim.{number}.1"))
    holder = (await initiative(bot, number)).claimed_by
    winner, loser = (first, second) if holder == first.account.person_id else (second, first)
    assert holder == winner.account.person_id
    await loser.sees("đang xem CTVN-2026-000001 rồi", "Lan" if winner is first else "Tú")
    await winner.sees("Bạn đang giữ đến")


async def test_who_holds_a_card_keeps_others_from_deciding_until_the_claim_lapses(bot: Stage) -> None:
    worker, first = await team_and_worker(bot)
    second = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await first.presses(f"rv.claim.{number}.1")
    await second.presses(f"rv.ok.{number}.1")
    await second.sees("Phạm Thị Lan đang xem")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    bot.clock.advance(timedelta(minutes=31))
    await second.presses(f"rv.ok.{number}.1")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED


async def test_a_released_card_is_free_at_once(bot: Stage) -> None:
    worker, first = await team_and_worker(bot)
    second = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await first.presses(f"rv.claim.{number}.1")
    await second.presses(f"rv.release.{number}.1")
    assert (await initiative(bot, number)).claimed_by == first.account.person_id
    await first.presses(f"rv.release.{number}.1")
    await second.presses(f"rv.claim.{number}.1")
    assert (await initiative(bot, number)).claimed_by == second.account.person_id


async def test_approving_twice_counts_once_and_says_who_did(bot: Stage) -> None:
    worker, first = await team_and_worker(bot)
    second = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await first.presses(f"rv.ok.{number}.1")
    await second.presses(f"rv.ok.{number}.1")
    await second.sees("đã được Phạm Thị Lan duyệt rồi")
    assert await count(bot, Event, Event.kind == "approved") == 1
    await counts_are_right(bot)


async def test_a_card_of_an_older_text_decides_nothing(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.settled()
    await gives_back(support)
    await worker.taps("Sửa và gửi lại")
    await worker.taps("Gửi sáng kiến")
    for verb in ("ok", "back", "no"):
        await support.presses(f"rv.{verb}.{number}.1")
        await support.sees("Tác giả vừa sửa CTVN-2026-000001")
    one = await initiative(bot, number)
    assert (one.state, one.claimed_by) == (InitiativeState.SUBMITTED, None)


async def test_nobody_approves_their_own_while_somebody_else_can(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    number = await submits(bot, support)
    await support.presses(f"rv.ok.{number}.1")
    await support.sees("sáng kiến của chính bạn")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED


async def test_alone_in_the_team_one_may_approve_ones_own(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", unit="HABECO", role=Role.SUPPORT)
    number = await submits(bot, support)
    await support.presses(f"rv.ok.{number}.1")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED


async def test_a_decision_can_be_taken_back_in_time_and_counts_go_back(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.presses(f"rv.ok.{number}.1")
    bot.clock.advance(timedelta(minutes=9))
    await support.presses(f"rv.undo.{number}.1")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    await worker.settled()
    await worker.sees("xem lại sáng kiến")
    await counts_are_right(bot)
    await support.presses(f"rv.ok.{number}.1")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED
    await worker.settled()
    assert sum("Chúc mừng" in bubble.text for bubble in await worker.screen()) == 2


async def test_a_decision_stands_after_some_minutes_and_for_others(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    other = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await support.presses(f"rv.ok.{number}.1")
    await other.presses(f"rv.undo.{number}.1")
    await other.sees("Chỉ người đã quyết định")
    bot.clock.advance(timedelta(minutes=11))
    await support.presses(f"rv.undo.{number}.1")
    await support.sees("Chỉ hoàn tác được trong 10 phút")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED


async def test_what_is_recognised_cannot_be_undone(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.presses(f"rv.ok.{number}.1")
    await support.presses(f"rv.recognise.{number}")
    await goes(support, ("123/QĐ-RĐ", "Ngày ký"), ("hôm nay", "Đã ghi 1"))
    await support.presses(f"rv.undo.{number}.1")
    await support.sees("không hoàn tác được nữa")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED


async def test_a_refusal_needs_words_and_the_author_reads_them(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.presses(f"rv.no.{number}.1")
    await support.taps("Không có gì mới")
    await support.taps("Xong")
    for nothing in ("bỏ qua", "🎉"):
        await support.says(nothing)
        if nothing == "bỏ qua":  # a word like any other where it cannot be skipped
            break
    assert (await initiative(bot, number)).state is InitiativeState.REJECTED
    await worker.settled()
    await worker.sees("chưa được nhận", "Không có gì mới")


async def test_a_refusal_without_a_readable_word_is_asked_again(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.presses(f"rv.no.{number}.1")
    await support.says("xong")
    await support.sees("Mục này cần có")
    await support.taps("Lý do khác")
    await support.taps("Xong")
    await support.says("🎉")
    await support.sees("chưa đọc được chữ nào")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED


async def test_a_decided_card_closes_on_the_other_members_screen(bot: Stage) -> None:
    worker, first = await team_and_worker(bot)
    second = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await second.settled()
    card = await second.sees("Sáng kiến mới")
    await first.presses(f"rv.ok.{number}.1")
    await second.settled()
    closed = await second.outcome(card)
    assert "đã được duyệt" in closed.text
    assert "✓ Duyệt" not in labels(closed)


async def test_a_question_reaches_the_author_and_the_answer_who_asked(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.presses(f"rv.ask.{number}.1")
    await support.says("Dùng thép dày <mấy> ly?")
    await worker.settled()
    await worker.sees("Tổ hỗ trợ hỏi", "Dùng thép dày <mấy> ly?")
    await worker.taps("Trả lời")
    await worker.says("Ba ly ạ")
    await support.settled()
    await support.sees("Tác giả trả lời", "Ba ly ạ")


async def test_private_notes_stay_with_the_team(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.presses(f"rv.note.{number}.1")
    await support.says("Nghi chép của tổ bên")
    history = await support.presses(f"mine.history.{number}")
    assert "Nghi chép của tổ bên" in history.text
    await worker.presses(f"mine.history.{number}")
    async with bot.bot.database.read() as session:
        events = (await session.scalars(select(Event.id).where(Event.initiative_id == number))).all()
    for event in events:
        await worker.presses(f"answer.{event}")
    await worker.presses(f"mine.open.{number}")
    await worker.presses("me.export")
    await worker.sees_not("Nghi chép")
    await worker.sees_not("ghi chú riêng")


async def test_many_are_recognised_and_recorded_at_once(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    names = ("Đồ gá khoan", "Xe đẩy ba tầng", "Quạt hút bụi hàn")
    numbers = [await submits(bot, worker, name, f"Cách làm {name}") for name in names]
    for number in numbers:
        await support.presses(f"rv.ok.{number}.1")
    bot.clock.advance(timedelta(minutes=5))
    await support.says("/ghinhan")
    await support.taps("Ghi công nhận")
    await support.taps(names[0])
    await support.taps(names[2])
    await support.taps("Xong")
    await goes(support, ("12/QĐ-CT", "Ngày ký"), ("3/2026", "đúng ngày"), ("hôm qua", "Đã ghi 2"))
    await support.says("/ghinhan")
    await support.taps("Ghi đã vào phần mềm")
    await support.taps("Tất cả danh sách này")
    await support.taps("Xong")
    await goes(support, ("hôm nay", "Đã ghi 3"))
    rows = [await initiative(bot, number) for number in numbers]
    assert [row.recognised_no for row in rows] == ["12/QĐ-CT", None, "12/QĐ-CT"]
    assert all(row.recorded_on for row in rows)
    await worker.settled()
    await worker.sees("công nhận", "12/QĐ-CT")
    await counts_are_right(bot)


async def test_what_is_not_approved_is_neither_recognised_nor_recorded(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    for verb in ("recognise", "record"):
        await support.presses(f"rv.{verb}.{number}")
        await support.sees("chưa được duyệt")


async def test_an_author_entered_for_by_the_team_is_told(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    await goes(
        support,
        ("/nhapho", "nhập thay cho ai"), ("nguyen thi nga", "tên là gì"), ("Giá để khuôn", "làm thế nào"),
        ("Hàn giá", "lĩnh vực"), ("quản lý", "lần đầu"), ("hôm qua", "vướng gì"), ("bỏ qua hết", "xem lại"),
    )  # fmt: skip
    await support.taps("Gửi sáng kiến")
    await support.sees("Đã gửi thay cho Nguyễn Thị Nga")
    async with bot.bot.database.read() as session:
        author = (await session.scalars(select(Author))).one()
        one = (await session.scalars(select(Initiative))).one()
    assert author.person_id == worker.account.person_id
    assert one.entered_by == support.account.person_id
    other = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    await other.presses(f"rv.ok.{one.id}.1")
    await worker.settled()
    await worker.sees("Chúc mừng")


async def test_on_behalf_the_named_author_stays_one_of_several(bot: Stage) -> None:
    _, support = await team_and_worker(bot)
    await goes(
        support,
        ("/nhapho", "nhập thay cho ai"), ("Nguyễn Thị Nga", "tên là gì"), ("Giá để khuôn", "làm thế nào"),
        ("Hàn giá", "lĩnh vực"), ("quản lý", "lần đầu"), ("hôm qua", "vướng gì"), ("bỏ qua", "bao nhiêu"),
        ("bỏ qua", "ảnh"), ("bỏ qua", "Ai cùng làm"), ("Lê Văn Tám 40%", "Nguyễn Thị Nga 60 %; Lê Văn Tám 40 %"),
        ("đúng", "giúp được gì"), ("bỏ qua hết", "xem lại"),
    )  # fmt: skip
    await support.taps("Gửi sáng kiến")
    await support.sees("Đã gửi thay cho Nguyễn Thị Nga")


async def test_a_worker_enters_for_nobody_else(bot: Stage) -> None:
    worker, _ = await team_and_worker(bot)
    seen = await worker.says("/nhapho")
    assert "không có quyền" in seen.text


async def test_the_queue_comes_in_pages_the_one_due_first_first(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    words = (
        "Đồ gá khoan", "Quạt hút bụi", "Xe chở phôi", "Kệ dao cụ", "Lịch bảo trì", "Cảm biến nhiệt",
        "Hộp phân loại rác", "Bàn nâng hàng", "Tủ sấy sơn", "Phiếu kiểm ca",
    )  # fmt: skip
    for word in words:
        await submits(bot, worker, word, f"Cách làm: {word.upper()}")
    seen = await support.says("/hangcho")
    assert "Đang chờ xem: 10" in seen.text
    assert labels(seen)[:2] == ["⏳ 1 · Đồ gá khoan", "⏳ 2 · Quạt hút bụi"]
    seen = await support.taps("Trang sau")
    assert any("Phiếu kiểm ca" in label for label in labels(seen))
    await support.presses("queue.99")
    bot.clock.advance(timedelta(days=25))
    seen = await support.says("/hangcho")
    assert labels(seen)[0].startswith("⏰")


async def test_leaving_a_teams_form_changes_nothing(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.presses(f"rv.back.{number}.1")
    await support.says("huỷ")
    await support.sees("Đã thoát")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED


async def test_a_confidential_one_leaves_the_unit_by_name_only(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    officer = await bot.person("Lê Văn Sơn", unit="CTVN", role=Role.OFFICER)
    await fills_in(worker, content="Công thức men bí truyền")
    await worker.taps("Cần giữ kín")
    await worker.taps("Có")
    await worker.taps("Gửi sáng kiến")
    for verb in ("mine.open", "rv.open", "rv.more", "mine.history"):
        await officer.presses(f"{verb}.1")
    await officer.sees("Đồ gá khoan bốn lỗ")
    await officer.sees_not("bí truyền")
    await support.presses("rv.open.1")
    await support.sees("bí truyền")


@pytest.mark.parametrize("unit", ["HABECO", "RALACO-X1"])
async def test_another_units_people_get_nothing(bot: Stage, unit: str) -> None:
    worker, _ = await team_and_worker(bot)
    stranger = await bot.person("Đỗ Thị Xa", unit=unit, role=Role.SUPPORT)
    officer = await bot.person("Ngô Văn Xa", unit=unit, role=Role.OFFICER)
    number = await submits(bot, worker)
    for person in (stranger, officer):
        for verb in (
            "open",
            "more",
            "claim",
            "ok",
            "back",
            "no",
            "note",
            "ask",
            "recognise",
            "record",
            "undo",
        ):
            seen = await person.presses(f"rv.{verb}.{number}.1")
            assert "không có quyền" in seen.text, (verb, seen.text)
        for verb in ("mine.open", "mine.history", "mine.withdraw", "mine.gone", "mend"):
            seen = await person.presses(f"{verb}.{number}")
            assert "không có quyền" in seen.text
        await person.presses("progress.1")
        await person.says("CTVN-2026-000001")
        await person.sees_not("Đồ gá khoan")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    assert await count(bot, Outbox, Outbox.person_id == stranger.account.person_id) == 0


async def test_action_labels_lead_to_their_own_card(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.settled()
    card = await support.sees("Sáng kiến mới")
    assert action(card, "✓ Duyệt") == f"rv.ok.{number}.1"
