"""One person on several channels: the same question wherever they are, and where they are told things."""

import pytest

from bot.screens.people.actions import TellOn
from storage.conversation.tables import Conversation, Draft
from storage.people.tables import Account, Device, Person
from tests.handlers.people.talks import WEB, erases, step
from tests.handlers.talks import count, goes, open_form, photo
from tests.talk import Stage, WebPerson

pytestmark = pytest.mark.every_channel


async def at_the_question(bot: Stage) -> tuple[WebPerson, WebPerson]:
    """Somebody with a question before them on one phone, and their other phone with an old list on it."""
    here = await bot.person("Nguyễn Thị Nga")
    there = await bot.same_person_elsewhere(here)
    await here.says("/menu")
    await goes(there, ("/sangkien", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào"))
    return here, there


async def test_the_first_words_elsewhere_are_no_answer_to_what_was_not_seen_there(bot: Stage) -> None:
    for said in ("chào bot", "1", "0", "1. Gửi sáng kiến", "của tôi"):
        here, there = await at_the_question(bot)
        seen = await here.says(said)
        assert "Mình viết tiếp bản đang dở nhé" in seen.text, said
        assert "làm thế nào" in seen.text
        assert (await open_form(bot, here) or {})["answers"] == {"name": "Xe đẩy ba tầng"}
        await goes(here, ("Hàn ba tầng", "lĩnh vực"))
        # And back: what was seen there is an older question.
        await goes(there, ("kỹ thuật", "Mình viết tiếp"), ("kỹ thuật", "lần đầu"))


async def test_commands_and_leaving_are_what_they_are_wherever_they_are_typed(bot: Stage) -> None:
    here, there = await at_the_question(bot)
    await here.says("/toi")
    await here.sees("Những gì mình lưu về bạn")
    await here.says("huỷ")
    assert await open_form(bot, here) is None
    await there.says("/sangkien")
    await there.taps("Tiếp tục")
    assert "muốn làm gì" in (await here.says("menu")).text
    assert await count(bot, Draft, Draft.person_id == here.account.person_id) == 1


async def test_a_button_of_the_same_question_answers_it_wherever_it_is_pressed(bot: Stage) -> None:
    here, there = await at_the_question(bot)
    await goes(there, ("Hàn", "lĩnh vực"))
    seen = await here.says("?")
    button = next(action for label, action in seen.buttons if "Quản lý" in label)
    await there.says("?")
    await here.presses(button)
    assert await step(bot, here) == "first_applied"


async def test_a_picture_elsewhere_is_said_to_be_kept_or_not(bot: Stage) -> None:
    here, there = await at_the_question(bot)
    seen = await here.sends_photo(photo())
    assert "chưa giữ" in seen.text
    assert "làm thế nào" in seen.text
    await goes(
        there, ("?", "Mình viết tiếp"), ("Hàn", "lĩnh vực"), ("kỹ thuật", "lần đầu"), ("hôm qua", "vướng gì"),
        ("bỏ qua", "tiền"), ("bỏ qua", "ảnh hay tài liệu"),
    )  # fmt: skip
    seen = await here.sends_photo(photo("red"))
    assert "Mình viết tiếp" in seen.text
    assert "Đã nhận 1 tệp" in seen.text
    assert len((await open_form(bot, here) or {})["answers"]["files"]) == 1


async def test_a_form_says_on_which_account_it_was_shown_and_forgets_it_when_it_is_over(bot: Stage) -> None:
    here, there = await at_the_question(bot)

    async def shown_on() -> int | None:
        async with bot.bot.database.read() as session:
            return (await session.get_one(Conversation, here.account.person_id)).account_id

    assert await shown_on() == there.account.id
    await here.says("?")
    assert await shown_on() == here.account.id
    await here.says("huỷ")
    assert await shown_on() is None


async def test_one_chooses_where_one_is_told(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga", channel=WEB)
    seen = await worker.says("/nhantin")
    assert "Bạn mới dùng một nơi (trang web)" in seen.text
    async with bot.bot.database.write() as session:
        session.add(
            Account(
                channel="zalo_bot", external_id="z1", chat_id="z1", person_id=worker.account.person_id,
                last_seen_at=bot.clock.now(),
            )
        )  # fmt: skip

    async def told_on() -> str | None:
        async with bot.bot.database.read() as session:
            return (await session.get_one(Person, worker.account.person_id)).notify_channel

    await worker.says("/toi")
    await worker.taps("Nhận tin ở đâu")
    await worker.taps("Zalo")
    await worker.sees("mình báo tin cho bạn ở Zalo")
    assert await told_on() == "zalo_bot"
    assert "Nhận tin ở: Zalo" in (await worker.says("/toi")).text
    # A place where one is not is no place to be told.
    assert "chưa dùng bot ở đó" in (await worker.presses(TellOn("telegram").pack())).text
    assert await told_on() == "zalo_bot"
    await worker.says("/nhantin")
    await worker.taps("Nơi dùng gần nhất")
    assert await told_on() is None
    await worker.says("/nhantin")
    await worker.taps("trang web")
    assert await told_on() == "web"
    await erases(worker)
    assert await told_on() is None
    assert await count(bot, Device) == 0
