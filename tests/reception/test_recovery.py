"""What a dead process left, or another one has in hand, is done once and by one of them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from bot.channels.web import NAME as WEB
from bot.conversation.vocabulary import Incoming, IncomingKind, Reply
from bot.reception.desk import Desk
from bot.reception.recovery import ORPHANED_AFTER
from storage.conversation import conversations
from storage.conversation.tables import InboxState
from storage.people.tables import Account
from tests.reception.updates import said, state_of, step
from tests.talk import Stage, stage


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        yield running


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
            parts.chat.quota,
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
    monkeypatch.setattr(web, "is_transcribed", False)
    monkeypatch.setattr(web, "answer", answer)
    async with SecondDesk(bot) as second:
        await second.desk.recover(orphans_only=False)
        await second.desk.settled()
        await second.desk.flush()
    assert ["tên là gì" in reply.screens[0].text for reply in shown] == [True]
    assert await state_of(bot, incoming) is InboxState.ANSWERED
    monkeypatch.undo()


async def test_an_answer_is_owed_until_it_has_left_however_often_a_process_dies(
    bot: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = bot.bot.channels[WEB]
    worker = await bot.person("Nguyễn Thị Nga")
    await worker.says("/sangkien")
    incomings = [said(worker, "Xe đẩy", f"owed-000{number}") for number in range(2)]
    for incoming in incomings:
        await left_behind(bot, incoming, InboxState.DONE)
    sending, shown = asyncio.Event(), list[Reply]()

    async def never(_reply: Reply) -> None:
        sending.set()
        await asyncio.Event().wait()

    async def answer(reply: Reply) -> None:
        shown.append(reply)

    monkeypatch.setattr(web, "is_transcribed", False)
    monkeypatch.setattr(web, "answer", never)
    second = SecondDesk(bot)
    await second.desk.recover(orphans_only=False)
    await sending.wait()
    second.desk.stop()
    await second.desk.run()  # what had not left is cut off, as when the process dies

    monkeypatch.setattr(web, "answer", answer)
    async with SecondDesk(bot) as third:
        await third.desk.recover(orphans_only=False)
        await third.desk.settled()
        await third.desk.flush()
    assert len(shown) == 1
    assert {await state_of(bot, incoming) for incoming in incomings} == {InboxState.ANSWERED}
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

    monkeypatch.setattr(web, "is_transcribed", False)
    monkeypatch.setattr(web, "answer", answer)
    bot.clock.advance(ORPHANED_AFTER * 2)
    async with SecondDesk(bot) as second, SecondDesk(bot) as third:
        await asyncio.gather(*(one.desk.recover(orphans_only=True) for one in (second, third)))
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
