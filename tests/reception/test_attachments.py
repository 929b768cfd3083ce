"""Files that come with updates: fetched before their turn, and holding nobody up."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from sqlalchemy import text

from bot.channels.web import NAME as WEB
from bot.conversation.routing import Handler, Screens
from bot.conversation.vocabulary import IncomingFile, Reply
from bot.handlers.turn import Turn
from bot.reception import attachments
from tests.handlers.talks import photo
from tests.reception.updates import from_elsewhere, said
from tests.talk import Stage, stage


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        yield running


class Held:
    """PostgreSQL stores no update for later until it is told to: the transactions that do wait."""

    def __init__(self, bot: Stage) -> None:
        self._database = bot.bot.database
        self._desk = bot.bot.desk

    async def __aenter__(self) -> Self:
        async with self._database.write() as session:
            await session.execute(
                text(
                    "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END $$"
                )
            )
            await session.execute(
                text(
                    "CREATE TRIGGER wait BEFORE INSERT ON inbox FOR EACH ROW WHEN (NEW.state = 'accepted') "
                    "EXECUTE FUNCTION wait()"
                )
            )
        self._holding = await self._database.engine.connect()
        await self._holding.execute(text("SELECT pg_advisory_xact_lock(1)"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._holding.close()

    async def until_it_waits(self) -> None:
        """Something is being stored."""
        while not await self._waiting():
            pass

    async def until_only_it_waits(self) -> None:
        """And nothing else of the desk is under way."""
        while not await self._waiting() or self._desk.under_way > 1:
            pass

    async def _waiting(self) -> bool:
        statement = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(await self._holding.scalar(statement))


async def test_a_file_that_is_there_before_its_update_is_stored_waits_for_it(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(postgresql_url, tmp_path) as bot:

        async def fetch(_file: IncomingFile, _limit: int) -> bytes:
            return photo()

        monkeypatch.setattr(bot.bot.channels[WEB], "fetch", fetch)
        worker = await bot.person("Nguyễn Thị Nga")
        async with Held(bot) as held:
            accepted = bot.bot.desk.enqueue(from_elsewhere(worker))
            await held.until_only_it_waits()
            assert not accepted.done()
        async with asyncio.timeout(60):
            await worker.settled()
        assert ["Mình thấy ảnh/tệp" in bubble.text for bubble in await worker.screen()] == [True]


async def test_a_file_that_cannot_be_kept_at_first_holds_nobody_up(
    bot: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keep = bot.bot.chat.media.keep
    problems = [OSError(28, "No space left on device")]

    async def fetch(_file: IncomingFile, _limit: int) -> bytes:
        return photo()

    async def keeps(content: bytes, mime: str) -> int:
        if problems:
            raise problems.pop()
        return await keep(content, mime)

    monkeypatch.setattr(attachments, "FETCH_AGAIN", 0.0)
    monkeypatch.setattr(bot.bot.channels[WEB], "fetch", fetch)
    monkeypatch.setattr(bot.bot.chat.media, "keep", keeps)
    worker = await bot.person("Nguyễn Thị Nga")
    await bot.bot.desk.accept(from_elsewhere(worker))
    async with asyncio.timeout(60):
        await worker.settled()
    assert ["Mình thấy ảnh/tệp" in bubble.text for bubble in await worker.screen()] == [True]
    assert "No space left" in caplog.text


async def test_who_sends_a_file_with_what_cannot_be_stored_is_told(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(postgresql_url, tmp_path) as bot:
        web = bot.bot.channels[WEB]
        worker = await bot.person("Nguyễn Thị Nga")
        shown: list[Reply] = []

        async def answer(reply: Reply) -> None:
            shown.append(reply)

        with monkeypatch.context() as messenger:
            messenger.setattr(web, "keeps_transcript", False)
            messenger.setattr(web, "answer", answer)
            await bot.bot.desk.accept(replace(from_elsewhere(worker), key="x" * 100))
            async with asyncio.timeout(60):
                await bot.bot.desk.settled()
        assert ["trục trặc" in reply.screens[0].text for reply in shown] == [True]


async def test_words_that_are_being_stored_while_their_turn_comes_wait_for_it(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(postgresql_url, tmp_path) as bot:
        started, may_go_on = asyncio.Event(), asyncio.Event()

        async def slow(_turn: Turn) -> Screens:
            started.set()
            await may_go_on.wait()
            return ()

        monkeypatch.setitem(bot.bot.desk.features.routes.commands, "toi", Handler(slow))
        worker = await bot.person("Nguyễn Thị Nga")
        async with Held(bot) as held:
            first = bot.bot.desk.enqueue(said(worker, "/toi", "first-0001"))
            await started.wait()
            second = bot.bot.desk.enqueue(said(worker, "/sangkien", "second-001"))
            await held.until_it_waits()
            may_go_on.set()
            await first
            await held.until_only_it_waits()
            assert not second.done()
        async with asyncio.timeout(60):
            await worker.settled()
        assert ["tên là gì" in bubble.text for bubble in await worker.screen()] == [True]
