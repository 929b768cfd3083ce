"""The stand-in for Telegram can be driven from another process, and its scripted people keep talking."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.request import AiohttpRequest
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_control import TelegramControl

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def api() -> AsyncIterator[str]:
    async with FakeTelegram() as telegram:
        telegram.server.control = TelegramControl(telegram)
        yield telegram.api


def bot_over(api: str) -> Bot:
    return Bot(TOKEN, base_url=f"{api}/bot", request=AiohttpRequest(), get_updates_request=AiohttpRequest())


async def post(session: aiohttp.ClientSession, api: str, what: str, body: Any = None) -> tuple[int, Any]:
    async with session.post(f"{api}/control/{what}", json=body or {}) as answer:
        return answer.status, await answer.json()


async def get(session: aiohttp.ClientSession, api: str, what: str) -> Any:
    async with session.get(f"{api}/control/{what}") as answer:
        return await answer.json()


async def test_it_runs_in_a_process_of_its_own(session: aiohttp.ClientSession) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.telegram",
        "--lean",
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        api = (await process.stdout.readline()).decode().strip()
        async with bot_over(api) as bot:
            assert bot.username == "sangkien_test_bot"
        assert (await get(session, api, "stats"))["counts"]["getMe"] == 1
    finally:
        process.terminate()
        await process.wait()


async def test_people_talk_and_tap(session: aiohttp.ClientSession, api: str) -> None:
    async with bot_over(api) as bot:
        _, said = await post(session, api, "say", {"user": 7, "text": "/start"})
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("Gửi", callback_data="send")]])
        await bot.send_message(7, "Chào bạn", reply_markup=markup)
        assert (await get(session, api, "sent?chat=7"))[0]["rows"][0][0]["label"] == "Gửi"
        assert (await post(session, api, "tap", {"user": 7, "label": "Gửi"}))[0] == 200
        status, missing = await post(session, api, "tap", {"user": 7, "label": "Xoá"})
        assert (status, "Gửi" in missing["error"]) == (409, True)
        await bot.get_updates(offset=said["ids"][0] + 1)
        assert await get(session, api, f"confirmed?update_id={said['ids'][0]}") == {}
        await post(session, api, "again", {"update_id": said["ids"][0]})
        assert said["ids"][0] in [u.update_id for u in await bot.get_updates()]
        await post(session, api, "fault", {"kind": "status", "method": "getMe", "times": None})
        await post(session, api, "mend")
        await bot.get_me()
        assert [r["method"] for r in await get(session, api, "requests?method=sendMessage")] == [
            "sendMessage"
        ]


async def test_scripted_people_go_on_when_they_are_answered(session: aiohttp.ClientSession, api: str) -> None:
    steps = [{"text": "/start"}, {"tap": "Tiếp"}, {"photo": True, "answers": 2}]
    await post(session, api, "script", {"people": [steps] * 3})
    async with asyncio.timeout(10), bot_over(api) as bot:
        seen, offset = 0, 0
        while seen < 9:
            for update in await bot.get_updates(offset=offset, timeout=5):
                seen, offset = seen + 1, update.update_id + 1
                markup = InlineKeyboardMarkup([[InlineKeyboardButton("Tiếp ▶", callback_data="next")]])
                chat = update.effective_chat
                assert chat is not None
                if update.message and update.message.photo:
                    await bot.send_message(chat.id, "Một")
                await bot.send_message(chat.id, "Hai", reply_markup=markup)
    report = await get(session, api, "script")
    assert (report["done"], report["updates"], report["stuck"]) == (True, 9, [])


async def test_a_script_that_cannot_go_on_says_why(session: aiohttp.ClientSession, api: str) -> None:
    await post(session, api, "script", {"people": [[{"text": "/start"}, {"tap": "Gửi"}]]})
    async with bot_over(api) as bot:
        update = (await bot.get_updates())[0]
        await bot.send_message(update.effective_chat.id, "không có nút")  # type: ignore[union-attr]
    report = await get(session, api, "script")
    assert report["done"] is False
    assert "no button 'Gửi'" in report["stuck"][0]
