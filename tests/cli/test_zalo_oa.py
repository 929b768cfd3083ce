"""The key of a Zalo Official Account, from the command line."""

import asyncio
from datetime import UTC, datetime

from bot.channels.zalo_oa.tokens import NAME
from storage.delivery import credentials
from storage.engine import Database, open_engine
from tests.cli.administrator import Administrator


def _loses_it(admin: Administrator) -> None:
    async def lose() -> None:
        database = Database(open_engine(admin.url))
        async with database.write() as session:
            row = await credentials.get(session, NAME)
            assert row is not None
            row.lost_at = datetime(2026, 11, 24, 3, 5, tzinfo=UTC)
            row.lost_why = "Zalo says -14020: Invalid refresh token"
        await database.close()

    asyncio.run(lose())


def test_a_key_is_put_in_looked_at_lost_and_replaced(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    none = admin.runs("zalo-oa", "status")
    assert none.code == 1
    assert "API Explorer" in none.out
    said = admin.does("zalo-oa", "token", "renewal-1")
    assert "renewal-1" not in said
    assert "Khóa mới nhất nhận lúc" in admin.does("zalo-oa", "status")
    _loses_it(admin)
    lost = admin.runs("zalo-oa", "status")
    assert lost.code == 1
    assert "10:05 24/11/2026" in lost.out
    assert "zalo-oa token" in lost.out
    admin.does("zalo-oa", "token", "renewal-2")
    assert admin.runs("zalo-oa", "status").code == 0
    assert admin.asks("SELECT renewal, lost_at FROM credential") == [("renewal-2", None)]


def test_what_is_no_token_is_not_taken(admin_on_sqlite: Administrator) -> None:
    assert "một dòng liền" in admin_on_sqlite.is_refused("zalo-oa", "token", "two words")
