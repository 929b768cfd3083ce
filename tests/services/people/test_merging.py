"""Two registrations become one: every table that says which person, nothing twice, and no count changed."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handlers.features import all_features
from bot.services.act import Act
from bot.services.initiatives.authors import AuthorEntry
from bot.services.initiatives.submitting import submit
from bot.services.people import merging, passes
from bot.services.review import review
from storage.conversation import conversations
from storage.conversation.tables import Draft
from storage.delivery.tables import Outbox, OutboxState
from storage.initiatives.tables import Author, Initiative
from storage.mailings.tables import Delivery, DeliveryState, Mailing, MailingState, Reminded
from storage.people.tables import Account, Consent, Person, Role, RoleGrant
from storage.progress import counts
from tests.services.people.everywhere import everywhere, left_of
from tests.services.submissions import submission
from tests.talk import Stage, WebPerson, stage

PRIVACY = all_features().privacy


async def two(bot: Stage) -> tuple[WebPerson, WebPerson]:
    return await bot.person("Nguyễn Thị Nga"), await bot.person("Nga Nguyễn", unit="RALACO-X2")


async def become_one(bot: Stage, old: WebPerson, new: WebPerson) -> None:
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_device(bot.act(session, new), new.account.person_id)
        opened = await passes.look(bot.act(session, old), code)
        assert opened is not None
        person = await merging.merge(bot.act(session, old), PRIVACY, old.account.id, opened)
        assert person.id == new.account.person_id


async def test_nothing_of_the_one_is_left_behind(demo_url: str, tmp_path: Path) -> None:
    """A row in every table there is, with each column that says which person: all of them say the other afterwards."""
    async with everywhere(demo_url, tmp_path) as rows:
        number = rows.person.account.person_id
        async with rows.bot.bot.database.write() as session:
            await rows.fill(session)
        await become_one(rows.bot, rows.person, rows.other)
        async with rows.bot.bot.database.read() as session:
            assert await left_of(session, number) == {}
            row_left = await session.get_one(Person, number)
            assert (row_left.registered_at, row_left.unit_id, row_left.name) == (None, None, "—")


async def test_what_can_be_had_once_is_had_once(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        new, old = await two(bot)
        number, other = old.account.person_id, new.account.person_id
        home = await bot.unit("RALACO")
        async with bot.bot.database.write() as session:
            now = bot.clock.now()
            session.add_all(
                RoleGrant(person_id=one, unit_id=home.id, role=Role.SUPPORT, granted_at=now)
                for one in (number, other)
            )
            for one, answers in ((number, "mình"), (other, "của mã")):
                await conversations.keep_draft(session, one, "submit", {"answers": {"name": answers}}, now)
            await conversations.keep_draft(
                session, number, "mend:7", {"about": {"main": {"id": number, "name": "Nga"}}}, now
            )
            rows = [
                ("going", MailingState.GOING, 10_000), ("making", MailingState.MAKING, 0), ("both", MailingState.GOING, 10_000),
                ("flying", MailingState.GOING, 10_000), ("over", MailingState.DONE, 10_000),
            ]  # fmt: skip
            mailings = {}
            for key, state, made_to in rows:
                mailings[key] = Mailing(
                    key=key, lane=3, kind="broadcast", unit_id=home.id, state=state, due_at=now, until=now,
                    created_at=now, made_to=made_to, total=1,
                )  # fmt: skip
                session.add(mailings[key])
            await session.flush()
            states = {"flying": DeliveryState.SENDING, "over": DeliveryState.SENT}
            for key, mailing in mailings.items():
                session.add(
                    Delivery(
                        mailing_id=mailing.id, person_id=number, state=states.get(key, DeliveryState.PENDING)
                    )
                )
            session.add(
                Delivery(mailing_id=mailings["both"].id, person_id=other, state=DeliveryState.PENDING)
            )
            today = date(2026, 11, 24)
            session.add_all(
                Reminded(day=day, person_id=one, mailing_id=mailings["both"].id)
                for day, one in ((today, number), (today, other), (today + timedelta(days=1), number))
            )
            for one in (number, other):
                session.add(
                    Outbox(
                        key=f"initiative:1:card:1:person:{one}", kind="nothing", lane=1, person_id=one,
                        state=OutboxState.PENDING, due_at=now + timedelta(days=1), created_at=now,
                    )
                )  # fmt: skip
        await become_one(bot, old, new)
        async with bot.bot.database.read() as session:
            grants = (
                await session.scalars(
                    select(RoleGrant).where(RoleGrant.person_id.in_([number, other])).order_by(RoleGrant.id)
                )
            ).all()
            assert [(one.person_id, one.revoked_at is None) for one in grants] == [
                (other, False),
                (other, True),
            ]
            drafts = {one.form_name: one.form for one in await session.scalars(select(Draft))}
            assert drafts["submit"] == {"answers": {"name": "của mã"}}
            assert drafts["mend:7"]["about"]["main"]["id"] == other
            sent = {
                (key, one.person_id): one.state
                for key, one in await session.execute(
                    select(Mailing.key, Delivery).join(Delivery, Delivery.mailing_id == Mailing.id)
                )
            }
            assert sent == {
                ("going", other): DeliveryState.PENDING,
                # Their own row is still to come, if they are meant at all.
                ("making", number): DeliveryState.SKIPPED,
                ("both", number): DeliveryState.SKIPPED,
                ("both", other): DeliveryState.PENDING,
                # What is in the air comes down where it left.
                ("flying", number): DeliveryState.SENDING,
                ("over", other): DeliveryState.SENT,
            }
            for mailing in await session.scalars(select(Mailing)):
                skipped = sum(
                    state is DeliveryState.SKIPPED for (key, _), state in sent.items() if key == mailing.key
                )
                assert mailing.skipped == skipped
            days = (await session.execute(select(Reminded.day, Reminded.person_id))).all()
            assert sorted(map(tuple, days)) == [(today, other), (today + timedelta(days=1), other)]
            messages = (await session.scalars(select(Outbox).where(Outbox.kind == "nothing"))).all()
            assert Counter((one.person_id, one.state) for one in messages) == {
                (other, OutboxState.PENDING): 1,
                (other, OutboxState.CANCELLED): 1,
            }
            assert await session.scalar(select(func.count()).where(Account.person_id == number)) == 0
            assert await session.scalar(select(func.count()).where(Consent.person_id == number)) == 0


class Nothing(Exception):
    """Ends an example without leaving anything behind."""


#: Who of four wrote an initiative, with which part of it: 0 and 1 become one, 2 and 3 are others.
authors = st.lists(
    st.permutations(range(4)).flatmap(
        lambda people: st.integers(1, 4).map(lambda number: tuple(people[:number]))
    ),
    min_size=1,
    max_size=4,
)


async def test_no_total_changes_whoever_wrote_what(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        people = [
            await bot.person(name) for name in ("Nga Nguyễn", "Nguyễn Thị Nga", "Vũ Văn Tú", "Trần Bình")
        ]
        home = await bot.unit("RALACO")
        loop = asyncio.get_running_loop()

        async def one(written: list[tuple[int, ...]], approved: int) -> None:
            try:
                async with bot.bot.database.write() as session:
                    await fills(session, written, approved)
                    before = await counts.kept(session)
                    shares = await totals(session)
                    code, _ = await passes.for_device(
                        bot.act(session, people[1]), people[1].account.person_id
                    )
                    opened = await passes.look(Act(session, bot.clock.now(), None), code)
                    assert opened is not None
                    await merging.merge(bot.act(session, people[0]), PRIVACY, people[0].account.id, opened)
                    assert await counts.kept(session) == before == await counts.recount(session)
                    assert await totals(session) == shares
                    rows = (await session.execute(select(Author.initiative_id, Author.person_id))).all()
                    assert max(Counter(map(tuple, rows)).values()) == 1
                    assert people[0].account.person_id not in {row.person_id for row in rows}
                    raise Nothing
            except Nothing:
                pass

        async def fills(session: AsyncSession, written: list[tuple[int, ...]], approved: int) -> None:
            for at, who in enumerate(written):
                part = 10_000 // len(who)
                entries = tuple(
                    AuthorEntry(
                        f"Người {one}",
                        part if place else 10_000 - part * (len(who) - 1),
                        people[one].account.person_id,
                    )
                    for place, one in enumerate(who)
                )
                made = await submit(
                    bot.act(session, people[who[0]]),
                    home.id,
                    bot.bot.services.programmes.all()[0],
                    submission(f"Cách số {at}", *entries, benefit={"in_money": True, "vnd": 1_000}),
                )
                if at < approved:
                    await review.approve(bot.act(session), made.id, 1)

        async def totals(session: AsyncSession) -> list[tuple[int, int]]:
            rows = await session.execute(
                select(Initiative.id, func.sum(Author.share))
                .join(Author, Author.initiative_id == Initiative.id)
                .group_by(Initiative.id)
                .order_by(Initiative.id)
            )
            return [(row[0], int(row[1])) for row in rows]

        @settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
        @given(authors, st.integers(0, 4))
        def tries(written: list[tuple[int, ...]], approved: int) -> None:
            asyncio.run_coroutine_threadsafe(one(written, approved), loop).result()

        await asyncio.to_thread(tries)
