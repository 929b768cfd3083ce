"""The transport to Telegram: what it tells apart, what it bounds, and that the token never shows."""

import asyncio
import io
import logging
import socket
import traceback
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InputFile
from telegram.error import InvalidToken, TelegramError, TimedOut

from bot.channels.telegram import request as transport
from bot.channels.telegram.request import AiohttpRequest, MaybeSent, RequestNotSent, TooLarge
from tests.fakes.telegram import TOKEN, FakeTelegram, Person

JPEG = b"\xff\xd8\xff\xe0 a picture"


def bot_over(api: str, **settings: Any) -> Bot:
    """A bot whose every request goes through the transport."""
    return Bot(
        TOKEN,
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=AiohttpRequest(**settings),
        get_updates_request=AiohttpRequest(**settings),
    )


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    async with bot_over(telegram.api) as bot:
        yield bot


@pytest.fixture
async def impatient(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    """For where no answer will ever come."""
    async with bot_over(telegram.api, read_timeout=0.3) as bot:
        yield bot


@pytest.fixture
async def lan(telegram: FakeTelegram) -> Person:
    lan = telegram.user("Lan")
    await lan.sends("/start")
    return lan


async def test_a_message_arrives_as_it_was_written(bot: Bot, lan: Person) -> None:
    sent = await bot.send_message(lan.id, "<b>Sáng kiến</b> số 1 😀", parse_mode="HTML")

    assert sent.text == "Sáng kiến số 1 😀"
    assert (await lan.sees("Sáng kiến số 1 😀")).message_id == sent.message_id


async def test_a_file_keeps_its_vietnamese_name_and_its_bytes(bot: Bot, lan: Person) -> None:
    await bot.send_document(lan.id, io.BytesIO(b"%PDF"), filename="sáng kiến (1).pdf", caption="Bản vẽ")

    shown = await lan.sees("Bản vẽ")
    assert (shown.name, shown.document) == ("sáng kiến (1).pdf", b"%PDF")


async def test_a_line_break_in_a_file_name_does_not_stop_it(bot: Bot, lan: Person) -> None:
    await bot.send_document(lan.id, InputFile(b"%PDF", filename='a\r\nX-Evil: "1".pdf'), caption="Bản vẽ")

    assert "\n" not in (await lan.sees("Bản vẽ")).name


async def test_a_file_that_somebody_sent_comes_down_whole(bot: Bot, lan: Person) -> None:
    content = bytes(range(256)) * 4096
    await lan.sends_document(content, "a.bin")
    update = (await bot.get_updates())[-1]
    document = update.message.document  # type: ignore[union-attr]

    assert bytes(await (await document.get_file()).download_as_bytearray()) == content  # type: ignore[union-attr]


async def test_an_answer_larger_than_the_bound_is_not_read(
    bot: Bot, lan: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER", 1000)
    await lan.sends_document(b"x" * 1001, "a.bin")
    document = (await bot.get_updates())[-1].message.document  # type: ignore[union-attr]

    with pytest.raises(TooLarge):
        await (await document.get_file()).download_as_bytearray()  # type: ignore[union-attr]


async def test_many_requests_go_out_at_once(bot: Bot, lan: Person) -> None:
    await asyncio.gather(*(bot.send_message(lan.id, f"tin {n}") for n in range(300)))

    assert sorted(m.text for m in lan.messages) == sorted(f"tin {n}" for n in range(300))


class TestWhatSurelyDidNotArrive:
    async def test_when_nobody_listens(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, not listening: refuses
            async with AiohttpRequest() as request:
                with pytest.raises(RequestNotSent):
                    await request.post(f"http://127.0.0.1:{taken.getsockname()[1]}/bot{TOKEN}/getMe")

    async def test_when_the_host_has_no_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", unknown)
        async with AiohttpRequest() as request:
            with pytest.raises(RequestNotSent):
                await request.post(f"http://nowhere.invalid/bot{TOKEN}/getMe")

    async def test_when_all_connections_are_taken(self, telegram: FakeTelegram) -> None:
        telegram.fault("silent")
        async with AiohttpRequest(connections=1, pool_timeout=0.05, connect_timeout=0.05) as request:
            hanging = asyncio.create_task(request.post(f"{telegram.base_url}{TOKEN}/getMe"))
            await telegram.asked("getMe")
            with pytest.raises(RequestNotSent):
                await request.post(f"{telegram.base_url}{TOKEN}/getMe")
            hanging.cancel()

    async def test_when_the_proxy_is_not_there(self, telegram: FakeTelegram) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            proxy = f"http://user:geheim@127.0.0.1:{taken.getsockname()[1]}"
            async with AiohttpRequest(proxy=proxy) as request:
                with pytest.raises(RequestNotSent) as caught:
                    await request.post(f"{telegram.base_url}{TOKEN}/getMe")
        assert "geheim" not in str(caught.value)

    async def test_when_the_transport_is_closed(self, telegram: FakeTelegram) -> None:
        with pytest.raises(RequestNotSent):
            await AiohttpRequest().post(f"{telegram.base_url}{TOKEN}/getMe")


class TestWhatMayHaveArrived:
    async def test_when_no_answer_comes(self, impatient: Bot, lan: Person, telegram: FakeTelegram) -> None:
        telegram.fault("silent", done=True)
        with pytest.raises(TimedOut):
            await impatient.send_message(lan.id, "tin")
        assert [m.text for m in lan.messages] == ["tin"]

    @pytest.mark.parametrize("done", [True, False])
    async def test_when_the_connection_breaks(
        self, bot: Bot, lan: Person, telegram: FakeTelegram, done: bool
    ) -> None:
        telegram.fault("drop", done=done)
        with pytest.raises(MaybeSent):
            await bot.send_message(lan.id, "tin")
        assert len(lan.messages) == done

    @pytest.mark.parametrize("status", [500, 502, 504])
    async def test_when_the_server_is_in_trouble(
        self, bot: Bot, lan: Person, telegram: FakeTelegram, status: int
    ) -> None:
        telegram.fault("status", status=status)
        with pytest.raises(MaybeSent):
            await bot.send_message(lan.id, "tin")

    async def test_when_the_answer_is_a_page(self, bot: Bot, lan: Person, telegram: FakeTelegram) -> None:
        telegram.fault("garbage")
        with pytest.raises(MaybeSent):
            await bot.send_message(lan.id, "tin")


async def test_requests_go_through_the_proxy(telegram: FakeTelegram) -> None:
    """An HTTP proxy is asked for the whole address; the stand-in answers as if it were one."""
    async with AiohttpRequest(proxy=telegram.api) as request:
        me = await request.post(f"http://api.telegram.invalid/bot{TOKEN}/getMe")
    assert isinstance(me, dict)
    assert me["is_bot"] is True


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "127.0.0.1:3128", "http://", "http://h:port"])
def test_a_proxy_that_cannot_be_used_is_named_at_once(proxy: str) -> None:
    with pytest.raises(ValueError, match=r"telegram\.proxy"):
        AiohttpRequest(proxy=proxy)


class TestTheTokenNeverShows:
    @staticmethod
    def traces(error: BaseException) -> str:
        """All that a log or an error tracker could print of an error, its ancestors included."""
        told = []
        seen: BaseException | None = error
        while seen is not None:
            told += [str(seen), repr(seen), *map(repr, seen.args), *traceback.format_exception(seen)]
            seen = seen.__cause__ or seen.__context__
        return "".join(told)

    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "drop"},
            {"kind": "silent"},
            {"kind": "status"},
            {"kind": "garbage"},
            {"kind": "garbage", "status": 403},
            {"kind": "garbage", "status": 404},
            {"kind": "flood"},
        ],
        ids=str,
    )
    async def test_in_an_error(
        self,
        fault: dict[str, object],
        impatient: Bot,
        lan: Person,
        telegram: FakeTelegram,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        telegram.fault(**fault)  # type: ignore[arg-type]
        with pytest.raises(TelegramError) as caught:
            await impatient.send_message(lan.id, "tin")
        assert TOKEN not in self.traces(caught.value)
        assert TOKEN not in caplog.text

    async def test_when_there_is_no_way_to_telegram(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        for api in ("http://127.0.0.1:1", "ftp://x", "http://", "http://[::1"):
            async with AiohttpRequest() as request:
                with pytest.raises(RequestNotSent) as caught:
                    await request.post(f"{api}/bot{TOKEN}/getMe")
            assert TOKEN not in self.traces(caught.value), api
        assert TOKEN not in caplog.text

    async def test_when_it_is_wrong(self, telegram: FakeTelegram) -> None:
        wrong = TOKEN[:-1] + "X"
        async with AiohttpRequest() as request:
            with pytest.raises(InvalidToken) as caught:
                await request.post(f"{telegram.base_url}{wrong}/getMe")
        assert wrong not in self.traces(caught.value)

    async def test_in_the_logs_of_a_working_day(
        self, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        lan = telegram.user("Lan")
        await lan.sends_photo(JPEG)
        async with bot_over(telegram.api) as bot:
            update = (await bot.get_updates(timeout=5))[-1]
            await bot.send_message(lan.id, "Chào bạn")
            await (await update.message.photo[-1].get_file()).download_as_bytearray()  # type: ignore[union-attr]
            await bot.set_webhook(
                "https://bot.example.vn/x",
                secret_token="s3cret-of-the-hook",
                drop_pending_updates=True,
            )
        assert "getUpdates" in caplog.text  # the library did log
        assert TOKEN not in caplog.text
        assert "s3cret-of-the-hook" not in caplog.text
