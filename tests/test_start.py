"""Processes that start at the same moment on a new database: one prepares it, and the others find it done."""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.wiring import _secret
from storage.engine import Database, open_engine

ROOT = Path(__file__).parents[1]


async def test_the_tables_are_made_once(postgresql_url: str) -> None:
    engine = open_engine(postgresql_url)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await engine.dispose()
    code = f"from storage.migrate import upgrade; upgrade({postgresql_url!r})"
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    told = [(await process.communicate())[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], told


async def test_they_share_one_secret(engine: AsyncEngine) -> None:
    database = Database(engine)
    secrets = await asyncio.gather(*(_secret(database) for _ in range(6)))
    assert len(set(secrets)) == 1
