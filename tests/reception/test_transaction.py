"""Updates that share a transaction: one that fails hurts no other, and nothing is confirmed that is not committed."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select, text
from sqlalchemy.engine import make_url

from bot.channels.web import NAME as WEB
from bot.conversation.routing import Handler, Screens
from bot.handlers.turn import Turn
from bot.reception import transaction
from bot.services.refusal import Refusal
from storage import engine as storage_engine
from storage.people.tables import Consent
from tests.reception.updates import said, step
from tests.talk import Stage, WebPerson, stage


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        yield running


async def test_one_that_raises_hurts_nobody_else_of_its_batch(
    bot: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    unlucky = await bot.person("Nguyễn Thị Nga")
    others = [await bot.person(f"Vũ Văn {name}") for name in ("An", "Bình", "Chi")]

    async def breaks(turn: Turn) -> Screens:
        turn.session.add(
            Consent(
                person_id=turn.who.person_id,
                given=True,
                at=turn.now,
                channel=WEB,
                update_key="x",
                language="vi",
                words="x",
            )
        )
        await turn.session.flush()
        raise RuntimeError("a mistake of ours")

    monkeypatch.setitem(bot.bot.desk.features.routes.commands, "toi", Handler(breaks))
    waiting = [bot.bot.desk.enqueue(said(unlucky, "/toi", "breaks-0001"))]
    waiting += [bot.bot.desk.enqueue(said(one, "/sangkien", "works-0001")) for one in others]
    await asyncio.gather(*waiting)
    for one in others:
        assert await step(bot, one) == "name"
    await unlucky.sees("trục trặc")
    assert "a mistake of ours" in caplog.text
    async with bot.bot.database.read() as session:
        assert not (
            await session.scalars(select(Consent).where(Consent.person_id == unlucky.account.person_id))
        ).all()


async def test_a_refusal_leaves_the_conversation_where_it_was(
    bot: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await worker.says("/sangkien")

    async def refuses(turn: Turn) -> Screens:
        turn.form = None
        raise Refusal("refusal.forbidden")

    monkeypatch.setitem(bot.bot.desk.features.routes.commands, "toi", Handler(refuses))
    seen = await worker.says("/toi")
    assert "không có quyền" in seen.text
    assert "tên là gì" in seen.text
    assert await step(bot, worker) == "name"


async def test_a_message_no_database_can_keep_spoils_nobody_elses(bot: Stage) -> None:
    odd, other = await bot.person("Nguyễn Thị Nga"), await bot.person("Vũ Văn Tú")
    await odd.says("/sangkien")
    await asyncio.gather(
        bot.bot.desk.accept(said(odd, "Xe\0 đẩy \ud83d", "odd-00001")),
        bot.bot.desk.accept(said(other, "/sangkien", "fine-0001")),
    )
    await odd.sees("làm thế nào")
    assert await step(bot, odd) == "content"
    assert await step(bot, other) == "name"


class Complaints:
    """What the desk logs as an error, and when it first does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: list[str] = []
        self.came = asyncio.Event()
        monkeypatch.setattr(transaction.log, "error", self._note)

    def _note(self, line: str, *words: object, **_more: object) -> None:
        self.lines.append(line % words)
        self.came.set()


async def confirms_nothing(
    bot: Stage, worker: WebPerson, complaints: Complaints, words: str = "Xe đẩy phôi"
) -> "asyncio.Future[None]":
    """Says something while the database is in trouble."""
    waiting = bot.bot.desk.enqueue(said(worker, words, "trouble-01"))
    await complaints.came.wait()
    assert not waiting.done()
    assert "nothing is confirmed" in complaints.lines[0]
    return waiting


async def test_nothing_is_confirmed_while_the_disk_is_full(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    url: str = request.getfixturevalue("_sqlite").create(tmp_path)
    async with stage(url, tmp_path) as bot:
        worker = await bot.person("Nguyễn Thị Nga")
        await worker.says("/sangkien")
        await worker.says("Xe đẩy phôi")
        engine = bot.bot.database.engine.sync_engine

        def full(connection: Connection) -> None:
            # As many pages as there are and no more: the engine's own "database or disk is full".
            connection.exec_driver_sql("PRAGMA max_page_count=1")

        complaints = Complaints(monkeypatch)
        event.listen(engine, "begin", full)
        # Longer than a page, so that room left inside one does not help.
        waiting = await confirms_nothing(bot, worker, complaints, "Đẩy phôi bằng xe. " * 250)
        assert "full" in complaints.lines[0]
        event.remove(engine, "begin", full)
        event.listen(engine, "begin", lambda raw: raw.exec_driver_sql("PRAGMA max_page_count=1000000"))
        await waiting
        await worker.settled()
        assert "4.499" in (await worker.last()).text


@pytest.mark.parametrize("code", ["53100", "57P01", "40P01", "25006"])
async def test_nothing_is_confirmed_while_postgresql_is_full_ending_or_read_only(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    url: str = request.getfixturevalue("_postgresql").create()
    async with stage(url, tmp_path) as bot:
        worker = await bot.person("Nguyễn Thị Nga")
        await worker.says("/sangkien")
        complaints = Complaints(monkeypatch)
        async with bot.bot.database.write() as session:
            await session.execute(
                text(
                    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                    f"$$ BEGIN RAISE EXCEPTION 'no more' USING ERRCODE = '{code}'; END $$"
                )
            )
            await session.execute(
                text("CREATE TRIGGER refuse BEFORE INSERT ON inbox EXECUTE FUNCTION refuse()")
            )
        waiting = await confirms_nothing(bot, worker, complaints)
        async with bot.bot.database.write() as session:
            await session.execute(text("DROP TRIGGER refuse ON inbox"))
        await waiting
        await worker.settled()
        assert await step(bot, worker) == "content"


async def test_nothing_is_confirmed_while_postgresql_is_gone(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = request.getfixturevalue("_postgresql")
    url: str = server.create()
    async with stage(url, tmp_path) as bot:
        worker = await bot.person("Nguyễn Thị Nga")
        await worker.says("/sangkien")
        complaints = Complaints(monkeypatch)
        with server.gone(url):
            waiting = await confirms_nothing(bot, worker, complaints)
        await waiting
        await worker.settled()
        assert await step(bot, worker) == "content"


async def test_nothing_is_confirmed_while_the_database_is_locked(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    url: str = request.getfixturevalue("_sqlite").create(tmp_path)
    monkeypatch.setattr(storage_engine, "BUSY_MS", 10)
    said_so = asyncio.Event()
    monkeypatch.setattr(transaction.log, "error", lambda *_words: said_so.set())
    async with stage(url, tmp_path) as bot:
        worker = await bot.person("Nguyễn Thị Nga")
        path = make_url(url).database
        assert path is not None
        lock = sqlite3.connect(path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        waiting = bot.bot.desk.enqueue(said(worker, "/sangkien", "locked-01"))
        await said_so.wait()
        assert not waiting.done()
        assert await step(bot, worker) is None
        lock.execute("ROLLBACK")
        lock.close()
        await waiting
        await worker.settled()
        assert await step(bot, worker) == "name"
