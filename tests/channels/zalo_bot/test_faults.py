"""What goes wrong at Zalo, and what must not come in from there: each named, survived, and told honestly."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from sqlalchemy import func, select

from bot.channels.zalo_bot.client import Client, Refused, named
from bot.clock import FixedClock
from bot.conversation.vocabulary import Document, Picture, Recipient, Screen
from bot.delivery.channel import (
    NotSent,
    OverPlan,
    Rejected,
    SendError,
    TryLater,
    Uncertain,
    Unreachable,
)
from storage.conversation.tables import Inbox
from storage.delivery.tables import Lane, SentCount
from storage.media import Media
from storage.people.tables import Role
from tests.channels.whole_loop import goes, photo, registers
from tests.channels.zalo_bot.conftest import zalo_settings
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot, Person
from tests.talk import START, Stage
from tests.web.served import served

SECRET = "a-secret-of-the-webhook"


@pytest.fixture
def demo_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite alone: what goes wrong here is on the way, not in the database."""
    return str(request.getfixturevalue("_sqlite").create(tmp_path))


@asynccontextmanager
async def opened(zalo: FakeZaloBot, url: str, folder: Path, **chosen: Any) -> AsyncIterator[Stage]:
    """A bot with settings of its own."""
    clock = FixedClock(START)
    zalo.now_ms = lambda: int(clock.now().timestamp() * 1000) + 2_000
    async with served(url, folder, clock=clock, zalo_bot=zalo_settings(zalo, **chosen)) as running:
        if chosen.get("mode") == "webhook":
            await zalo.asked("setWebhook")
            zalo.server.webhook = (f"{running.root}/zalo-bot", SECRET)
        yield Stage(running.bot, clock)


# ---------------------------------------------------------------- calls


@pytest.mark.parametrize(
    ("code", "description", "meaning"),
    [
        (400, "Bad Request", Rejected),
        (400, "Bad Request: chat not found", Unreachable),
        (401, "Unauthorized", NotSent),
        (403, "Internal Server Error", Uncertain),
        (404, "Not Found", Rejected),
        (408, "Request timeout", Uncertain),
        (429, "Quota exceeded", TryLater),
        (500, "", Uncertain),
    ],
)
def test_an_error_is_named_for_what_it_means(code: int, description: str, meaning: type[SendError]) -> None:
    assert type(named(Refused(code, description))) in (meaning, *meaning.__subclasses__())


@pytest.mark.parametrize(
    ("kind", "meaning"), [("garbage", Uncertain), ("drop", Uncertain), ("error", TryLater)]
)
async def test_errors_are_seen_whatever_the_status(
    zalo: FakeZaloBot, kind: str, meaning: type[SendError]
) -> None:
    client = Client(zalo.api, TOKEN)
    await client.start()
    zalo.fault(kind)
    with pytest.raises(meaning) as told:
        await client.do("sendMessage", {"chat_id": "z1", "text": "chào"})
    await client.stop()
    assert TOKEN not in str(told.value)
    assert told.value.__context__ is None


async def test_nobody_there_is_surely_not_sent() -> None:
    client = Client("http://127.0.0.1:9", TOKEN)
    await client.start()
    with pytest.raises(NotSent):
        await client.do("sendMessage", {"chat_id": "z1", "text": "chào"})
    await client.stop()


async def test_zalo_failing_stops_nobody_and_the_token_is_in_no_log_line(
    bot: Stage, zalo: FakeZaloBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    worker = zalo.user("Hoa")
    await registers(bot, worker, "Đặng Thị Hoa")
    zalo.fault("garbage", "getUpdates")
    zalo.fault("error", "getUpdates", code=403, times=1)
    await goes(worker, ("/sangkien", "tên là gì"))
    zalo.fault("garbage")
    await worker.sends("Giá để dụng cụ")
    await goes(worker, ("Hàn giá", "lĩnh vực"))
    assert TOKEN not in caplog.text
    assert TOKEN.partition(":")[2] not in caplog.text


# ---------------------------------------------------------------- what comes in


async def at_files(worker: Person) -> None:
    await goes(
        worker,
        ("/sangkien", "tên là gì"), ("Giá để dụng cụ", "làm thế nào"), ("Hàn giá", "lĩnh vực"), ("2", "lần đầu"),
        ("a", "vướng gì"), ("bỏ qua", "bao nhiêu tiền"), ("bỏ qua", "ảnh hay tài liệu"),
    )  # fmt: skip


async def test_what_cannot_be_taken_is_answered_kindly_and_the_question_stays(
    bot: Stage, zalo: FakeZaloBot
) -> None:
    worker = zalo.user("Hoa")
    await registers(bot, worker, "Đặng Thị Hoa")
    await goes(worker, ("/sangkien", "tên là gì"))
    for does, said in (
        (worker.sends_sticker, "Dễ thương"),
        (worker.sends_voice, "tin thoại"),
        (worker.sends_unsupported, "chỉ nhận chữ"),
    ):
        await does()
        await worker.sees(said, "tên là gì")


@pytest.mark.parametrize(
    ("content", "kind", "status", "said"),
    [
        (b"<!doctype html><html>expired</html>", "text/html", 200, "chưa tải được"),
        (b"x" * (21 * 2**20), "image/jpeg", 200, "lớn quá"),
        (b"", "image/jpeg", 404, "chưa tải được"),
        (b"%PDF-1.4", "application/pdf", 200, "không mở được"),
    ],
)
async def test_an_address_without_a_picture_is_told_and_nothing_is_kept(
    bot: Stage, zalo: FakeZaloBot, content: bytes, kind: str, status: int, said: str
) -> None:
    worker = zalo.user("Hoa")
    await registers(bot, worker, "Đặng Thị Hoa")
    await at_files(worker)
    await worker.sends_address(zalo.photo(content, kind=kind, status=status), key="photo")
    await worker.sees(said, "ảnh hay tài liệu")
    async with bot.bot.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Media)) == 0


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/x.jpg", "https://10.0.0.7/x.jpg", "file:///etc/passwd"]
)
async def test_an_address_inside_our_network_is_never_asked(
    zalo: FakeZaloBot, demo_url: str, tmp_path: Path, address: str
) -> None:
    async with opened(zalo, demo_url, tmp_path, photos_from=[]) as stage:
        worker = zalo.user("Hoa")
        await registers(stage, worker, "Đặng Thị Hoa")
        await at_files(worker)
        await worker.sends_address(address)
        await worker.sees("chưa tải được", "ảnh hay tài liệu")


# ---------------------------------------------------------------- the webhook


@pytest.fixture
async def hooked(zalo: FakeZaloBot, demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with opened(zalo, demo_url, tmp_path, mode="webhook", webhook_secret=SECRET) as stage:
        yield stage


async def test_by_webhook_an_answered_call_is_committed(hooked: Stage, zalo: FakeZaloBot) -> None:
    worker = zalo.user("Hoa")
    await registers(hooked, worker, "Đặng Thị Hoa")
    await worker.sends("/sangkien")
    # 200 has come: the step is in the database, whatever becomes of the process now.
    async with hooked.bot.database.read() as session:
        states = (await session.scalars(select(Inbox.state).where(Inbox.channel == "zalo_bot"))).all()
    assert len(states) == 4
    await worker.sees("tên là gì")


async def test_a_replayed_call_changes_nothing(hooked: Stage, zalo: FakeZaloBot) -> None:
    worker = zalo.user("Hoa")
    await registers(hooked, worker, "Đặng Thị Hoa")
    await worker.sends("/sangkien")
    await worker.sees("tên là gì")
    await worker.sends("Xe đẩy phôi", message_id="again-1")
    await worker.sees("làm thế nào")
    await worker.sends("Xe đẩy phôi", message_id="again-1")
    await hooked.bot.desk.settled()
    assert "làm thế nào" in worker.messages[-1].text
    await goes(worker, ("Hàn ba tầng", "lĩnh vực"))


async def test_a_wrong_secret_is_refused_and_counted_and_nothing_is_read(
    hooked: Stage, zalo: FakeZaloBot, caplog: pytest.LogCaptureFixture
) -> None:
    assert await zalo.server.post({"event_name": "x"}, secret="guessed") == 403
    assert await zalo.server.post(None, secret="") == 403
    assert "2 so far" in caplog.text
    async with hooked.bot.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Inbox)) == 0


@pytest.mark.parametrize(
    "body", [None, {}, {"ok": True}, {"message": {}}, [], "x", {"result": {"message": 3}}]
)
async def test_probes_and_nonsense_are_taken_and_forgotten(
    hooked: Stage, zalo: FakeZaloBot, body: object
) -> None:
    assert await zalo.server.post(body) == 200
    async with hooked.bot.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Inbox)) == 0


# ---------------------------------------------------------------- what goes out


def channel_of(stage: Stage) -> Any:
    return stage.bot.channels["zalo_bot"]


async def test_a_long_text_comes_in_parts_and_a_document_by_an_address_that_lapses(
    bot: Stage, zalo: FakeZaloBot
) -> None:
    worker = zalo.user("Hoa")
    await registers(bot, worker, "Đặng Thị Hoa")
    before = len(worker.messages)
    text = Markup("\n").join(["Một dòng khá dài để chia ra nhiều phần 😀"] * 120)
    made = Document("dữ liệu.json", content=b'{"a": 1}')
    await channel_of(bot).deliver(
        Recipient("zalo_bot", worker.id), Screen(text, documents=(made,)), lane=Lane.DECISION
    )
    sent = worker.messages[before:]
    assert len(sent) > 2
    assert all(len(message.text) <= 2000 for message in sent)
    address = sent[0].text.split(": ", 1)[1].split(" ")[0]
    status, kind, content = await zalo.server._get(address)
    assert (status, kind, content) == (200, "application/json", b'{"a": 1}')
    for other in (address.replace("/f/", "/f/A"), address.rpartition("/")[0] + "/khac.json"):
        assert (await zalo.server._get(other))[0] == 404
    bot.clock.advance(timedelta(days=4))
    assert (await zalo.server._get(address))[0] == 404


async def test_a_picture_that_zalo_does_not_take_comes_as_its_address(bot: Stage, zalo: FakeZaloBot) -> None:
    worker = zalo.user("Hoa")
    await registers(bot, worker, "Đặng Thị Hoa")
    media_id = await bot.bot.chat.media.keep(photo(), "image/jpeg")
    screen = Screen(Markup("Tiến độ"), pictures=(Picture("Ảnh tiến độ", media_id),))
    zalo.fault("error", "sendPhoto", code=400)
    await channel_of(bot).deliver(Recipient("zalo_bot", worker.id), screen, lane=Lane.DECISION)
    address, words = worker.messages[-2:]
    assert address.text.startswith("Ảnh tiến độ: http")
    assert words.text == "Tiến độ"
    await channel_of(bot).deliver(Recipient("zalo_bot", worker.id), screen, lane=Lane.DECISION)
    assert worker.messages[-1].picture == photo()
    fetched = str(zalo.requests_of("sendPhoto")[-1]["photo"])
    assert (await zalo.server._get(fetched))[0] == 200
    bot.clock.advance(timedelta(days=4))
    assert (await zalo.server._get(fetched))[0] == 404


# ---------------------------------------------------------------- what the plan allows


async def test_the_plan_is_counted_told_in_time_and_kept_for_answers(
    zalo: FakeZaloBot, demo_url: str, tmp_path: Path
) -> None:
    async with opened(zalo, demo_url, tmp_path, monthly_messages=40, people=5) as stage:
        officer = await stage.person("Lê Văn Sơn", unit="CTVN", role=Role.OFFICER)
        worker = zalo.user("Hoa")
        await registers(stage, worker, "Đặng Thị Hoa")
        channel = channel_of(stage)
        to, screen = Recipient("zalo_bot", worker.id), Screen(Markup("Nhắc bạn"))
        while len(zalo.requests_of("sendMessage")) < 36:
            await channel.deliver(to, screen, lane=Lane.REMINDER)
        with pytest.raises(OverPlan):
            await channel.deliver(to, screen, lane=Lane.REMINDER)
        await goes(worker, ("/menu", "muốn làm gì"))
        await stage.works()
        await officer.sees("Zalo đã dùng", "trong 40 tin")
        async with stage.bot.database.read() as session:
            assert await session.scalar(select(SentCount.number)) == 40
        # A new month begins from nothing.
        stage.clock.advance(timedelta(days=14))
        await channel.deliver(to, screen, lane=Lane.REMINDER)


async def test_the_ceiling_of_people_is_said_once(zalo: FakeZaloBot, demo_url: str, tmp_path: Path) -> None:
    async with opened(zalo, demo_url, tmp_path, people=5) as stage:
        officer = await stage.person("Lê Văn Sơn", unit="CTVN", role=Role.OFFICER)
        plan = channel_of(stage)._plan
        for at in range(4):
            await stage.person(f"Công Nhân {at}", channel="zalo_bot")
        await plan.look()
        await plan.look()
        await stage.works()
        await officer.sees("Zalo đã có 4 người", "chỉ được 5")
        assert len([bubble for bubble in await officer.screen() if "chỉ được 5" in bubble.text]) == 1
