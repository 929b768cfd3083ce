"""The stand-in for Telegram behaves as Telegram does, seen through the real library."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaDocument, InputMediaPhoto
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden

from tests.fakes.keyboards import buttons
from tests.fakes.telegram import TOKEN, Document, FakeTelegram, Person

JPEG = b"\xff\xd8\xff\xe0 a picture"


class TestUpdates:
    async def test_come_again_until_a_later_offset_confirms_them(self, bot: Bot, lan: Person) -> None:
        second = await lan.sends("hai")

        first_time = [u.update_id for u in await bot.get_updates()]
        assert [u.update_id for u in await bot.get_updates()] == first_time
        assert [u.update_id for u in await bot.get_updates(offset=second)] == [second]
        assert await bot.get_updates(offset=second + 1) == ()
        assert await bot.get_updates() == ()

    async def test_are_handed_out_a_hundred_at_most(self, bot: Bot, lan: Person) -> None:
        for n in range(120):
            await lan.sends(f"{n}")
        assert len(await bot.get_updates()) == 100
        assert len(await bot.get_updates(limit=7)) == 7

    async def test_of_a_negative_offset_forget_all_before(self, bot: Bot, lan: Person) -> None:
        last = await lan.sends("cuối")
        assert [u.update_id for u in await bot.get_updates(offset=-1)] == [last]
        assert [u.update_id for u in await bot.get_updates()] == [last]

    async def test_end_a_long_poll_at_once(self, bot: Bot, telegram: FakeTelegram) -> None:
        poll = asyncio.create_task(bot.get_updates(timeout=50))
        await telegram.asked("getUpdates")
        await telegram.user().sends("xin chào")
        assert (await poll)[0].message.text == "xin chào"  # type: ignore[union-attr]

    async def test_go_to_the_newest_poll_alone(self, bot: Bot, telegram: FakeTelegram) -> None:
        older = asyncio.create_task(bot.get_updates(timeout=50))
        await telegram.asked("getUpdates")
        newer = asyncio.create_task(bot.get_updates(timeout=50))
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await older
        await telegram.user().sends("tin")
        assert len(await newer) == 1

    async def test_are_confirmed_by_an_offset_only(
        self, bot: Bot, lan: Person, telegram: FakeTelegram
    ) -> None:
        update_id = await lan.sends("hai")
        await bot.get_updates()
        assert not telegram.updates.is_confirmed(update_id)
        waiting = asyncio.create_task(telegram.confirmed(update_id))
        await bot.get_updates(offset=update_id + 1)
        await waiting

    async def test_can_come_twice_and_out_of_order(self, bot: Bot, telegram: FakeTelegram) -> None:
        lan = telegram.user()
        with telegram.together(backwards=True):
            first = await lan.sends("một")
            second = await lan.sends("hai")
        assert [u.update_id for u in await bot.get_updates()] == [second, first]
        telegram.push_again(first)
        assert [u.update_id for u in await bot.get_updates(offset=second + 1)] == [first]
        assert await bot.get_updates(offset=second + 1) == ()

    async def test_of_kinds_not_allowed_are_not_handed_out(self, bot: Bot, lan: Person) -> None:
        await bot.get_updates(allowed_updates=["callback_query"], offset=-1)
        await lan.sends("không")
        tap = await lan.taps_data(1, "forged")
        assert [u.update_id for u in await bot.get_updates()][-1] == tap
        assert all(u.message is None or u.message.text != "không" for u in await bot.get_updates())

    async def test_of_every_kind_are_read_by_the_library(self, bot: Bot, telegram: FakeTelegram) -> None:
        hoa = telegram.user("Hoa", last_name="Trần", username="hoa", language_code="en")
        group = telegram.group("Tổ 1")
        await hoa.sends("/start")
        await hoa.sends_photo(JPEG, caption="Trước")
        await hoa.sends_document(b"%PDF", "a.pdf", "application/pdf")
        await hoa.sends_sticker()
        await hoa.sends_voice()
        await hoa.sends_location()
        await hoa.edits("sửa")
        await hoa.sends_album([JPEG, JPEG, Document(b"x", "x.txt", "text/plain")], caption="Ảnh")
        await hoa.blocks()
        await hoa.unblocks()
        await group.adds_bot(hoa)
        await group.sends(hoa, "/bind")
        await group.migrates()
        updates = await bot.get_updates()

        messages = [u.message for u in updates if u.message]
        assert messages[0].from_user.full_name == "Hoa Trần"  # type: ignore[union-attr]
        assert messages[0].entities[0].type == "bot_command"
        assert messages[1].photo[-1].file_size == len(JPEG)
        assert messages[2].document.file_name == "a.pdf"  # type: ignore[union-attr]
        assert messages[3].sticker
        assert messages[4].voice
        assert messages[5].location
        assert [u.edited_message.text for u in updates if u.edited_message] == ["sửa"]
        assert len({m.media_group_id for m in messages if m.media_group_id}) == 1
        changes = [u.my_chat_member.new_chat_member.status for u in updates if u.my_chat_member]
        assert changes == ["kicked", "member", "member"]
        assert [m.migrate_to_chat_id for m in messages if m.migrate_to_chat_id] == [group.id]


class TestTheWebhook:
    async def test_is_posted_to_with_its_secret_until_it_takes_the_update(
        self, bot: Bot, telegram: FakeTelegram
    ) -> None:
        got: list[tuple[str, int]] = []

        async def take(request: web.Request) -> web.Response:
            update = await request.json()
            got.append((request.headers["X-Telegram-Bot-Api-Secret-Token"], update["update_id"]))
            return web.Response(status=200 if len(got) > 1 else 500)

        app = web.Application()
        app.router.add_post("/hook", take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            port = runner.addresses[0][1]
            await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="bi-mat", max_connections=5)
            update_id = await telegram.user().sends("xin chào")
            await telegram.confirmed(update_id)
            info = await bot.get_webhook_info()
        finally:
            await telegram.updates.close()
            await runner.cleanup()
        assert got == [("bi-mat", update_id)] * 2
        assert (info.pending_update_count, info.max_connections) == (0, 5)
        assert "500" in str(info.last_error_message)

    async def test_excludes_polling(self, bot: Bot) -> None:
        await bot.set_webhook("https://bot.example.vn/hook")
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        await bot.delete_webhook()
        assert await bot.get_updates() == ()

    async def test_needs_https_elsewhere_and_a_plain_secret(self, bot: Bot) -> None:
        with pytest.raises(BadRequest, match=r"(?i)https url"):
            await bot.set_webhook("http://bot.example.vn/hook")
        with pytest.raises(BadRequest, match="unallowed characters"):
            await bot.set_webhook("https://bot.example.vn/hook", secret_token="bí mật")


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "message text is empty"),
            ("  \n", "text must be non-empty"),
            ("ă" * 4097, "message is too long"),
            ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
            ("<x>a</x>", 'Unsupported start tag "x" at byte offset 0'),
            ("đ < 5", 'start tag "" at byte offset 3|Unclosed start tag at byte offset 3'),
            ("<b>a</i>", "Unmatched end tag at byte offset 4"),
            ("a</b>", "Unexpected end tag at byte offset 1"),
        ],
        ids=["empty", "blank", "long", "open", "unknown", "bare", "crossed", "end"],
    )
    async def test_of_a_text(self, text: str, words: str, bot: Bot, lan: Person) -> None:
        with pytest.raises(BadRequest, match=f"(?i){words}"):
            await bot.send_message(lan.id, text, parse_mode="HTML")
        assert lan.messages == []

    async def test_a_text_is_measured_without_its_markup(self, bot: Bot, lan: Person) -> None:
        await bot.send_message(lan.id, "<b>" + "&amp;" * 4096 + "</b>", parse_mode="HTML")
        with pytest.raises(BadRequest, match="caption is too long"):
            await bot.send_photo(lan.id, JPEG, caption="a" * 1025)

    async def test_of_a_button(self, bot: Bot, lan: Person) -> None:
        async def send(button: InlineKeyboardButton) -> None:
            await bot.send_message(lan.id, "Chọn", reply_markup=InlineKeyboardMarkup([[button]]))

        await send(InlineKeyboardButton("a", callback_data="x" * 64))
        with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
            await send(InlineKeyboardButton("a", callback_data="x" * 63 + "ă"))
        with pytest.raises(BadRequest, match=r"(?i)wrong http url"):
            await send(InlineKeyboardButton("a", url="http://localhost/x"))
        with pytest.raises(BadRequest, match=r"(?i)text buttons are unallowed"):
            await send(InlineKeyboardButton("a"))

    async def test_of_a_chat(self, bot: Bot, lan: Person, telegram: FakeTelegram) -> None:
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(telegram.user("người chưa viết").id, "tin")
        await lan.blocks()
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(lan.id, "tin")
        await lan.unblocks()
        await bot.send_message(lan.id, "tin")
        lan.vanishes()
        with pytest.raises(Forbidden, match="user is deactivated"):
            await bot.send_message(lan.id, "tin")

    async def test_of_a_group_that_moved_or_threw_the_bot_out(
        self, bot: Bot, lan: Person, telegram: FakeTelegram
    ) -> None:
        group = telegram.group()
        before = group.id
        await bot.send_message(before, "tin")
        await group.migrates()
        with pytest.raises(ChatMigrated) as moved:
            await bot.send_message(before, "tin")
        assert moved.value.new_chat_id == group.id
        await bot.send_message(group.id, "tin")
        await group.kicks_bot(lan)
        with pytest.raises(Forbidden, match="kicked"):
            await bot.send_message(group.id, "tin")

    async def test_of_an_edit(self, bot: Bot, lan: Person) -> None:
        sent = await bot.send_message(lan.id, "tin", reply_markup=buttons("Gửi"))
        with pytest.raises(BadRequest, match="not modified"):
            await bot.edit_message_text("tin", lan.id, sent.message_id, reply_markup=buttons("Gửi"))
        await bot.edit_message_reply_markup(lan.id, sent.message_id)
        with pytest.raises(BadRequest, match="not modified"):
            await bot.edit_message_reply_markup(lan.id, sent.message_id)
        with pytest.raises(BadRequest, match="no caption in the message"):
            await bot.edit_message_caption(lan.id, sent.message_id, caption="ảnh")
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await bot.edit_message_text("tin", lan.id, 1)
        await bot.delete_message(lan.id, sent.message_id)
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await bot.edit_message_text("khác", lan.id, sent.message_id)
        with pytest.raises(BadRequest, match="Message to delete not found"):
            await bot.delete_message(lan.id, sent.message_id)

    async def test_of_a_callback_that_is_old_or_invented(
        self, bot: Bot, lan: Person, telegram: FakeTelegram
    ) -> None:
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query("123")
        await lan.taps_data(1, "x")
        query = (await bot.get_updates())[-1].callback_query
        telegram.forget_callbacks()
        with pytest.raises(BadRequest, match="Query is too old"):
            await query.answer()  # type: ignore[union-attr]

    async def test_of_files(self, bot: Bot, lan: Person) -> None:
        await lan.sends_document(b"few bytes", "lớn.zip", size=21 * 2**20)
        document = (await bot.get_updates())[-1].message.document  # type: ignore[union-attr]
        assert document is not None
        assert document.file_size == 21 * 2**20
        with pytest.raises(BadRequest, match="File is too big"):
            await document.get_file()
        with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
            await bot.send_photo(lan.id, b"not a picture")
        with pytest.raises(BadRequest, match=r"(?i)wrong file identifier"):
            await bot.send_photo(lan.id, "an id from elsewhere")
        with pytest.raises(BadRequest, match="can't be mixed"):
            await bot.send_media_group(
                lan.id, [InputMediaPhoto(JPEG), InputMediaDocument(b"x", filename="x")]
            )

    async def test_of_a_strange_token_or_method(self, telegram: FakeTelegram) -> None:
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{telegram.api}/bot1:other/getMe") as answer:
                assert (answer.status, (await answer.json())["description"]) == (401, "Unauthorized")
            async with session.get(f"{telegram.base_url}{TOKEN}/sendStars") as answer:
                assert (answer.status, (await answer.json())["error_code"]) == (404, 404)
            # Telegram looks at neither the verb nor the case, and takes all three forms.
            async with session.get(f"{telegram.base_url}{TOKEN}/GETME?x=1") as answer:
                assert (await answer.json())["ok"] is True
            lan = telegram.user()
            await lan.sends("x")
            form = {"chat_id": str(lan.id), "text": "tin"}
            async with session.post(f"{telegram.base_url}{TOKEN}/sendMessage", data=form) as answer:
                assert answer.status == 200
