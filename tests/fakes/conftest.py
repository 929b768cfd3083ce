"""The stand-in for Telegram, and a real bot that talks to it."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from bot.channels.telegram.request import AiohttpRequest
from tests.fakes.telegram import TOKEN, FakeTelegram, Person

JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    async with Bot(
        TOKEN,
        base_url=telegram.base_url,
        base_file_url=telegram.base_file_url,
        request=AiohttpRequest(),
        get_updates_request=AiohttpRequest(),
    ) as bot:
        yield bot


@pytest.fixture
async def lan(telegram: FakeTelegram) -> Person:
    lan = telegram.user("Lan")
    await lan.sends("/start cong-ty-1")
    return lan
