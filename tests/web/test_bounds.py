"""What is too much or too fast is refused with a reason, and nothing of it is kept."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.clock import FixedClock
from bot.reception.patience import BURST
from storage.conversation.tables import TranscriptLine
from storage.media import Media
from tests.web.served import Served, served
from tests.web.test_doors import enters, says, unit, visitor


@pytest.fixture
async def site(demo_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    async with served(demo_url, tmp_path, clock=clock) as running:
        yield running


async def uploads(site: Served, browser: aiohttp.ClientSession, content: bytes, key: str) -> tuple[int, str]:
    form = aiohttp.FormData({"key": key})
    form.add_field("file", content, filename="tep.pdf")
    async with browser.post(
        f"{site.root}/chat/upload", data=form, headers={"X-Requested-With": "chat"}
    ) as answer:
        return answer.status, (await answer.json()).get("error", "")


async def kept(site: Served) -> tuple[int, int]:
    """How many bubbles and files there are."""
    async with site.bot.database.read() as session:
        lines = await session.scalar(select(func.count()).select_from(TranscriptLine))
        files = await session.scalar(select(func.count()).select_from(Media))
    return lines or 0, files or 0


@pytest.mark.attack("A guest uploads documents without agreeing to anything")
async def test_a_guests_document_is_refused_with_a_reason_and_not_kept(site: Served) -> None:
    home = await unit(site)
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{home.join_code}")
        before = await kept(site)
        status, why = await uploads(site, browser, b"%PDF-1.7\n" + b"x" * 1000, "key-00000001")
    assert status == 415
    assert "sau khi bạn đăng ký" in why
    assert await kept(site) == before
    assert not list(site.bot.chat.media.folder.glob("??/*"))


@pytest.mark.attack("Somebody writes thousands of messages, and each is kept")
async def test_what_is_too_fast_is_not_kept(site: Served) -> None:
    home = await unit(site)
    async with visitor() as browser:
        await enters(browser, f"{site.root}/i/{home.join_code}")
        statuses = [
            await says(site, browser, f"chào {number}", f"key-{number:08}") for number in range(BURST + 20)
        ]
        assert statuses.count(429) >= 20
        before = await kept(site)
        assert await says(site, browser, "chào", "key-99999999") == 429
        assert (await uploads(site, browser, b"\xff\xd8\xff" + b"x" * 500, "key-99999998"))[0] == 429
        assert await kept(site) == before
