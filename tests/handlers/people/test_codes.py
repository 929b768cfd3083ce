"""Codes typed anywhere: coming in by one, going on where one joins, and how often one may guess."""

import asyncio
from datetime import timedelta

from bot.conversation.vocabulary import Incoming, IncomingKind
from bot.screens.people.actions import AcceptInvite, MergeInto
from bot.services.people import passes
from storage.people.tables import Account, Person, Role, RoleGrant, WrongCode
from tests.handlers.people.talks import WEB, WRONG, guests_code, shows_code, twice, who_is
from tests.handlers.talks import count, goes, labels, open_form
from tests.talk import Stage, WebPerson


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


async def test_what_was_begun_at_a_shared_phone_goes_on_elsewhere_and_is_over_there(bot: Stage) -> None:
    guest = await bot.guest(channel=WEB)
    await goes(guest, ("chào", "đồng ý"))
    await guest.taps("Tôi đồng ý")
    code = await guests_code(bot, guest)
    other = await bot.guest()
    await other.says(code)
    await other.sees("mình tiếp tục ở đây")
    async with bot.bot.database.read() as session:
        assert await session.get(Account, guest.account.id) is None
    assert (await open_form(bot, other) or {})["answers"].keys() == {"consent"}


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
    for pressed in (AcceptInvite(WRONG), MergeInto(WRONG)):
        assert "phút nữa" in (await other.presses(pressed.pack())).text
    somebody = await bot.person("Vũ Văn Tú")
    assert "không đúng" in (await somebody.says(f"/ma {WRONG}")).text


async def test_words_that_are_no_code_are_no_guess(bot: Stage) -> None:
    worker, guest = await bot.person("Nguyễn Thị Nga"), await bot.guest()
    for said in ("chào bot", "rang dong", "0912345678", "ma cua toi", "25.000.000", "abcdefghij"):
        await worker.says(said)
        await guest.says(said)
    assert await count(bot, WrongCode) == 0
