"""Killed at random instants of running conversations and started again, the bot loses and doubles nothing.

``SANGKIEN_TESTS_KILLS=50`` makes the long run of it.
"""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from bot.services.initiatives.shapes import CONTENT_LONGEST
from storage.delivery.tables import Outbox, OutboxState
from storage.engine import Database, open_engine
from storage.initiatives.tables import Initiative
from storage.people.tables import Role
from tests.fakes.telegram import TOKEN, FakeTelegram, Person
from tests.kill.people import Member, settle
from tests.kill.process import BotProcess

KILLS = int(os.environ.get("SANGKIEN_TESTS_KILLS", "4"))
#: Each worker submits this often: fewer messages than one person may send at once.
ROUNDS = 3 if KILLS > 8 else 1
WORKERS = max(8, KILLS // 2)
PATIENCE = 60.0


async def submits(worker: Person, name: str, rounds: int) -> None:
    """One initiative after the other; each answer is given once, and its reply waited for."""
    for number in range(rounds):
        letters = random.Random(f"{name}{number}")  # noqa: S311
        title = " ".join("".join(letters.choices("abcdeghiklmnopqrstuvxy", k=7)) for _ in range(6))
        for said, seen in (
            ("/sangkien", "tên là gì"),
            (title, "làm thế nào"),
            (f"Nội dung của {title}", "lĩnh vực"),
            ("Kỹ thuật", "lần đầu"),
            ("hôm qua", "vướng gì"),
            (f"Trước của {title}", "bao nhiêu tiền"),
            ("15tr", "Đúng không bạn"),
            ("đúng", "có ích gì"),
            ("bỏ qua hết", "xem lại giúp mình"),
        ):
            for message in worker.messages:
                message.seen = True  # a question that was shown again is no answer to what is said now
            await worker.sends(said)
            await worker.sees(seen, deadline=PATIENCE)
        before = len([message for message in worker.messages if "Đã gửi!" in message.text])
        await worker.sends("gửi")
        await _sent(worker, before)


async def _sent(worker: Person, before: int) -> None:
    """It was sent; where that very answer was lost with the process, the menu is shown instead."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                said = [message.text for message in worker.messages]
                if len([text for text in said if "Đã gửi!" in text]) > before or "muốn làm gì" in said[-1]:
                    return
                await worker.changes()
    except TimeoutError:
        raise AssertionError(f"no word of {worker.id}'s initiative:\n{worker.as_text()}") from None


async def test_nothing_is_lost_or_doubled_on_telegram(tmp_path: Path, sqlite_url: str) -> None:
    dice = random.Random(20221)  # noqa: S311 - the same instants each time, as far as two processes allow
    async with FakeTelegram() as telegram:
        support = telegram.user("Minh")
        workers = [telegram.user(f"Worker {number}") for number in range(WORKERS)]
        for person in (support, *workers):
            await person.sends("/menu")  # whoever never wrote cannot be written to
        await settle(
            sqlite_url,
            [
                Member("Trần Văn Minh", "telegram", str(support.id), Role.SUPPORT),
                *(
                    Member(f"Công Nhân {chr(65 + at // 26)}{chr(97 + at % 26)}", "telegram", str(one.id))
                    for at, one in enumerate(workers)
                ),
            ],
        )
        bot = BotProcess(
            tmp_path,
            SANGKIEN_DATABASE__URL=sqlite_url, SANGKIEN_WEB__PORT="0",
            SANGKIEN_TELEGRAM__TOKEN=TOKEN, SANGKIEN_TELEGRAM__API=telegram.api,
            SANGKIEN_TELEGRAM__PER_SECOND="0", SANGKIEN_TELEGRAM__CHAT_PER_SECOND="0",
        )  # fmt: skip
        await bot.start()
        async with asyncio.TaskGroup() as group:
            talking = [
                group.create_task(submits(worker, f"worker {at}", ROUNDS))
                for at, worker in enumerate(workers)
            ]
            # Counted in messages that arrived, over the first nine tenths of all that there will be at least.
            instants = sorted(dice.sample(range(3, WORKERS * ROUNDS * 8), KILLS))
            for instant in instants:
                # Never before the bot has come back to its work.
                soonest = len(telegram.requests_of("sendMessage")) + dice.randint(1, 5)
                await telegram.asked("sendMessage", max(instant, soonest), deadline=PATIENCE)
                await bot.kill()
                await bot.start()
            del talking
        assert bot.kills == KILLS
        wanted = WORKERS * ROUNDS
        await _cards_settled(sqlite_url, wanted)
        await bot.stop()
        shown = Counter(
            line
            for message in support.messages
            if message.text.startswith("🆕")
            for line in message.text.splitlines()
            if line.startswith("CTVN-")
        )
        log = bot.log()
    database = Database(open_engine(sqlite_url))
    async with database.read() as session:
        initiatives = (await session.scalars(select(Initiative))).all()
        uncertain = (await session.scalars(select(Outbox).where(Outbox.state == OutboxState.UNCERTAIN))).all()
    await database.close()
    assert len(initiatives) == wanted
    assert len({one.name for one in initiatives}) == wanted
    for one in initiatives:
        assert one.content == f"Nội dung của {one.name}"[:CONTENT_LONGEST]
        assert one.situation_before == f"Trước của {one.name}"
        assert one.benefit == 15_000_000
    assert not [code for code, times in shown.items() if times > 1], "a notice was doubled"
    missing = {one.code for one in initiatives} - set(shown)
    assert len(missing) <= len(uncertain), "a notice was lost that nobody knows of"
    assert TOKEN.partition(":")[2] not in log
    assert "Traceback" not in log, log


async def _cards_settled(url: str, wanted: int) -> None:
    """All notices on the new initiatives have left, or are known to be uncertain."""
    database = Database(open_engine(url))
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                async with database.read() as session:
                    states = (await session.scalars(select(Outbox.state).where(Outbox.kind == "card"))).all()
                if len(states) >= wanted and not {OutboxState.PENDING, OutboxState.SENDING} & set(states):
                    return
                await asyncio.sleep(0.05)  # another process writes; there is nothing to wait for but time
    finally:
        await database.close()
