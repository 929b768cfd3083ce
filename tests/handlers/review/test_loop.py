"""The whole loop: submit, return, mend, approve, progress."""

import re
from datetime import timedelta

from storage.initiatives.tables import InitiativeState
from storage.people.tables import Role
from tests.handlers.talks import (
    counts_are_right,
    gives_back,
    goes,
    initiative,
    photo,
    submits,
    team_and_worker,
)
from tests.talk import Stage, WebPerson


async def counted(officer: WebPerson) -> int:
    seen = await officer.says("/tiendo")
    found = re.search(r"([\d.]+) / [\d.]+ sáng kiến", seen.text)
    assert found, seen.text
    return int(found[1].replace(".", ""))


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
