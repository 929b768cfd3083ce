"""Secrets at rest: encrypted when there is a key, readable by earlier keys, and never in the open afterwards."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import marks, vault
from storage.delivery import credentials
from storage.delivery.credentials import RenewalTurn
from storage.engine import Database
from storage.vault import Vault, WrongKey
from tests.conftest import MORNING

OLD, NEW = "cu-" * 12, "moi-" * 12
TOKEN = "zalo-refresh-token-khong-ai-duoc-thay"


@pytest.fixture(autouse=True)
def no_key() -> Iterator[None]:
    yield
    vault.use([])


@given(st.text(), st.lists(st.text(min_size=1), min_size=1, max_size=3, unique=True))
def test_whatever_was_locked_opens_with_any_set_of_keys_that_has_its_own(
    secret: str, keys: list[str]
) -> None:
    kept = Vault(keys).lock(secret)
    assert Vault([*reversed(keys)]).open(kept) == secret
    assert Vault().open(Vault().lock(secret)) == secret
    with pytest.raises(WrongKey):
        Vault(["another " + "".join(keys)]).open(kept)
    with pytest.raises(WrongKey):
        Vault().open(kept)


async def kept(database: Database) -> str:
    async with database.read() as session:
        rows = await session.execute(text("SELECT renewal, access FROM credential"))
        return str(rows.all())


async def taken(database: Database) -> str:
    async with database.write() as session:
        patience = timedelta(minutes=1)
        turn = await credentials.take_turn(session, "zalo", MORNING, stale="", mark="m", patience=patience)
        assert isinstance(turn, RenewalTurn)
        await credentials.not_renewed(session, "zalo", turn, MORNING)
        return turn.renewal


@pytest.mark.attack("Whoever reads a backup finds the token of the union's Zalo account")
async def test_a_token_is_not_in_the_database_once_there_is_a_key(engine: AsyncEngine) -> None:
    database = Database(engine)
    async with database.write() as session:
        assert await credentials.offer(session, "zalo", TOKEN, MORNING)
    assert TOKEN in await kept(database)
    vault.use([OLD])
    # What was kept in the open stays readable, and is encrypted when it is written next.
    assert await taken(database) == TOKEN
    async with database.write() as session:
        assert await credentials.write_again(session) == 1
    assert TOKEN not in await kept(database)
    vault.use([NEW, OLD])
    assert await taken(database) == TOKEN
    async with database.write() as session:
        await credentials.write_again(session)
    vault.use([NEW])
    assert await taken(database) == TOKEN
    vault.use([OLD])
    with pytest.raises(WrongKey, match="earlier key"):
        await taken(database)


async def test_what_signs_addresses_is_kept_the_same_way(engine: AsyncEngine) -> None:
    database = Database(engine)
    vault.use([OLD])
    async with database.write() as session:
        found = await marks.keep_first(session, "secret", {"hex": vault.lock("00ff")})
    assert "00ff" not in found["hex"]
    assert vault.open_kept(found["hex"]) == "00ff"
