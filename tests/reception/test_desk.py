"""The desk when things go wrong: a restart, a locked database, one handler that raises among many that do not."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from sqlalchemy import Connection, event, select, text
from sqlalchemy.engine import make_url

from bot.channels.web import NAME as WEB
from bot.conversation.routing import Handler, Screens
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind, Reply
from bot.handlers.turn import Turn
from bot.reception import desk
from bot.reception.desk import ORPHANED_AFTER, Desk
from bot.services.refusal import Refusal
from storage import engine as storage_engine
from storage.conversation import conversations
from storage.conversation.tables import Conversation, Inbox, InboxState
from storage.people.tables import Account, Consent
from tests.handlers.talks import photo
from tests.talk import Stage, WebPerson, stage


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        yield running


def said(person: WebPerson, text: str, key: str, channel: str = WEB) -> Incoming:
    account = person.account
    return Incoming(
        channel, f"{account.id}:{key}", 1, IncomingKind.TEXT, account.external_id, account.chat_id, text=text
    )


def from_elsewhere(person: WebPerson) -> Incoming:
    """A photo that is still to be fetched."""
    files = (IncomingFile("elsewhere", "anh.jpg", is_picture=True),)
    return replace(said(person, "", "photo-0001"), kind=IncomingKind.FILE, files=files)


async def left_behind(bot: Stage, incoming: Incoming, state: InboxState) -> None:
    """What a process that died leaves."""
    async with bot.bot.database.write() as session:
        await conversations.mark_seen(
            session,
            [
                {
                    "channel": incoming.channel,
                    "update_key": incoming.key,
                    "account_external_id": incoming.account,
                    "chat_id": incoming.chat,
                    "state": state,
                    "body": incoming.to_json() if state is InboxState.ACCEPTED else None,
                    "received_at": bot.clock.now(),
                }
            ],
        )


async def step(bot: Stage, person: WebPerson) -> str | None:
    async with bot.bot.database.read() as session:
        form = (await session.get_one(Conversation, person.account.person_id)).form
    return form["step"] if form else None


async def state_of(bot: Stage, incoming: Incoming) -> InboxState | None:
    async with bot.bot.database.read() as session:
        return await session.scalar(select(Inbox.state).where(Inbox.update_key == incoming.key))


class SecondDesk:
    """Another process's desk on the same database."""

    def __init__(self, bot: Stage) -> None:
        parts = bot.bot
        first = parts.desk
        self.desk = Desk(
            parts.database,
            parts.clock,
            parts.services,
            first.features,
            parts.channels,
            parts.chat.media,
        )

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.desk.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.desk.settled()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def test_what_was_accepted_and_not_done_is_done_after_a_restart(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    incoming = said(worker, "/sangkien", "left-behind")
    await left_behind(bot, incoming, InboxState.ACCEPTED)
    async with SecondDesk(bot) as second:
        await second.desk.recover(orphans_only=False)
        await second.desk.settled()
    assert await step(bot, worker) == "name"
    assert await state_of(bot, incoming) in (InboxState.DONE, InboxState.ANSWERED)
    async with SecondDesk(bot) as third:
        await third.desk.recover(orphans_only=False)
    assert sum("tên là gì" in bubble.text for bubble in await worker.screen()) == 1


async def test_what_another_process_may_still_be_doing_is_left_to_it_for_a_while(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await left_behind(bot, said(worker, "/sangkien", "left-behind"), InboxState.ACCEPTED)
    async with SecondDesk(bot) as second:
        await second.desk.recover(orphans_only=True)
        await second.desk.settled()
        assert await step(bot, worker) is None
        bot.clock.advance(ORPHANED_AFTER * 2)
        await second.desk.recover(orphans_only=True)
        await second.desk.settled()
    assert await step(bot, worker) == "name"


async def test_an_answer_that_is_owed_is_shown_again(bot: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    web = bot.bot.channels[WEB]
    worker = await bot.person("Nguyễn Thị Nga")
    await worker.says("/sangkien")
    incoming = said(worker, "Xe đẩy", "owed-0001")
    await left_behind(bot, incoming, InboxState.DONE)
    shown: list[Reply] = []

    async def answer(reply: Reply) -> None:
        shown.append(reply)

    # As a messenger whose messages are elsewhere: what was written here proves nothing there.
    monkeypatch.setattr(web, "keeps_transcript", False)
    monkeypatch.setattr(web, "answer", answer)
    async with SecondDesk(bot) as second:
        await second.desk.recover(orphans_only=False)
        await second.desk.settled()
    assert ["tên là gì" in reply.screens[0].text for reply in shown] == [True]
    assert await state_of(bot, incoming) is InboxState.ANSWERED
    monkeypatch.undo()


async def test_what_two_processes_take_up_at_once_is_done_once(bot: Stage) -> None:
    workers = [await bot.person(f"Vũ Văn {name}") for name in ("An", "Bình", "Chi")]
    for worker in workers:
        await left_behind(bot, said(worker, "/sangkien", "left-behind"), InboxState.ACCEPTED)
    async with SecondDesk(bot) as second, SecondDesk(bot) as third:
        await asyncio.gather(*(one.desk.recover(orphans_only=False) for one in (second, third)))
    for worker in workers:
        assert ["tên là gì" in bubble.text for bubble in await worker.screen()] == [True]
        assert await step(bot, worker) == "name"


async def test_an_answer_that_two_processes_find_owed_is_shown_once(
    bot: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = bot.bot.channels[WEB]
    worker = await bot.person("Nguyễn Thị Nga")
    await worker.says("/sangkien")
    await left_behind(bot, said(worker, "Xe đẩy", "owed-0001"), InboxState.DONE)
    shown: list[Reply] = []

    async def answer(reply: Reply) -> None:
        shown.append(reply)

    monkeypatch.setattr(web, "keeps_transcript", False)
    monkeypatch.setattr(web, "answer", answer)
    async with SecondDesk(bot) as second, SecondDesk(bot) as third:
        await asyncio.gather(*(one.desk.recover(orphans_only=False) for one in (second, third)))
    assert len(shown) == 1
    monkeypatch.undo()


async def test_who_left_is_not_reachable_because_others_write_at_that_moment(bot: Stage) -> None:
    gone, other = await bot.person("Nguyễn Thị Nga"), await bot.person("Vũ Văn Tú")
    bot.clock.advance(timedelta(minutes=10))
    await asyncio.gather(
        bot.bot.desk.enqueue(replace(said(gone, "", "gone-00001"), kind=IncomingKind.GONE)),
        bot.bot.desk.enqueue(said(other, "/sangkien", "writes-001")),
    )
    async with bot.bot.database.read() as session:
        left, stays = [await session.get_one(Account, one.account.id) for one in (gone, other)]
    assert left.unreachable_since == bot.clock.now()
    assert left.last_seen_at == bot.clock.now() - timedelta(minutes=10)
    assert (stays.unreachable_since, stays.last_seen_at) == (None, bot.clock.now())


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
        desk = self._desk
        while (
            not await self._waiting() or desk._ready or desk._to_store or desk._fetches or desk._in_hand > 1
        ):
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

    monkeypatch.setattr(desk, "FETCH_AGAIN", 0.0)
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
        monkeypatch.setattr(desk.log, "error", self._note)

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
    monkeypatch.setattr(desk.log, "error", lambda *_words: said_so.set())
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
