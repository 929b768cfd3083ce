"""What one person may give in a day; guests are asked to register, and forgotten when they do not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.delivery.channel import FileProblem
from bot.services.people import guests
from bot.services.people.quota import Limits, Quota
from storage.people.tables import Account, Person
from tests.talk import Stage, WebPerson, stage

LIMITS = Limits(files=3, size=1_000, guest_photos=2)


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        yield running


async def gives(quota: Quota, person: WebPerson, size: int = 10, *, is_photo: bool = True) -> str:
    """The sentence with which a file is refused; empty for one that is taken."""
    try:
        await quota.take(person.channel, person.account.external_id, size, is_photo=is_photo)
    except FileProblem as problem:
        return problem.key
    return ""


@pytest.mark.attack("Somebody fills the disk with photos and documents")
async def test_files_and_bytes_of_a_day_are_bounded(bot: Stage) -> None:
    quota = Quota(bot.bot.database, bot.clock, LIMITS)
    worker, other = await bot.person("Nguyễn Thị Nga"), await bot.person("Vũ Văn Tú")
    assert await gives(quota, worker, 990, is_photo=False) == ""
    assert await gives(quota, worker, 11) == "files.too_many_today"
    assert [await gives(quota, worker, 1) for _ in range(3)] == ["", "", "files.too_many_today"]
    assert await gives(quota, other) == ""
    bot.clock.advance(timedelta(days=1))
    assert await gives(quota, worker, 990) == ""


@pytest.mark.attack("A guest who agreed to nothing leaves documents and hundreds of photos")
async def test_guests_give_a_few_photos_and_nothing_else(bot: Stage) -> None:
    quota = Quota(bot.bot.database, bot.clock, LIMITS)
    guest = await bot.guest()
    assert await gives(quota, guest, is_photo=False) == "files.register_first"
    assert await gives(quota, guest, 11 * 2**20) == "files.register_first"
    assert [await gives(quota, guest) for _ in range(3)] == ["", "", "files.register_first"]


async def test_guests_without_consent_are_forgotten_after_a_day(bot: Stage) -> None:
    silent, agreed, lively = await bot.guest(), await bot.guest(), await bot.guest()
    worker = await bot.person("Nguyễn Thị Nga")
    for one in (silent, agreed, lively):
        await one.says("chào")
    await agreed.taps("Tôi đồng ý")

    async def left_after(hours: int) -> set[int]:
        bot.clock.advance(timedelta(hours=hours))
        async with bot.bot.database.write() as session:
            await guests.forget(
                session, bot.clock.now(), silent=timedelta(days=1), in_the_middle=timedelta(days=7)
            )
        async with bot.bot.database.read() as session:
            return set(await session.scalars(select(Account.id)))

    ids = {one.account.id: one for one in (silent, agreed, lively, worker)}
    assert await left_after(20) == set(ids)
    await lively.says("chào")
    assert await left_after(5) == set(ids) - {silent.account.id}
    assert worker.account.id in await left_after(24 * 8)
    async with bot.bot.database.read() as session:
        assert await session.get(Person, agreed.account.person_id) is None
