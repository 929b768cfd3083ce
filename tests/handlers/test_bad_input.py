"""What people should not send, each with a clear answer: nothing is lost, the question stays, nothing fails inside."""

import asyncio
import logging
import unicodedata
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.conversation.vocabulary import Incoming, IncomingKind
from bot.screens.initiatives.actions import (
    AskToWithdraw,
    Mend,
    OpenInitiative,
    ShowHistory,
    ShowMine,
    Withdraw,
)
from bot.screens.people.actions import TakeRole
from bot.screens.review.actions import AnswerQuestion, Approve, OpenCard, ShowQueue
from storage.delivery.tables import Outbox
from storage.initiatives.tables import Author, Initiative, InitiativeState, Target
from storage.people.tables import Pass, Person, Role, RoleGrant
from storage.trail import Event
from storage.units.tables import Unit
from tests.handlers.talks import action, count, fills_in, goes, initiative, open_form, photo, submits
from tests.talk import Stage, WebPerson

pytestmark = pytest.mark.every_channel


@pytest.fixture(autouse=True)
async def _nothing_fails_inside(caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    yield
    failed = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert not failed


async def answers_of(bot: Stage, person: WebPerson) -> object:
    return (await open_form(bot, person) or {}).get("answers")


async def test_what_says_nothing_is_asked_again(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(worker, ("/sangkien", "tên là gì"))
    for typed, answer in (
        ("x" * 301, "viết 301 chữ, mình chỉ ghi được 300"),
        ("a" * 10_000, "viết 10.000 chữ"),
        ("", "chưa thấy chữ nào"),
        ("   \n ", "chưa thấy chữ nào"),
        ("🎉🎉", "chưa đọc được chữ nào"),
        ("...", "chưa đọc được chữ nào"),
        ("\0\u200b\ud800", "chưa thấy chữ nào"),
    ):
        assert "tên là gì" in (await goes(worker, (typed, answer))).text, typed
    await goes(worker, ("Xe đẩy", "làm thế nào"))


async def test_10000_characters_of_content_are_taken_and_what_is_too_long_costs_nothing_before_it(
    bot: Stage,
) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(
        worker, ("/sangkien", "tên"), ("Xe đẩy", "thế nào"), ("a" * 10_000, "nhận phần đầu (10.000 chữ)"),
        ("b" * 10_000, "viết 20.001 chữ, mình chỉ ghi được 20.000"), ("thế thôi", "lĩnh vực"),
    )  # fmt: skip
    form = await open_form(bot, worker)
    assert form is not None
    assert form["answers"]["content"] == "a" * 10_000 + "\nthế thôi"


async def test_an_impossible_date_is_asked_again(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(
        worker, ("/sangkien", "tên"), ("Xe đẩy", "thế nào"), ("Hàn", "lĩnh vực"), ("may móc", "chưa thấy lựa chọn"),
        ("ky thuat", "lần đầu"), ("25/11/2026", "chưa tới"), ("1/1/1900", "xa quá"),
        ("31/2/2026", "Không có ngày 31/2/2026"), ("3/15/2026", "ngày trước, tháng sau"),
        ("lâu rồi", "chưa hiểu ngày này"), ("hom qua", "vướng gì"),
    )  # fmt: skip


MARKUP = "<b>đậm</b> <script>alert(1)</script> *sao* _gạch_ [x](javascript:1) & &amp; {name} %s `"


async def test_markup_is_shown_as_typed_everywhere(bot: Stage) -> None:
    worker = await bot.person("Nguyễn <i>Nga</i>")
    support = await bot.person("Lan & <b>Minh</b>", role=Role.SUPPORT)
    await goes(
        worker,
        ("/sangkien", "tên"), (f"Tên {MARKUP}", "thế nào"), (f"Nội dung {MARKUP}", "lĩnh vực"), ("kỹ thuật", "lần đầu"),
        ("hôm qua", "vướng gì"), (f"Trước {MARKUP}", "tiền"), ("15tr", "15.000.000"), ("đúng", "ích gì"),
        (f"Lợi {MARKUP}", "ảnh"), ("bỏ qua", "Ai cùng làm"), ("Trần {code} 40%", "Đúng không"), ("đúng", "giúp được gì"),
        ("bỏ qua", "cần những gì"), (f"Cần {MARKUP}", "cùng áp dụng"), (f"Nhóm {MARKUP}", "giữ kín"),
        ("bỏ qua hết", "xem lại"),
    )  # fmt: skip
    for word in ("Tên", "Nội dung", "Trước", "Lợi", "Cần", "Nhóm"):
        assert f"{word} {MARKUP}" in (await worker.last()).text
    await worker.taps("Gửi sáng kiến")
    await support.settled()
    for word in ("Tên", "Nội dung", "Trước", "Lợi", "Cần", "Nhóm"):
        await support.sees(f"{word} {MARKUP}")
    await support.sees("Trần {code}", "Nguyễn <i>Nga</i>")
    await support.taps("↩ Trả lại")
    await support.taps("Lý do khác")
    await support.taps("Xong")
    await support.says("bỏ qua")
    await support.says(f"Lời {MARKUP}")
    await worker.settled()
    await worker.sees(f"“Lời {MARKUP}”")
    await worker.taps("Tên", await worker.says("/cuatoi"))
    seen = await worker.taps("Lịch sử")
    assert "Lan & <b>Minh</b>" in seen.text


async def test_decomposed_letters_are_the_same_as_composed_ones(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    for said, shown in (
        ("/sangkien", "tên"), ("Đồ gá khoan bốn lỗ", "thế nào"), ("Hàn tấm gá", "lĩnh vực"), ("kỹ thuật", "lần đầu"),
        ("hôm qua", "vướng gì"), ("bỏ qua hết", "xem lại"),
    ):  # fmt: skip
        seen = await worker.says(unicodedata.normalize("NFD", said))
        assert shown in seen.text
    await worker.taps("Gửi sáng kiến")
    one = await initiative(bot, 1)
    assert (one.name, one.content) == ("Đồ gá khoan bốn lỗ", "Hàn tấm gá")


async def test_stickers_and_pictures_at_the_wrong_place_are_answered_kindly(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await worker.says("/sangkien")
    await worker.sends_sticker()
    await worker.sees("Dễ thương", "tên là gì")
    await worker.sends_photo(photo())
    await worker.sees("sẽ hỏi ở bước sau", "tên là gì")
    await worker.says("/menu")
    await worker.sends_sticker()
    await worker.sends_photo(photo())
    await worker.sees("chọn bên dưới")


async def test_a_button_pressed_twice_submits_once(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    seen = await fills_in(worker)
    send = action(seen, "Gửi sáng kiến")
    await asyncio.gather(*(worker.presses(send, key="the-same-key") for _ in range(3)))
    await asyncio.gather(*(worker.presses(send) for _ in range(3)))
    assert await count(bot, Initiative) == 1
    await worker.sees("đã xong hoặc đã đóng")


async def test_a_text_delivered_twice_answers_one_question(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await worker.says("/sangkien")
    await worker.says("Xe đẩy", key="first-key")
    await worker.says("Xe đẩy", key="first-key")
    assert await answers_of(bot, worker) == {"name": "Xe đẩy"}


async def test_updates_out_of_order_are_put_in_order_while_they_wait(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await worker.says("/sangkien")
    account = worker.account
    waiting = [
        bot.bot.desk.enqueue(
            Incoming(
                worker.channel,
                f"{account.id}:order-{order}",
                order,
                IncomingKind.TEXT,
                account.external_id,
                account.chat_id,
                text=text,
            )
        )
        for order, text in ((10_000_002, "Hàn ba tầng"), (10_000_001, "Xe đẩy"), (10_000_003, "kỹ thuật"))
    ]
    await asyncio.gather(*waiting)
    answers = await answers_of(bot, worker)
    assert answers == {"name": "Xe đẩy", "content": "Hàn ba tầng", "field": "technical"}


async def test_a_press_from_an_old_message_shows_the_question_of_now(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(worker, ("/sangkien", "tên"), ("Xe đẩy", "thế nào"), ("Hàn", "lĩnh vực"))
    old = await worker.last()
    await worker.taps("Kỹ thuật")
    before = await open_form(bot, worker)
    seen = await worker.taps("Quản lý", old)
    assert "Nút đó thuộc câu trước" in seen.text
    assert "lần đầu" in seen.text
    assert await open_form(bot, worker) == before


async def test_a_flood_is_asked_to_slow_down_and_others_are_answered_meanwhile(bot: Stage) -> None:
    flood, other = await bot.person("Nguyễn Thị Nga"), await bot.person("Vũ Văn Tú")
    account = flood.account
    pending = [
        bot.bot.desk.enqueue(
            Incoming(
                flood.channel,
                f"{account.id}:flood-{number:03}",
                number,
                IncomingKind.TEXT,
                account.external_id,
                account.chat_id,
                text="/menu",
            )
        )
        for number in range(200)
    ]
    await other.bot.desk.accept(
        Incoming(
            other.channel,
            f"{other.account.id}:calm-0001",
            1,
            IncomingKind.TEXT,
            other.account.external_id,
            other.account.chat_id,
            text="/sangkien",
        )
    )
    assert not pending[-1].done()
    assert await open_form(bot, other) is not None
    await asyncio.gather(*pending)
    await other.settled()
    assert "tên là gì" in (await other.last()).text
    warnings = [bubble for bubble in await flood.screen() if "nhắn nhanh quá" in bubble.text]
    assert len(warnings) == 1
    bot.clock.advance(timedelta(minutes=1))
    await goes(flood, ("/sangkien", "tên là gì"))


async def test_someone_elses_ids_open_nothing(bot: Stage) -> None:
    worker, nosy = await bot.person("Nguyễn Thị Nga"), await bot.person("Vũ Văn Tú")
    number = await submits(bot, worker)
    for pressed in (
        OpenInitiative(number),
        ShowHistory(number),
        AskToWithdraw(number),
        Withdraw(number, bot.clock.now()),
        Mend(number),
        AnswerQuestion(number),
        OpenCard(number),
        Approve(number, 1),
    ):
        seen = await nosy.presses(pressed.pack())
        assert "không có quyền" in seen.text, pressed
    await nosy.says("CTVN-2026-000001")
    await nosy.sees_not("Đồ gá khoan")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED


# ---------------------------------------------------------------- forged buttons

_NUMBERS = st.one_of(
    st.integers(-2, 40).map(str),
    st.sampled_from(
        ["99999999999999999999", "9223372036854775807", "-9223372036854775809", "1e9", "٣", "²", "", "0x1"]
    ),
)
_KNOWN = st.sampled_from(
    [
        "rv.open",
        "rv.more",
        "rv.claim",
        "rv.release",
        "rv.ok",
        "rv.undo",
        "rv.back",
        "rv.no",
        "rv.note",
        "rv.ask",
        "rv.enter",
        "rv.enter.recognise",
        "rv.enter.record",
        "queue",
        "enter",
        "enter.many",
        "enter.many.record",
        "enter.many.recognise",
        "codefor",
        "behalf",
        "answer",
        "mend",
        "progress",
        "picture",
        "team",
        "invite",
        "unteam",
        "unteamed",
        "bind",
        "accept",
        "guest",
        "left",
        "closed",
        "text",
        "file",
        "menu",
        "help",
        "lang",
        "mine",
        "mine.open",
        "mine.history",
        "draft.resume",
        "draft.restart",
        "look_again",
        "device",
        "f",
        "me",
        "rv",
    ]
)
ACTIONS = st.one_of(
    st.text(min_size=1, max_size=30),
    st.tuples(
        _KNOWN,
        st.lists(st.one_of(_NUMBERS, st.sampled_from(["officer", "support", "member", "all"])), max_size=4),
    ).map(lambda made: ".".join((made[0], *made[1]))),
    st.text("frvok.=-gbx0123456789", min_size=1, max_size=20),
).map(lambda made: made[:64])

#: What a worker has no right to change, whatever they press.
_NOT_THEIRS = (Unit, RoleGrant, Target, Author)


async def everything(bot: Stage) -> dict[str, object]:
    async with bot.bot.database.read() as session:
        found: dict[str, object] = {
            table.__name__: [
                tuple(getattr(row, column.key) for column in table.__table__.columns)
                for row in await session.scalars(select(table).order_by(*table.__table__.primary_key))
            ]
            for table in _NOT_THEIRS
        }
        ones = await session.scalars(select(Initiative).order_by(Initiative.id))
        found["initiatives"] = [
            (one.state, one.revision, one.claimed_by, one.recorded_on, one.name) for one in ones
        ]
        found["people"] = [
            (one.id, one.name, one.unit_id, one.registered_at)
            for one in await session.scalars(select(Person).order_by(Person.id))
        ]
        found["role passes"] = [
            one.id for one in await session.scalars(select(Pass).where(Pass.role.is_not(None)))
        ]
        found["decisions"] = [
            one.id
            for one in await session.scalars(
                select(Event).where(Event.kind.in_(("approved", "note", "asked")))
            )
        ]
        found["news"] = [one.id for one in await session.scalars(select(Outbox).order_by(Outbox.id))]
    return found


async def test_forged_buttons_change_nothing_and_never_fail_inside(bot: Stage) -> None:
    author, worker = await bot.person("Nguyễn Thị Nga"), await bot.person("Vũ Văn Tú")
    await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    await submits(bot, author, "Giá treo dây hàn")
    await author.settled()
    before = await everything(bot)
    loop = asyncio.get_running_loop()

    async def forges(actions: list[str]) -> None:
        for pressed in actions:
            bot.clock.advance(timedelta(seconds=30))
            seen = await worker.presses(pressed)
            assert "trục trặc" not in seen.text, pressed
            assert "Giá treo dây hàn" not in seen.text, pressed
        assert await everything(bot) == before, actions

    @settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.lists(ACTIONS, min_size=8, max_size=12))
    def attack(actions: list[str]) -> None:
        asyncio.run_coroutine_threadsafe(forges(actions), loop).result()

    await asyncio.to_thread(attack)


async def test_a_number_no_database_has_is_answered_like_any_unknown_one(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    for person, kinds in (
        (worker, (ShowMine, OpenInitiative, Mend, AnswerQuestion)),
        (support, (ShowQueue, OpenCard, TakeRole)),
    ):
        for number in ("99999999999999999999", "9223372036854775807", "-9223372036854775809", "²", "1_0"):
            bot.clock.advance(timedelta(minutes=1))
            for kind in kinds:
                seen = await person.presses(f"{kind.word}.{number}")
                assert "trục trặc" not in seen.text, (kind, number)
