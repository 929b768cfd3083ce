"""One person on several channels: codes typed anywhere, the same question, guesses, two registrations, notices."""

import asyncio
import re
from datetime import timedelta

from sqlalchemy import select

from bot.conversation.vocabulary import Incoming, IncomingKind
from bot.services.people import passes
from storage.conversation.tables import Conversation, Draft
from storage.initiatives import tally
from storage.initiatives.tables import Author, InitiativeState
from storage.people.tables import Account, Device, Person, Role, RoleGrant, WrongCode
from storage.trail import Event
from tests.handlers.talks import count, goes, initiative, labels, open_form, photo, submits
from tests.talk import Stage, WebPerson

WRONG = "23456BCFGH"
WEB = "web"


def code_in(text: str) -> str:
    found = re.search(r"[2-9BCFGHJKMNPQRSTVXZ]{10}", text)
    assert found, text
    return found[0]


async def shows_code(person: WebPerson) -> str:
    return code_in((await person.says("/thietbi")).text)


async def who_is(bot: Stage, person: WebPerson) -> int:
    async with bot.bot.database.read() as session:
        return (await session.get_one(Account, person.account.id)).person_id


async def step(bot: Stage, person: WebPerson) -> str:
    form = await open_form(bot, person)
    return str(form["step"]) if form else ""


# ---------------------------------------------------------------- coming in by a code


async def test_a_code_is_typed_alone_or_behind_its_word_however_one_types(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga", channel=WEB)
    for typed in ("{low}", " {0}-{1} ", "mã {0} {1}", "MA {low}", "/ma {low}", "/start {0}{1}"):
        code = await shows_code(worker)
        guest = await bot.guest()
        # A stranger's first word is answered with the question of consent; the code comes in the middle of it.
        await goes(guest, ("chào bot", "đồng ý"))
        await guest.says(typed.format(code[:5], code[5:], low=code.lower()))
        await guest.sees("Chào Nguyễn Thị Nga")
        assert await who_is(bot, guest) == worker.account.person_id
        # What the guest had begun to answer is gone.
        assert await open_form(bot, worker) is None


async def test_a_code_is_shown_with_a_picture_to_scan(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    seen = await worker.says("/thietbi")
    assert seen.pictures == 1
    assert "quét hình QR" in seen.text
    if bot.channel not in (WEB, "telegram"):
        assert "nhắn mã cho bot trên Zalo" in seen.text


async def test_an_invite_typed_in_the_middle_of_registering_keeps_what_was_answered(bot: Stage) -> None:
    guest, unit = await bot.guest(), await bot.unit("HABECO")
    await goes(guest, ("chào bot", "đồng ý"))
    await guest.taps("Tôi đồng ý")
    await goes(guest, ("rang dong", "Đơn vị của bạn là"), (unit.join_code.lower(), "Họ và tên"))
    await goes(guest, ("Nguyễn Thị Nga", "muốn làm gì"))
    async with bot.bot.database.read() as session:
        assert (await session.get_one(Person, guest.account.person_id)).unit_id == unit.id


async def test_what_was_begun_goes_on_where_one_joins_at_the_same_question(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga", channel=WEB)
    code = await shows_code(worker)
    await goes(worker, ("/sangkien", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào"))
    guest = await bot.guest()
    asked = await guest.says(code)
    assert "làm thế nào" in asked.text
    await guest.sees("Chào Nguyễn Thị Nga", "viết tiếp bản đang dở")
    await goes(guest, ("Hàn ba tầng", "lĩnh vực"))
    form = await open_form(bot, worker) or {}
    assert form["answers"]["content"] == "Hàn ba tầng"


async def test_a_draft_that_was_put_aside_is_offered_where_one_joins(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga", channel=WEB)
    await goes(worker, ("/sangkien", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào"), ("menu", "muốn làm gì"))
    guest = await bot.guest()
    seen = await guest.says(await shows_code(worker))
    assert any("Viết tiếp" in label for label in labels(seen))
    await guest.taps("Viết tiếp")
    await guest.sees("làm thế nào")


async def test_ones_own_code_is_not_used_up_where_one_is_already(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    code = await shows_code(worker)
    assert "của chính bạn" in (await worker.says(code)).text
    guest = await bot.guest()
    await guest.says(code)
    await guest.sees("Chào Nguyễn Thị Nga")


async def test_of_two_who_type_a_code_at_once_one_gets_in(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga", channel=WEB)
    code = await shows_code(worker)
    guests = [await bot.guest(), await bot.guest()]
    await asyncio.gather(*(guest.says(code) for guest in guests))
    joined = [await who_is(bot, guest) == worker.account.person_id for guest in guests]
    assert sorted(joined) == [False, True]


async def test_joining_loses_no_answer_that_was_given_at_the_same_moment(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga", channel=WEB)
    code = await shows_code(worker)
    await goes(worker, ("/sangkien", "tên là gì"))
    guest = await bot.guest()
    await asyncio.gather(worker.says("Xe đẩy ba tầng"), guest.says(code))
    assert (await open_form(bot, worker) or {})["answers"] == {"name": "Xe đẩy ba tầng"}
    assert await who_is(bot, guest) == worker.account.person_id


# ---------------------------------------------------------------- from one channel to another


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


# ---------------------------------------------------------------- guessing


async def guesses(person: WebPerson, *, times: int = 10) -> None:
    for number in range(times):
        typed = f"{WRONG[:-1]}{'BCFGHJKMNP'[number]}"
        await person.says(f"/ma {typed}" if number % 2 else typed)


async def test_after_ten_wrong_codes_the_right_one_has_to_wait(bot: Stage) -> None:
    worker, guest = await bot.person("Nguyễn Thị Nga", channel=WEB), await bot.guest()
    await guesses(guest)
    await guest.sees("không đúng hoặc đã hết hạn")
    code = await shows_code(worker)
    seen = await guest.says(code)
    assert "Chờ 10 phút nữa" in seen.text
    assert await who_is(bot, guest) != worker.account.person_id
    # What is refused is no guess: nobody waits for ever.
    assert await count(bot, WrongCode) == 10
    bot.clock.advance(timedelta(minutes=10))
    code = await shows_code(worker)
    await guest.says(code)
    assert await who_is(bot, guest) == worker.account.person_id


async def test_a_guess_is_not_forgotten_by_leaving_and_coming_back(bot: Stage) -> None:
    guest = await bot.guest()
    await guesses(guest)
    await guest.taps("Tôi không đồng ý")
    await guest.says("chào")
    seen = await guest.says(f"/ma {WRONG}")
    assert "phút nữa" in seen.text


async def test_one_person_guesses_ten_times_on_all_their_channels_together(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    other = await bot.same_person_elsewhere(worker)
    await guesses(worker, times=5)
    await guesses(other, times=5)
    for one in (worker, other):
        assert "phút nữa" in (await one.says(f"/ma {WRONG}")).text
    # By a forged button neither.
    for pressed in (f"accept.{WRONG}", f"merge.{WRONG}"):
        assert "phút nữa" in (await other.presses(pressed)).text
    somebody = await bot.person("Vũ Văn Tú")
    assert "không đúng" in (await somebody.says(f"/ma {WRONG}")).text


async def test_words_that_are_no_code_are_no_guess(bot: Stage) -> None:
    worker, guest = await bot.person("Nguyễn Thị Nga"), await bot.guest()
    for said in ("chào bot", "rang dong", "0912345678", "ma cua toi", "25.000.000", "abcdefghij"):
        await worker.says(said)
        await guest.says(said)
    assert await count(bot, WrongCode) == 0


# ---------------------------------------------------------------- two registrations of one human


async def twice(bot: Stage) -> tuple[WebPerson, WebPerson]:
    """Registered at the workshop's web page, and later on their own phone."""
    first = await bot.person("Nguyễn Thị Nga", channel=WEB)
    return first, await bot.person("Nga Nguyễn", unit="RALACO-X2")


async def test_two_registrations_become_one_after_an_explicit_yes(bot: Stage) -> None:
    first, second = await twice(bot)
    mine, theirs = await submits(bot, second, "Xe đẩy ba tầng"), await submits(bot, first, "Giá để khuôn")
    code = await shows_code(first)
    asked = await second.says(f"/ma {code}")
    for shown in ("Nga Nguyễn", "Nguyễn Thị Nga", "Xưởng LED", "1 sáng kiến", "Gộp làm một?"):
        assert shown in asked.text
    await second.taps("Không gộp")
    assert await who_is(bot, second) != first.account.person_id
    await second.says(f"/ma {code}")
    await second.taps("Gộp làm một")
    await second.sees("Đã gộp làm một", "Nguyễn Thị Nga")
    assert await who_is(bot, second) == first.account.person_id
    listed = "".join(labels(await second.says("/cuatoi")))
    assert "Xe đẩy ba tầng" in listed
    assert "Giá để khuôn" in listed
    for number in (mine, theirs):
        assert (await initiative(bot, number)).entered_by == first.account.person_id
    async with bot.bot.database.read() as session:
        assert await tally.recount(session) == await tally.kept(session)
        names = set(await session.scalars(select(Author.name)))
        unit = (await session.get_one(Person, first.account.person_id)).unit_id
        event = (await session.scalars(select(Event).where(Event.kind == "merged"))).one()
    assert names == {"Nguyễn Thị Nga"}
    assert unit == (await bot.unit("RALACO")).id
    assert (event.actor_id, event.details["initiatives"]) == (first.account.person_id, 1)
    # Used up.
    late = await bot.person("Vũ Văn Tú")
    assert "không đúng" in (await late.presses(f"merge.{code}")).text


async def test_what_was_being_written_here_goes_along_and_what_is_open_there_stays_open(bot: Stage) -> None:
    first, second = await twice(bot)
    await goes(second, ("/sangkien", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào"))
    code = await shows_code(first)
    await second.says(f"/ma {code}")
    await second.taps("Gộp làm một")
    seen = await second.says("menu")
    await second.taps("Viết tiếp", seen)
    await second.sees("làm thế nào")
    assert (await open_form(bot, first) or {})["answers"]["name"] == "Xe đẩy ba tầng"


async def test_of_two_begun_alike_the_one_of_the_code_stays(bot: Stage) -> None:
    first, second = await twice(bot)
    for one, name in ((second, "Xe đẩy ba tầng"), (first, "Giá để khuôn")):
        await goes(one, ("/sangkien", "tên là gì"), (name, "làm thế nào"))
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_device(bot.act(session, first), first.account.person_id)
    await second.says(f"/ma {code}")
    seen = await second.taps("Gộp làm một")
    assert "làm thế nào" in seen.text
    assert (await open_form(bot, first) or {})["answers"] == {"name": "Giá để khuôn"}
    assert await count(bot, Draft) == 0


async def test_a_code_made_for_a_member_merges_nobody(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    member = await bot.person("Nguyễn Thị Nga")
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_device(bot.act(session, support), member.account.person_id)
    assert "của người khác" in (await support.says(f"/ma {code}")).text
    assert "của người khác" in (await support.presses(f"merge.{code}")).text
    assert await who_is(bot, member) == member.account.person_id


async def test_nobody_judges_their_own_after_becoming_one(bot: Stage) -> None:
    first, second = await twice(bot)
    await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    home = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        session.add(
            RoleGrant(
                person_id=second.account.person_id,
                unit_id=home.id,
                role=Role.SUPPORT,
                granted_at=bot.clock.now(),
            )
        )
    number = await submits(bot, first)
    await second.presses(f"rv.claim.{number}.1")
    assert (await initiative(bot, number)).claimed_by == second.account.person_id
    # Whoever holds a role keeps it where it is: it goes to no code that they type.
    code = await shows_code(first)
    for tried in (f"/ma {code}", f"/merge.{code}"):
        refused = await (second.says(tried) if tried.startswith("/ma ") else second.presses(tried[1:]))
        assert "làm ngược lại" in refused.text
    await first.says(f"/ma {await shows_code(second)}")
    await first.taps("Gộp làm một")
    assert (await initiative(bot, number)).claimed_by is None
    await second.presses(f"rv.ok.{number}.1")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    assert any("Hàng chờ" in label for label in labels(await first.says("/menu")))


async def test_who_is_erased_after_becoming_one_takes_both_names_along(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT, channel=WEB)
    first, second = await twice(bot)
    await submits(bot, second)
    await support.settled()
    await support.sees("Sáng kiến mới", "Nga Nguyễn")
    await second.says(f"/ma {await shows_code(first)}")
    await second.taps("Gộp làm một")
    await second.presses("me.erase")
    await second.taps("Xoá hết")
    await support.sees_not("Nga Nguyễn")
    assert await count(bot, Event, Event.kind == "merged", Event.details["name"].as_string() != "") == 0


async def test_a_code_in_a_group_is_for_nobodys_eyes(bot: Stage) -> None:
    first, second = await twice(bot)
    code = await shows_code(first)
    before = len(await second.screen())
    account = second.account
    await bot.bot.desk.accept(
        Incoming(
            second.channel, "in-a-group", 1, IncomingKind.TEXT, account.external_id, account.chat_id,
            is_group=True, text=f"/ma {code}",
        )
    )  # fmt: skip
    await second.settled()
    (seen,) = (await second.screen())[before:]
    assert "nhắn riêng cho mình" in seen.text


# ---------------------------------------------------------------- where one is told


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
    assert "chưa dùng bot ở đó" in (await worker.presses("told.on.telegram")).text
    assert await told_on() == "zalo_bot"
    await worker.says("/nhantin")
    await worker.taps("Nơi dùng gần nhất")
    assert await told_on() is None
    await worker.presses("told.on.web")
    await worker.presses("me.erase")
    await worker.taps("Xoá hết")
    assert await told_on() is None
    assert await count(bot, Device) == 0


async def test_who_began_at_a_shared_phone_takes_it_to_the_account_that_they_have(bot: Stage) -> None:
    """And a guest who began on two goes as a whole."""
    person, guest = await bot.person("Nguyễn Thị Nga"), await bot.guest(channel=WEB)
    await goes(guest, ("chào", "đồng ý"))
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_device(bot.act(session, guest), guest.account.person_id)
    other = await bot.guest()
    await other.says(code)
    await other.sees("mình tiếp tục ở đây")
    assert await who_is(bot, other) == guest.account.person_id
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_device(bot.act(session, guest), guest.account.person_id)
    assert "máy kia giờ cũng là của bạn" in (await person.says(f"/ma {code}")).text
    assert await who_is(bot, guest) == await who_is(bot, other) == person.account.person_id
    assert await count(bot, Person, Person.id == guest.account.person_id) == 0


async def test_a_code_made_for_a_member_opens_no_role(bot: Stage) -> None:
    support, member = await bot.person("Phạm Thị Lan", role=Role.SUPPORT), await bot.person("Nguyễn Thị Nga")
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_device(bot.act(session, support), member.account.person_id)
    home = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        session.add(
            RoleGrant(
                person_id=member.account.person_id,
                unit_id=home.id,
                role=Role.OFFICER,
                granted_at=bot.clock.now(),
            )
        )
    thief = await bot.guest()
    await thief.says(code)
    await thief.sees("đang giữ vai trò")
    assert await who_is(bot, thief) == thief.account.person_id


async def test_it_is_said_that_one_of_two_things_begun_alike_goes(bot: Stage) -> None:
    first, second = await twice(bot)
    await goes(first, ("/sangkien", "tên là gì"), ("Giá để khuôn", "làm thế nào"))
    code = await shows_code(first)
    assert "sẽ bỏ đi" not in (await second.says(f"/ma {code}")).text
    await goes(second, ("/sangkien", "tên là gì"), ("Xe đẩy", "làm thế nào"))
    await second.says(f"/ma {code}")
    await second.sees("bài ở đây sẽ bỏ đi")


async def test_different_roles_are_not_sent_in_a_circle(bot: Stage) -> None:
    first, second = await twice(bot)
    home = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        for person, role in ((first, Role.OFFICER), (second, Role.SUPPORT)):
            session.add(
                RoleGrant(
                    person_id=person.account.person_id, unit_id=home.id, role=role, granted_at=bot.clock.now()
                )
            )
    assert "hai vai trò khác nhau" in (await second.says(f"/ma {await shows_code(first)}")).text
