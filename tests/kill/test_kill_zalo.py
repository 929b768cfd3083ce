"""Killed while it polls Zalo, which hands out each update once: at most the one on its way is lost with a kill.

``SANGKIEN_TESTS_KILLS=50`` makes the long run of it.
"""

import asyncio
import os
import random
from pathlib import Path

from sqlalchemy import select

from storage.conversation.tables import Inbox, InboxState
from storage.engine import Database, open_engine
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.kill.people import Member, settle
from tests.kill.process import BotProcess

KILLS = int(os.environ.get("SANGKIEN_TESTS_KILLS", "2"))
PEOPLE = 8
PATIENCE = 60.0


async def test_a_kill_loses_at_most_what_was_on_its_way(tmp_path: Path, sqlite_url: str) -> None:
    dice = random.Random(4711)  # noqa: S311 - the same instants each time, as far as two processes allow
    async with FakeZaloBot() as zalo:
        people = [zalo.user(f"Công Nhân {chr(65 + at)}") for at in range(PEOPLE)]
        await settle(sqlite_url, [Member(one.name, "zalo_bot", one.id) for one in people])
        bot = BotProcess(
            tmp_path,
            SANGKIEN_DATABASE__URL=sqlite_url, SANGKIEN_WEB__PORT="0",
            SANGKIEN_ZALO_BOT__TOKEN=TOKEN, SANGKIEN_ZALO_BOT__API=zalo.api,
            SANGKIEN_ZALO_BOT__PER_SECOND="0", SANGKIEN_ZALO_BOT__CHAT_PER_SECOND="0",
        )  # fmt: skip
        await bot.start()
        pushed: set[str] = set()
        for _ in range(KILLS):
            # Fewer than one person may send at once; all wait at Zalo, so that the kill comes in the midst of them.
            pushed |= {await one.sends(said) for said in ("/menu", "/toi", "/cuatoi") for one in people}
            await zalo.handed_out(len(pushed) - dice.randint(2, PEOPLE * 2), PATIENCE)
            await bot.kill()
            await bot.start()
        after = {await one.sends("/trogiup") for one in people}
        pushed |= after
        await zalo.handed_out(len(pushed), PATIENCE)
        handed = list(zalo.server.handed)
        stored = await _answered(sqlite_url, after, bot)
        await bot.stop()
        log = bot.log()
    assert set(handed) == pushed
    assert len(handed) == len(pushed), "an update was handed out twice"
    lost = pushed - stored
    print(f"{bot.kills} kills, {len(pushed)} updates, {len(lost)} lost")  # noqa: T201 - the long run's figures
    assert len(lost) <= bot.kills, f"{len(lost)} of {len(pushed)} updates are lost after {bot.kills} kills"
    assert TOKEN.partition(":")[2] not in log
    assert "Traceback" not in log, log


async def _answered(url: str, after: set[str], bot: BotProcess) -> set[str]:
    """What was stored, once all of it is answered, and what came after the last kill is there."""
    database = Database(open_engine(url))
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                async with database.read() as session:
                    rows = (await session.execute(select(Inbox.update_key, Inbox.state))).all()
                if after <= {key for key, _ in rows} and all(
                    state is InboxState.ANSWERED for _, state in rows
                ):
                    return {key for key, _ in rows}
                await asyncio.sleep(0.05)  # another process writes; there is nothing to wait for but time
    except TimeoutError:
        raise AssertionError(f"not all was answered:\n{bot.log()}") from None
    finally:
        await database.close()
