"""Whom an Official Account may write to, and how many have to write first."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.channels.zalo_oa.windows import Window, hours_open, seconds_to_morning, window_of
from bot.delivery.windows import closed_before
from storage.audience import Audience
from storage.engine import Database, open_engine
from storage.models import Account, Person, Unit, UnitKind
from storage.reach import open_now, waiting

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("silent", "window"),
    [
        (timedelta(0), Window.FREE),
        (timedelta(hours=47, minutes=59), Window.FREE),
        (timedelta(hours=48), Window.QUOTA),
        (timedelta(days=6, hours=23), Window.QUOTA),
        (timedelta(days=7), Window.CLOSED),
    ],
)
def test_the_windows_after_somebodys_last_message(silent: timedelta, window: Window) -> None:
    assert window_of(NOW - silent, NOW) is window


def test_who_never_wrote_may_not_be_written_to() -> None:
    assert window_of(None, NOW) is Window.CLOSED


def test_how_long_a_channel_says_that_it_is_open() -> None:
    assert hours_open(uses_quota=True, has_template=False) == 168
    assert hours_open(uses_quota=False, has_template=False) == 48
    assert hours_open(uses_quota=False, has_template=True) is None


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 24, 15, 30, tzinfo=UTC), 7.5),
        (datetime(2026, 11, 24, 22, 59, tzinfo=UTC), 1 / 60),
        (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), 24),
    ],
)
def test_the_morning_is_that_of_vietnam(now: datetime, hours: float) -> None:
    assert seconds_to_morning(now) == pytest.approx(hours * 3600)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(open_engine(database_url))
    yield database
    await database.close()


async def test_a_preview_knows_how_many_have_to_write_first(database: Database) -> None:
    """Those with an open account elsewhere are reached there, and wait for nothing."""
    days = {
        "wrote today": (("zalo", 0),),
        "silent": (("zalo", 8),),
        "silent there, at home on the web": (("zalo", 8), ("web", 30)),
        "silent on two": (("zalo", 9), ("other", 8)),
        "only on the web": (("web", 300),),
        "left it": (("zalo", 8),),
    }
    async with database.write() as session:
        unit = Unit(
            code="A", name="A", name_folded="a", kind=UnitKind.GRASSROOTS, path="/1/", join_code="AAAA"
        )
        session.add(unit)
        await session.flush()
        for name, accounts in days.items():
            person = Person(
                name=name, name_folded=name, unit_id=unit.id, language="vi", registered_at=NOW, created_at=NOW
            )
            session.add(person)
            await session.flush()
            session.add_all(
                Account(
                    channel=channel, external_id=name, chat_id=name, person_id=person.id,
                    last_seen_at=NOW - timedelta(days=ago),
                    unreachable_since=NOW if name == "left it" else None,
                )
                for channel, ago in accounts
            )  # fmt: skip
    closed = {"zalo": NOW - timedelta(days=7), "other": NOW - timedelta(days=7)}
    audience = Audience(unit_id=unit.id)
    async with database.read() as session:
        assert await waiting(session, audience, "/1/", closed) == {"zalo": 1, "other": 1}
        assert await waiting(session, audience, "/1/", {}) == {}
        only_zalo = Audience(unit_id=unit.id, channels=("zalo",))
        assert await waiting(session, only_zalo, "/1/", closed) == {"zalo": 3}
        reached = await session.scalars(
            select(Account.external_id).where(open_now(closed)).order_by(Account.external_id)
        )
        assert list(reached) == ["only on the web", "silent there, at home on the web", "wrote today"]


async def test_channels_say_since_when_one_must_have_written() -> None:
    class Some:
        def __init__(self, hours: float | None) -> None:
            self.capabilities = type("Some", (), {"window_hours": hours})

    channels = {"web": Some(None), "zalo": Some(48.0)}
    assert closed_before(channels, NOW) == {"zalo": NOW - timedelta(hours=48)}  # type: ignore[arg-type]  # as far as it looks at them
