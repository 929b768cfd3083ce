"""Mending in the chat: all that was answered is there, and only what is changed changes."""

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


async def answers_everything(worker: WebPerson) -> None:
    """A submission with two authors in which nothing is left empty."""
    await goes(
        worker,
        ("/sangkien", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào"), ("Hàn ba tầng", "lĩnh vực"),
        ("kỹ thuật", "lần đầu"), ("tháng này", "vướng gì"), ("Đẩy hai người", "bao nhiêu tiền"),
        ("15tr", "15.000.000"), ("đúng", "có ích gì"), ("Đỡ mỏi lưng", "ảnh hay tài liệu"),
    )  # fmt: skip
    await worker.sends_photo(photo())
    await worker.taps("Xong")
    await goes(worker, ("tôi 60%, Trần Bình 40%", "60 %"), ("đúng", "giúp được gì"))
    await worker.says("1 3")
    await worker.taps("Xong")
    await goes(
        worker,
        ("Thép thừa", "cùng áp dụng"), ("Tổ hàn", "giữ kín"), ("có", "Ngày sinh"), ("5/9/1988", "tổ, xưởng"),
        ("Tổ 1", "Công việc"), ("tổ trưởng", "Trình độ"), ("4/7", "Ngày sinh của Trần Bình"),
        ("1/2/1975", "Trần Bình"), ("Tổ 2", "Trần Bình"), ("thợ hàn", "Trần Bình"), ("5/7", "xem lại giúp mình"),
    )  # fmt: skip
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi")


async def returned(support: WebPerson, worker: WebPerson) -> None:
    await support.settled()
    card = await support.sees("Xe đẩy ba tầng")
    assert "Còn thiếu" not in card.text
    await gives_back(support)
    await worker.settled()
    await worker.taps("Sửa và gửi lại")


async def test_what_is_not_changed_stays(bot: Stage) -> None:
    worker, support = (
        await bot.person("Nguyễn Thị Nga"),
        await bot.person("Phạm Thị Lan", role=Role.SUPPORT),
    )
    await answers_everything(worker)
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
    await answers_everything(worker)
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
    await answers_everything(worker)
    first = await said(bot)

    await fills_in(worker, "Giá để khuôn", "Hàn giá")
    assert not [label for label in labels(await worker.last()) if "Ngày sinh" in label]
    await worker.taps("Gửi sáng kiến")

    second = await said(bot)
    for detail in ("born", "workplace", "title", "qualification"):
        assert second[f"a0_{detail}"] == first[f"a0_{detail}"]
