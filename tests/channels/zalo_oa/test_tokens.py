"""Tokens: renewed by one at a time, stored before they are used, and when one is lost, that is said plainly."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.zalo_oa.client import OpenApi, RenewalFailed, Renewed
from bot.channels.zalo_oa.tokens import NAME, NoToken, Tokens
from bot.clock import FixedClock
from bot.config import ZaloOaSettings
from bot.services.mailings import kinds
from storage.delivery import credentials
from storage.delivery.tables import Credential, Outbox
from storage.engine import Database, open_engine
from storage.people.tables import Person, Role, RoleGrant
from storage.units.tables import Unit, UnitKind
from tests.fakes.zalo_oa import FakeZaloOa


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(open_engine(database_url))
    yield database
    await database.close()


@pytest.fixture
async def small(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database on SQLite alone, for what is about Zalo and not about storing."""
    database = Database(open_engine(request.getfixturevalue("_sqlite").create(tmp_path)))
    yield database
    await database.close()


@pytest.fixture
async def other_database(database_url: str) -> AsyncIterator[Database]:
    """The same database as another process has it."""
    database = Database(open_engine(database_url))
    yield database
    await database.close()


@pytest.fixture
async def given(zalo: FakeZaloOa) -> ZaloOaSettings:
    return ZaloOaSettings(**zalo.settings())


@pytest.fixture
async def api(given: ZaloOaSettings) -> AsyncIterator[OpenApi]:
    api = OpenApi(given, whole_s=0.3)
    await api.start()
    yield api
    await api.stop()


@pytest.fixture
def tokens(database: Database, clock: FixedClock, api: OpenApi, given: ZaloOaSettings) -> Tokens:
    return Tokens(database, clock, api.renew, given.refresh_token.get_secret_value())


@pytest.fixture
def on_small(small: Database, clock: FixedClock, api: OpenApi, given: ZaloOaSettings) -> Tokens:
    return Tokens(small, clock, api.renew, given.refresh_token.get_secret_value())


def started_again(
    tokens: Tokens, database: Database, clock: FixedClock, api: OpenApi, given: str = ""
) -> Tokens:
    """Another process, after the first one has ended."""
    return Tokens(database, clock, api.renew, given or tokens._given)


async def kept(database: Database) -> Credential:
    async with database.read() as session:
        row = await credentials.get(session, NAME)
    assert row is not None
    return row


async def test_the_first_refresh_token_is_the_settings_and_those_that_follow_are_kept(
    tokens: Tokens, database: Database, clock: FixedClock, api: OpenApi, zalo: FakeZaloOa
) -> None:
    access = await tokens.access()
    assert access in zalo.accesses
    assert (await kept(database)).renewal in zalo.renewals
    assert await tokens.access() == access
    assert await started_again(tokens, database, clock, api).access() == access
    assert zalo.renewed == 1


async def test_it_is_renewed_before_it_ends_and_when_zalo_refuses_it(
    tokens: Tokens, clock: FixedClock, zalo: FakeZaloOa
) -> None:
    first = await tokens.access()
    clock.advance(timedelta(hours=23, minutes=59))
    assert await tokens.access() == first
    clock.advance(timedelta(minutes=2))
    second = await tokens.access()
    assert second != first
    assert zalo.accesses[first] > clock.now(), "the first one would still have been taken"
    third = await tokens.access(stale=second)
    assert third not in (first, second)
    assert await tokens.access(stale=first) == third


async def test_an_account_that_nobody_writes_to_keeps_its_access(
    on_small: Tokens, clock: FixedClock, zalo: FakeZaloOa
) -> None:
    async def sleep(_seconds: float) -> None:
        # Far longer than it would: a hundred days are many half hours.
        clock.advance(timedelta(hours=8))
        await asyncio.sleep(0)
        if clock.now() > end:
            raise asyncio.CancelledError

    end = clock.now() + timedelta(days=100)
    on_small._sleep = sleep
    with suppress(asyncio.CancelledError):
        await on_small.keep()
    assert await on_small.access() in zalo.accesses
    assert 99 <= zalo.renewed <= 101


async def test_two_processes_that_renew_at_once_make_one_refresh(
    tokens: Tokens, other_database: Database, clock: FixedClock, api: OpenApi, zalo: FakeZaloOa
) -> None:
    other = started_again(tokens, other_database, clock, api)
    for _ in range(3):
        stale = await tokens.access()
        before = zalo.renewed
        found = await asyncio.gather(*(one.access(stale=stale) for one in (tokens, other) for _ in range(4)))
        assert len(set(found)) == 1
        assert found[0] != stale
        assert zalo.renewed == before + 1


async def test_a_process_that_dies_before_zalo_is_asked_loses_nothing(
    tokens: Tokens, database: Database, clock: FixedClock, api: OpenApi, caplog: pytest.LogCaptureFixture
) -> None:
    access = await tokens.access()
    async with database.write() as session:
        turn = await credentials.take_turn(
            session, NAME, clock.now(), stale=access, mark="dead", patience=timedelta(minutes=1)
        )
    assert isinstance(turn, credentials.RenewalTurn)
    clock.advance(timedelta(minutes=2))
    assert await started_again(tokens, database, clock, api).access(stale=access) != access
    assert "its end is not known" in caplog.text


async def test_a_process_that_dies_before_it_stores_what_zalo_gave_is_told_of_plainly(
    tokens: Tokens, database: Database, clock: FixedClock, api: OpenApi, zalo: FakeZaloOa,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    async with database.write() as session:
        unit = Unit(code="A", name="A", name_folded="a", kind=UnitKind.SECTOR, path="/1/", join_code="AAAA")
        officer = Person(
            name="Hà", name_folded="ha", language="vi", created_at=clock.now(), registered_at=clock.now()
        )
        session.add_all([unit, officer])
        await session.flush()
        session.add(
            RoleGrant(person_id=officer.id, unit_id=unit.id, role=Role.OFFICER, granted_at=clock.now())
        )
    access = await tokens.access()
    async with database.write() as session:
        turn = await credentials.take_turn(
            session, NAME, clock.now(), stale=access, mark="dead", patience=timedelta(minutes=1)
        )
    assert isinstance(turn, credentials.RenewalTurn)
    await api.renew(turn.renewal)
    clock.advance(timedelta(minutes=2))

    again = started_again(tokens, database, clock, api)
    with pytest.raises(NoToken) as told:
        await again.access(stale=access)
    assert told.value.is_lost
    assert "zalo-oa token" in caplog.text
    assert "developers.zalo.me" in caplog.text
    assert turn.renewal not in caplog.text

    # The officers at the top are told as well, over whatever else reaches them.
    async with database.read() as session:
        (row,) = await session.scalars(select(Outbox).where(Outbox.kind == kinds.PLAN))
    assert row.details["what"] == "access_lost"

    # It is not asked for again and again, and told once.
    before, lines = len(zalo.used), len(caplog.records)
    with pytest.raises(NoToken):
        await again.access(stale=access)
    assert (len(zalo.used), len(caplog.records)) == (before, lines)

    # A new one in the settings takes its place; so does one that is put in by hand.
    assert await started_again(tokens, database, clock, api, zalo.new_renewal()).access() in zalo.accesses


async def test_one_put_in_by_hand_goes_first_and_stays(
    tokens: Tokens, database: Database, clock: FixedClock, api: OpenApi, zalo: FakeZaloOa
) -> None:
    await tokens.access()
    by_hand = zalo.new_renewal()
    async with database.write() as session:
        await credentials.put(session, NAME, by_hand, clock.now(), settings=tokens._given)
    again = started_again(tokens, database, clock, api)
    assert await again.access() in zalo.accesses
    assert by_hand in zalo.used
    kept_now = (await kept(database)).renewal
    await started_again(tokens, database, clock, api).access()
    assert (await kept(database)).renewal == kept_now


async def test_an_old_one_left_in_the_settings_of_another_machine_replaces_nothing(
    tokens: Tokens, database: Database, clock: FixedClock, api: OpenApi, zalo: FakeZaloOa
) -> None:
    await tokens.access()
    await started_again(tokens, database, clock, api, zalo.new_renewal()).access()
    renewed = zalo.renewed
    assert await started_again(tokens, database, clock, api).access() in zalo.accesses
    assert zalo.renewed == renewed


async def test_a_lost_answer_and_a_server_that_is_away_are_tried_again_later(
    on_small: Tokens, clock: FixedClock, zalo: FakeZaloOa
) -> None:
    for kind in ("hang", "garbage"):
        zalo.fault(kind, "/v4/oa/access_token")
        with pytest.raises(NoToken) as told:
            await on_small.access()
        assert not told.value.is_lost
        # Not at once: a wrong setting must be no storm of requests.
        with pytest.raises(NoToken):
            await on_small.access()
        clock.advance(timedelta(minutes=1))
    assert await on_small.access() in zalo.accesses


async def test_an_answer_that_is_cut_off_has_used_up_the_token_and_that_comes_out(
    on_small: Tokens, clock: FixedClock, zalo: FakeZaloOa
) -> None:
    zalo.fault("cut", "/v4/oa/access_token")
    with pytest.raises(NoToken) as told:
        await on_small.access()
    assert not told.value.is_lost, "it is not known yet"
    clock.advance(timedelta(minutes=1))
    with pytest.raises(NoToken) as told:
        await on_small.access()
    assert told.value.is_lost


async def test_a_wrong_app_secret_costs_no_token(
    small: Database, clock: FixedClock, zalo: FakeZaloOa, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = OpenApi(ZaloOaSettings(**zalo.settings(app_secret="not-this-one")))
    await wrong.start()
    with pytest.raises(NoToken) as told:
        await Tokens(small, clock, wrong.renew, zalo.new_renewal()).access()
    assert not told.value.is_lost
    assert "Invalid secret key" in caplog.text
    assert "not-this-one" not in caplog.text
    await wrong.stop()


async def test_what_zalo_gave_is_stored_though_whoever_asked_for_it_is_gone(
    database: Database, clock: FixedClock, zalo: FakeZaloOa
) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def renew(_renewal: str) -> Renewed:
        asked.set()
        await answered.wait()
        return Renewed("access-x", "renewal-x", timedelta(hours=25))

    tokens = Tokens(database, clock, renew, zalo.new_renewal())
    waiting = asyncio.create_task(tokens.access())
    await asked.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    answered.set()
    await tokens.settled()
    assert (await kept(database)).renewal == "renewal-x"


async def test_what_zalo_gave_is_stored_as_soon_as_the_database_takes_it(
    database: Database, clock: FixedClock, zalo: FakeZaloOa, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    async def renew(_renewal: str) -> Renewed:
        monkeypatch.setattr(credentials, "renewed", broken)
        return Renewed("access-y", "renewal-y", timedelta(hours=25))

    store, failures = credentials.renewed, [1, 2, 3]

    async def broken(*args: object, **values: object) -> None:
        if failures:
            failures.pop()
            raise ConnectionError("the database is away")
        await store(*args, **values)  # type: ignore[arg-type]  # handed on as it came

    async def sleep(_seconds: float) -> None:
        await asyncio.sleep(0)

    tokens = Tokens(database, clock, renew, zalo.new_renewal(), sleep=sleep)
    assert await tokens.access() == "access-y"
    assert (await kept(database)).renewal == "renewal-y"
    assert "do not end this process" in caplog.text


async def test_no_token_stands_in_a_log(
    on_small: Tokens, clock: FixedClock, zalo: FakeZaloOa, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await on_small.access()
    zalo.fault("error", "/v4/oa/access_token", code=-14001)
    clock.advance(timedelta(days=2))
    with pytest.raises(NoToken):
        await on_small.access()
    for secret in (*zalo.used, *zalo.renewals, *zalo.accesses, zalo.account.app_secret):
        assert secret not in caplog.text


async def test_without_any_token_it_is_said_how_to_get_one(
    small: Database, clock: FixedClock, api: OpenApi, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NoToken) as told:
        await Tokens(small, clock, api.renew, "").access()
    assert told.value.is_lost
    assert "API Explorer" in caplog.text


async def test_a_refresh_token_used_already_is_named(api: OpenApi, zalo: FakeZaloOa) -> None:
    renewal = zalo.new_renewal()
    await api.renew(renewal)
    with pytest.raises(RenewalFailed, match="-14020") as told:
        await api.renew(renewal)
    assert told.value.is_dead
