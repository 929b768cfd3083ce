"""Somebody on an enterprise's list: what becomes of all that is theirs when they come, or are erased on request."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.text import fold
from bot.handlers.features import all_features
from bot.services.act import Act
from bot.services.initiatives import submitting
from bot.services.initiatives.authors import AuthorEntry
from bot.services.people import claims, unregistered
from storage.initiatives.tables import Author
from storage.people.claim_tables import PersonClaim
from storage.people.tables import Person, Role, RoleGrant
from tests.services.submissions import submission
from tests.talk import Stage, WebPerson, stage

PRIVACY, KINDS = all_features().privacy, all_features().claims
NAME = "Trần Văn Bền"


async def listed(bot: Stage, session: AsyncSession, name: str = NAME, staff_code: str = "NV1") -> Person:
    person = Person(
        name=name,
        name_folded=fold(name),
        unit_id=(await bot.unit("RALACO")).id,
        staff_code=staff_code,
        created_at=bot.clock.now(),
    )
    session.add(person)
    await session.flush()
    return person


async def files(bot: Stage, session: AsyncSession, by: WebPerson, name: str, *authors: AuthorEntry) -> int:
    made = await submitting.submit(
        bot.act(session, by),
        (await bot.unit("RALACO")).id,
        bot.bot.services.programmes.all()[0],
        submission(name, *authors),
    )
    return made.id


async def authors(session: AsyncSession, initiative: int) -> list[tuple[str, int | None, int]]:
    rows = await session.scalars(
        select(Author).where(Author.initiative_id == initiative).order_by(Author.position)
    )
    return [(one.name, one.person_id, one.share) for one in rows]


async def test_who_takes_a_place_brings_along_all_that_is_said_of_it(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        worker, support = await bot.person(NAME), await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
        number, home = worker.account.person_id, (await bot.unit("RALACO")).id
        async with bot.bot.database.write() as session:
            place = await listed(bot, session)
            session.add_all(
                RoleGrant(person_id=one, unit_id=home, role=Role.SUPPORT, granted_at=bot.clock.now())
                for one in (place.id, number)
            )
            both = await files(
                bot, session, worker, "Xe đẩy", AuthorEntry(NAME, 6_000, number), AuthorEntry(NAME, 4_000, place.id)
            )  # fmt: skip
            theirs = await files(bot, session, worker, "Giá để khuôn", AuthorEntry(NAME, 10_000, place.id))
        async with bot.bot.database.write() as session:
            await unregistered.claim_place(bot.act(session, worker), "nv1", "10.0.0.1")
        async with bot.bot.database.write() as session:
            (claim,) = (await session.scalars(select(PersonClaim))).all()
            before = await authors(session, both), await authors(session, theirs)
            assert (NAME, number, 10_000) not in before[1]
            await claims.answer(bot.act(session, support), KINDS, PRIVACY, claim.id, yes=True)
        async with bot.bot.database.read() as session:
            row = await session.get_one(Person, place.id)
            assert (row.name, row.staff_code) == ("—", None)
            # Whoever was two authors of one is one, with both shares.
            assert await authors(session, both) == [(NAME, number, 10_000)]
            assert await authors(session, theirs) == [(NAME, number, 10_000)]
            grants = (await session.scalars(select(RoleGrant).order_by(RoleGrant.id))).all()
            mine = [one.revoked_at is None for one in grants if one.person_id == number]
            assert sorted(mine) == [False, True]


async def test_what_names_somebody_on_a_list_goes_and_a_registered_namesake_stays(
    demo_url: str, tmp_path: Path
) -> None:
    async with stage(demo_url, tmp_path) as bot:
        support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
        other = await bot.person("Lê Hoa", role=Role.SUPPORT)
        namesake = await bot.person(NAME)
        async with bot.bot.database.write() as session:
            place = await listed(bot, session)
            theirs = await files(bot, session, support, "Xe đẩy", AuthorEntry(NAME, 10_000, place.id))
            typed = await files(bot, session, support, "Giá để khuôn", AuthorEntry(NAME.upper(), 10_000))
            entry = AuthorEntry(NAME, 10_000, namesake.account.person_id)
            kept = await files(bot, session, namesake, "Tấm chắn phôi", entry)
        await other.settled()
        for name in ("Xe đẩy", "Giá để khuôn", "Tấm chắn phôi"):
            assert NAME.casefold() in (await other.sees("Sáng kiến mới", name)).text.casefold()
        async with bot.bot.database.write() as session:
            act = Act(session, bot.clock.now(), None)
            home = await bot.unit("RALACO")
            found = await unregistered.find(act, PRIVACY, home, NAME)
            assert [(one.name, one.staff_code) for one in found.found] == [
                (NAME, "NV1"),
                (NAME.upper(), None),
            ]
            await unregistered.erase(act, PRIVACY, home, NAME.lower())
            assert (await unregistered.find(act, PRIVACY, home, NAME)).found == []
        async with bot.bot.database.read() as session:
            assert await authors(session, theirs) == await authors(session, typed) == [("—", None, 10_000)]
            assert await authors(session, kept) == [(NAME, namesake.account.person_id, 10_000)]
            row = await session.get_one(Person, place.id)
            assert (row.name, row.staff_code, row.erased_at) == ("—", None, bot.clock.now())
        for name in ("Xe đẩy", "Giá để khuôn"):
            assert NAME.casefold() not in (await other.sees("Sáng kiến mới", name)).text.casefold()
