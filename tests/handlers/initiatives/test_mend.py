"""Mending in the chat: all that was answered is there, and only what is changed changes."""

from datetime import timedelta

import pytest

from bot.services.initiatives.submission import Submission
from storage.initiatives import cards
from storage.people.tables import Role
from tests.handlers.talks import fills_in, gives_back, goes, labels, newest, photo
from tests.talk import Stage, WebPerson


async def said(bot: Stage) -> dict[str, object]:
    """What the newest initiative says, by the answers that made it."""
    async with bot.bot.database.read() as session:
        card = await cards.card(session, await newest(bot))
    assert card is not None
    return Submission.of_card(card).answers(None)


async def changes(worker: WebPerson, label: str, *pairs: tuple[str, str]) -> None:
    """Answer a question from the summary, and whatever it leads to."""
    await worker.taps(f"✎ {label}")
    await goes(worker, *pairs)


async def answers_everything(bot: Stage, worker: WebPerson) -> None:
    """A submission with two authors; what could be skipped is answered from the summary. Nobody writes too fast."""
    back = "xem lại giúp mình"
    await fills_in(worker, "Xe đẩy ba tầng", "Hàn ba tầng")
    await changes(worker, "Trước khi có sáng kiến", ("Đẩy hai người", back))
    await changes(
        worker, "Giá trị làm lợi", ("15tr", "15.000.000"), ("đúng", "có ích gì"), ("Đỡ mỏi lưng", back)
    )
    await worker.taps("✎ Ảnh, tài liệu")
    await worker.sends_photo(photo())
    await worker.taps("Xong")
    await changes(
        worker,
        "Tác giả",
        ("tôi 60%, Trần Bình 40%", "60 %"), ("đúng", "Ngày sinh của Trần Bình"), ("1/2/1975", "Trần Bình"),
        ("Tổ 2", "Trần Bình"), ("thợ hàn", "Trần Bình"), ("5/7", back),
    )  # fmt: skip
    bot.clock.advance(timedelta(minutes=1))
    await changes(worker, "Chủ đề", ("1 3", "giúp được gì"), ("xong", back))
    await changes(worker, "Điều kiện áp dụng", ("Thép thừa", back))
    await changes(worker, "Người tham gia áp dụng lần đầu", ("Tổ hàn", back))
    await changes(worker, "Cần giữ kín", ("có", back))
    for label, words in (
        ("Ngày sinh của bạn", "5/9/1988"), ("Nơi làm việc của bạn", "Tổ 1"), ("Chức danh của bạn", "tổ trưởng"),
        ("Trình độ của bạn", "4/7"),
    ):  # fmt: skip
        await changes(worker, label, (words, back))
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi")
    bot.clock.advance(timedelta(minutes=1))


async def returned(support: WebPerson, worker: WebPerson) -> None:
    await support.settled()
    await support.sees("Xe đẩy ba tầng")
    await gives_back(support)
    await worker.settled()
    await worker.taps("Sửa và gửi lại")


@pytest.mark.every_channel
async def test_what_is_not_changed_stays(bot: Stage) -> None:
    worker, support = (
        await bot.person("Nguyễn Thị Nga"),
        await bot.person("Phạm Thị Lan", role=Role.SUPPORT),
    )
    await answers_everything(bot, worker)
    before = await said(bot)
    await returned(support, worker)
    await worker.taps("✎ Điều kiện áp dụng")
    await worker.says("Thép thừa và máy hàn")
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi lại")

    assert await said(bot) == {**before, "conditions": "Thép thừa và máy hàn"}


async def test_authors_who_change_places_keep_what_was_told_of_them(bot: Stage) -> None:
    worker, support = (
        await bot.person("Nguyễn Thị Nga"),
        await bot.person("Phạm Thị Lan", role=Role.SUPPORT),
    )
    await answers_everything(bot, worker)
    before = await said(bot)
    await returned(support, worker)
    await worker.taps("✎ Tác giả")
    await goes(worker, ("Trần Bình 50%, tôi 50%", "Trần Bình 50 %"), ("đúng", "xem lại giúp mình"))
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi lại")

    after = await said(bot)
    for detail in ("born", "workplace", "title", "qualification"):
        assert (after[f"a0_{detail}"], after[f"a1_{detail}"]) == (
            before[f"a1_{detail}"],
            before[f"a0_{detail}"],
        )


async def test_what_a_person_told_once_is_not_asked_again_and_still_submitted(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await answers_everything(bot, worker)
    first = await said(bot)

    await fills_in(worker, "Giá để khuôn", "Hàn giá")
    assert not [label for label in labels(await worker.last()) if "Ngày sinh" in label]
    await worker.taps("Gửi sáng kiến")

    second = await said(bot)
    for detail in ("born", "workplace", "title", "qualification"):
        assert second[f"a0_{detail}"] == first[f"a0_{detail}"]
