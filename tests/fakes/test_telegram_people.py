"""The stand-in's people, faults, limits and markup, as python-telegram-bot meets them."""

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, InputMediaPhoto
from telegram.error import BadRequest, Forbidden, RetryAfter

from tests.fakes.keyboards import buttons
from tests.fakes.telegram import FakeTelegram, Person
from tests.fakes.telegram_faults import Limits
from tests.fakes.telegram_html import CannotParse, parse

JPEG = b"\xff\xd8\xff\xe0 a picture"


class TestPeople:
    async def test_a_conversation_reads_like_one(self, bot: Bot, lan: Person) -> None:
        sent = await bot.send_message(lan.id, "Gửi chứ?", reply_markup=buttons("Gửi", "Sửa"))
        assert (await lan.sees("Gửi chứ?")).labels == ["Gửi", "Sửa"]
        await lan.taps("Gửi")
        query = (await bot.get_updates())[-1].callback_query
        assert query is not None
        assert query.data == "do:Gửi"
        assert lan.spinning == [query.id]
        await query.answer("Đã gửi")
        assert await lan.sees_toast() == "Đã gửi"
        await query.edit_message_text("<b>Đã gửi</b> ✅", parse_mode="HTML")
        edited = await lan.sees("Đã gửi ✅")
        assert (edited.message_id, edited.edited, edited.rows) == (sent.message_id, True, [])
        assert edited.history == ["Gửi chứ?"]

    async def test_waiting_is_for_what_was_not_seen_yet(self, bot: Bot, lan: Person) -> None:
        await bot.send_message(lan.id, "tin 1")
        await lan.sees("tin")
        waiting = asyncio.create_task(lan.sees("tin"))
        await bot.send_message(lan.id, "tin 2")
        assert (await waiting).text == "tin 2"
        with pytest.raises(AssertionError, match="'tin 1'"):
            await lan.sees("tin 3", deadline=0.01)

    async def test_a_missing_button_is_reported_with_those_that_stand_there(
        self, bot: Bot, lan: Person
    ) -> None:
        await bot.send_message(lan.id, "Chọn", reply_markup=buttons("Gửi", "Sửa"))
        with pytest.raises(AssertionError, match="Sửa"):
            await lan.taps("Xoá")

    async def test_pictures_can_be_sent_again_by_id_and_replaced(self, bot: Bot, lan: Person) -> None:
        sent = await bot.send_photo(lan.id, JPEG, caption="Trước")
        await bot.send_photo(lan.id, sent.photo[-1].file_id)
        await bot.edit_message_media(InputMediaPhoto(JPEG + b"2", caption="Sau"), lan.id, sent.message_id)
        assert [m.photo for m in lan.messages] == [JPEG + b"2", JPEG]
        assert lan.messages[0].caption == "Sau"
        await bot.send_media_group(lan.id, [InputMediaPhoto(JPEG, caption="Bộ"), InputMediaPhoto(JPEG)])
        assert len({m.album for m in lan.messages[-2:]}) == 1

    async def test_members_of_a_group_have_their_standing(
        self, bot: Bot, lan: Person, telegram: FakeTelegram
    ) -> None:
        group = telegram.group()
        group.has(lan, "administrator")
        assert (await bot.get_chat_member(group.id, lan.id)).status == "administrator"
        assert (await bot.get_chat_member(group.id, telegram.user().id)).status == "left"
        assert await bot.leave_chat(group.id)
        with pytest.raises(Forbidden, match="not a member"):
            await bot.send_message(group.id, "tin")

    async def test_commands_are_checked(self, bot: Bot, telegram: FakeTelegram) -> None:
        await bot.set_my_commands([("gui", "Gửi sáng kiến")], language_code="vi")
        assert telegram.state.commands["vi"][0]["command"] == "gui"
        with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
            await bot.set_my_commands([("Gửi", "Gửi sáng kiến")])


class TestFaults:
    async def test_strike_as_often_and_where_they_shall(
        self, bot: Bot, lan: Person, telegram: FakeTelegram
    ) -> None:
        hoa = telegram.user("Hoa")
        await hoa.sends("x")
        telegram.fault("flood", times=2, method="sendMessage", chat=lan, retry_after=7)
        await bot.send_message(hoa.id, "tin")
        for _ in range(2):
            with pytest.raises(RetryAfter) as caught:
                await bot.send_message(lan.id, "tin")
            assert "7" in str(caught.value)
        await bot.send_message(lan.id, "tin")
        asked = telegram.requests_of("sendMessage", chat=lan)
        assert [(r.status, r.done) for r in asked] == [(429, False), (429, False), (200, True)]
        assert asked[0].at <= asked[2].at

    async def test_of_everything_leave_the_polling_alone(self, bot: Bot, telegram: FakeTelegram) -> None:
        telegram.fault("flood", times=None)
        await bot.get_updates()
        with pytest.raises(RetryAfter):
            await bot.get_me()
        telegram.mend()
        await bot.get_me()


class TestLimits:
    @pytest.fixture
    def now(self) -> list[float]:
        return [1000.0]

    @pytest.fixture
    def limits(self, now: list[float]) -> Limits:
        limits = Limits(lambda: now[0])
        limits.on = True
        return limits

    def test_thirty_a_second_in_all(self, limits: Limits, now: list[float]) -> None:
        assert [limits.refuse(chat) for chat in range(30)] == [0] * 30
        assert limits.refuse(99) == 1
        now[0] += 1.0
        assert limits.refuse(99) == 0
        assert limits.refused == 1

    def test_one_a_second_in_a_chat_after_a_burst(self, limits: Limits, now: list[float]) -> None:
        assert [limits.refuse(5) for _ in range(4)] == [0, 0, 0, 3]
        now[0] += 3.0
        assert limits.refuse(5) == 0

    def test_twenty_a_minute_in_a_group(self, limits: Limits, now: list[float]) -> None:
        passed = 0
        for _ in range(40):
            passed += limits.refuse(-5) == 0
            now[0] += 1.0
        assert passed == 20

    async def test_answer_429_over_http(self, bot: Bot, lan: Person, telegram: FakeTelegram) -> None:
        telegram.limits.on = True
        answers = await asyncio.gather(
            *(bot.send_message(lan.id, f"{n}") for n in range(5)), return_exceptions=True
        )
        assert sum(isinstance(a, RetryAfter) for a in answers) == telegram.limits.refused == 2


class TestHtml:
    def test_gives_plain_text_and_where_it_is_formatted(self) -> None:
        plain, entities = parse(
            '😀 <b>đậm <i>nghiêng</i></b> &lt;&#100;&quot; <a href="https://a.vn/?a=1&amp;b">x</a>'
        )
        assert plain == '😀 đậm nghiêng <d" x'
        assert [(e.kind, e.offset, e.length, e.url) for e in entities] == [
            ("bold", 3, 11, None),
            ("italic", 7, 7, None),
            ("text_link", 19, 1, "https://a.vn/?a=1&b"),
        ]

    def test_leaves_other_ampersands_as_they_are(self) -> None:
        assert parse("a & b &nbsp; &copy;")[0] == "a & b &nbsp; &copy;"

    @given(st.text())
    def test_shows_any_escaped_text_as_it_was(self, text: str) -> None:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert parse(f"<i>{escaped}</i>")[0] == text

    @given(st.text(alphabet="<>/bia &;lt\"'=#1 "))
    def test_reads_or_refuses_anything(self, text: str) -> None:
        with contextlib.suppress(CannotParse):
            assert len(parse(text)[0]) <= len(text)
