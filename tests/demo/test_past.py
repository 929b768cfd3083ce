"""A furnished demo: everything in it fits together, nothing old is sent, and each of its people finds something to do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select

from bot import demo
from bot.clock import FixedClock
from bot.demo import fates, past
from bot.demo.past import Scale
from bot.demo.union import Size
from bot.media.store import MediaStore
from storage.campaigns.tables import Campaign, CampaignState
from storage.conversation.tables import Draft
from storage.delivery.tables import Outbox, OutboxState
from storage.engine import Database, open_engine
from storage.initiatives.tables import Attachment, Author, Initiative, InitiativeState
from storage.mailings.tables import Delivery, DeliveryState, Mailing, MailingState
from storage.people.tables import Account, Kiosk, TeamChat
from storage.progress import counts
from storage.trail import Event
from tests.talk import START, WebPerson
from tests.web.served import Served, served

#: Nearly as little as shows everything once.
FEW = Scale(len(fates.Fate), Size(workers=3, listed=1, everywhere=False), pictures=1, days=30)


@dataclass(frozen=True, slots=True)
class Furnished:
    url: str
    database: Database
    people: dict[str, int]


async def furnish(url: str, folder: Path, scale: Scale, seed: int = 1) -> Furnished:
    database, clock = Database(open_engine(url)), FixedClock(START)
    people = await demo.fill(database, clock)
    store = MediaStore(folder / "media", database, clock)
    await past.furnish(database, store, clock, people, scale=scale, seed=seed)
    return Furnished(url, database, people)


@pytest.fixture
async def furnished(database_url: str, tmp_path: Path) -> AsyncIterator[Furnished]:
    made = await furnish(database_url, tmp_path, FEW)
    yield made
    await made.database.close()


async def test_everything_is_there_and_fits_together(furnished: Furnished) -> None:
    async with furnished.database.read() as session:

        async def kinds(column: object) -> set[object]:
            return set(await session.scalars(select(column)))  # type: ignore[call-overload]  # any column

        assert await counts.recount(session) == await counts.kept(session)
        assert await kinds(Initiative.state) == set(InitiativeState)
        assert await kinds(Campaign.state) == {CampaignState.RUNNING, CampaignState.PLANNED}
        assert await kinds(Mailing.state) >= {
            MailingState.DRAFT, MailingState.UNAGREED, MailingState.PLANNED, MailingState.GOING, MailingState.DONE,
            MailingState.CANCELLED,
        }  # fmt: skip
        assert await kinds(Event.kind) >= {"asked", "answered", "note", "undone", "recognised", "recorded"}
        for table in (Attachment, Draft, Kiosk, TeamChat):
            assert await session.scalar(select(func.count()).select_from(table)), table.__tablename__
        several = select(Author.initiative_id).group_by(Author.initiative_id).having(func.count() > 1)
        assert (await session.scalars(several)).first()
        late = select(Initiative.id).where(
            Initiative.state == InitiativeState.SUBMITTED, Initiative.due_at < START
        )
        assert (await session.scalars(late)).first()
        assert await session.scalar(select(Initiative.id).where(Initiative.claimed_until > START))
        ahead = select(Event.id).where(Event.at > START)
        assert await session.scalar(ahead) is None


async def test_nothing_of_the_past_is_sent_again(furnished: Furnished) -> None:
    async with furnished.database.read() as session:
        waiting = await session.execute(
            select(Outbox.person_id, func.count())
            .where(Outbox.state == OutboxState.PENDING)
            .group_by(Outbox.person_id)
        )
        left = {person: number for person, number in waiting}  # noqa: C416 - a row is not a pair for the type checker
        assert set(left) <= set(furnished.people.values())
        assert max(left.values()) <= 3
        assert not await session.scalar(
            select(Delivery.person_id).where(Delivery.state == DeliveryState.SENDING)
        )
        open_ones = select(Mailing.id).where(Mailing.state == MailingState.GOING, Mailing.paused_at.is_(None))
        assert await session.scalar(open_ones) is None


@pytest.fixture
async def opened(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Served, Furnished]]:
    """The demo as ``bot run`` serves it, at the moment for which it was furnished."""
    url = request.getfixturevalue("_sqlite").create(tmp_path)
    made = await furnish(url, tmp_path, past.SMALL)
    await made.database.close()
    async with served(url, tmp_path, clock=FixedClock(START)) as site:
        yield site, made


async def _comes(site: Served, name: str, person_id: int) -> WebPerson:
    """Somebody opens one of the demo's windows."""
    async with site.bot.database.read() as session:
        account = (await session.scalars(select(Account).where(Account.person_id == person_id))).one()
    person = WebPerson(site.bot, account)
    await person.settled()
    assert not await person.screen(), "somebody who has not come yet was written to"
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
        browser.get(f"{site.root}/demo/{name}") as page,
    ):
        assert page.status == 200
    await person.settled()
    return person


async def test_each_of_the_three_finds_something_when_they_come(opened: tuple[Served, Furnished]) -> None:
    site, made = opened

    worker = await _comes(site, "cong-nhan", made.people["cong-nhan"])
    await worker.sees("Tổ hỗ trợ hỏi")
    await worker.taps("Của tôi")
    await worker.sees("CTVN-2026-")

    support = await _comes(site, "to-ho-tro", made.people["to-ho-tro"])
    await support.sees("Sáng kiến mới")
    await support.taps("Hàng chờ")
    await support.sees("CTVN-2026-")

    officer = await _comes(site, "can-bo", made.people["can-bo"])
    await officer.taps("Đợt cao điểm")
    await officer.taps("Tuần cao điểm sáng kiến")
    figures = await officer.sees("Tình trạng: đang diễn ra")
    assert "Đã có 0/" not in figures.text


async def test_the_same_seed_gives_the_same_demo(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    seen = []
    for at, seed in enumerate((5, 5, 6)):
        folder = tmp_path / str(at)
        folder.mkdir()
        made = await furnish(request.getfixturevalue("_sqlite").create(folder), folder, FEW, seed)
        async with made.database.read() as session:
            rows = await session.execute(
                select(
                    Initiative.code, Initiative.name, Initiative.state, Initiative.submitted_at, Author.name
                )
                .join(Author, Author.initiative_id == Initiative.id)
                .order_by(Initiative.id, Author.position)
            )
            seen.append([tuple(row) for row in rows])
        await made.database.close()

    assert seen[0] == seen[1]
    assert seen[0] != seen[2]
    assert {row[2] for row in seen[0]} == set(InitiativeState)
