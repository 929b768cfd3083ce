"""A trail that can be proved: it only grows, and whatever is altered, removed or inserted is found."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from bot.handlers.features import all_features
from bot.services import audit
from bot.services.act import Act
from bot.services.audit import Auditor
from bot.services.people import erasing
from bot.texts import Texts
from storage import sealing
from storage.engine import Session
from storage.people.tables import Role
from storage.sealing import Verified
from storage.trail import Event, EventWords, Seal, triggers
from tests.handlers.talks import submits
from tests.services.fresh import act as acting
from tests.services.fresh import fresh
from tests.talk import Stage, stage

PRIVACY = all_features().privacy


async def verified(bot: Stage, heads: dict[int, str] | None = None) -> Verified:
    async with bot.bot.database.read() as session:
        return await sealing.verify(session, bot.clock.now(), heads or {})


async def lived(bot: Stage) -> None:
    """Some acts, sealed."""
    worker = await bot.person("Nguyễn Thị Nga")
    await submits(bot, worker)
    await worker.says("/toi")
    async with bot.bot.database.write() as session:
        for number in range(20):
            Act(session, bot.clock.now(), worker.account.person_id).record(
                "named", number=number, words=f"lời {number}"
            )
    await seals(bot)


async def seals(bot: Stage) -> None:
    async with bot.bot.database.write() as session:
        while await sealing.seal(session, bot.clock.now()):
            pass


async def behind_its_back(session: Session, statement: str, **values: Any) -> None:
    """What somebody does who may write to the database and takes the triggers away first."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    for table in ("event", "seal"):
        for verb in ("update", "delete"):
            on = f" ON {table}" if is_postgresql else ""
            await session.execute(text(f"DROP TRIGGER {table}_{verb}_refused{on}"))
    await session.execute(text(statement), values)
    for one in triggers(session.get_bind().dialect.name):
        if "FUNCTION" not in one or one.startswith("CREATE TRIGGER"):
            await session.execute(text(one))


@pytest.mark.attack("An event is changed or deleted with the bot's own rights")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET kind = 'x'",
        "DELETE FROM event",
        "UPDATE seal SET seq = seq + 1000",
        "DELETE FROM seal",
    ],
)
async def test_the_database_refuses_to_change_what_was_done(
    demo_url: str, tmp_path: Path, statement: str
) -> None:
    async with stage(demo_url, tmp_path) as bot:
        await lived(bot)
        with pytest.raises(DBAPIError, match="only added to"):
            async with bot.bot.database.write() as session:
                await session.execute(text(statement))
        assert not (await verified(bot)).faults


@pytest.mark.attack("Somebody who may write to the database alters, removes or inserts what was done")
@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE event SET kind = 'other' WHERE id = :id", "altered"),
        ("UPDATE event SET actor_id = 1 WHERE id = :id", "altered"),
        ("UPDATE event SET person_id = 1 WHERE id = :id", "altered"),
        ("UPDATE event SET details = '{\"number\": 777}' WHERE id = :id", "altered"),
        ('UPDATE event_words SET words = \'{"words": "khác"}\' WHERE event_id = :id', "words"),
        ("DELETE FROM seal WHERE event_id = :id", "removed"),
        ("UPDATE seal SET event_id = 999999 WHERE event_id = :id", "removed"),
    ],
)
async def test_whatever_is_done_behind_its_back_is_found(
    demo_url: str, tmp_path: Path, statement: str, what: str
) -> None:
    async with stage(demo_url, tmp_path) as bot:
        await lived(bot)
        whole = await verified(bot)
        assert not whole.faults
        assert whole.events > 20
        async with bot.bot.database.write() as session:
            number = (
                await session.scalars(select(Event.id).where(Event.kind == "named").limit(1).offset(7))
            ).one()
            await behind_its_back(session, statement, id=number)
        assert what in {fault.what for fault in (await verified(bot)).faults}


async def test_an_event_that_was_deleted_or_put_in_is_found(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        await lived(bot)
        async with bot.bot.database.write() as session:
            numbers = (await session.scalars(select(Event.id).where(Event.kind == "named"))).all()
            await session.execute(text("DELETE FROM event_words WHERE event_id = :id"), {"id": numbers[5]})
            await behind_its_back(session, "DELETE FROM event WHERE id = :id", id=numbers[5])
        faults = (await verified(bot)).faults
        assert [(one.what, one.event_id) for one in faults] == [("removed", numbers[5])]
        async with bot.bot.database.write() as session:
            session.add(Event(id=numbers[5], at=bot.clock.now(), kind="named", details={}))
        assert "altered" in {one.what for one in (await verified(bot)).faults}
        async with bot.bot.database.write() as session:
            session.add(Event(at=bot.clock.now() - timedelta(hours=1), kind="named", details={}))
        assert "inserted" in {one.what for one in (await verified(bot)).faults}


@pytest.mark.attack("The whole chain is made anew after something in it was changed")
async def test_a_chain_that_was_made_anew_does_not_pass_the_heads_of_before(
    demo_url: str, tmp_path: Path
) -> None:
    async with stage(demo_url, tmp_path) as bot:
        await lived(bot)
        file = tmp_path / "heads.txt"
        auditor = Auditor(file, send=True)
        officer = await bot.person("Lê Văn Sơn", unit="CTVN", role=Role.OFFICER)
        async with bot.bot.database.write() as session:
            for _ in range(3):
                await auditor.write_head(session, bot.clock.now())
        heads = audit.read_heads(file)
        assert len(heads) == 1
        assert not (await verified(bot, heads)).faults
        async with bot.bot.database.write() as session:
            await behind_its_back(session, "UPDATE event SET kind = 'other' WHERE kind = 'named'")
            await behind_its_back(session, "DELETE FROM seal")
        await seals(bot)
        assert not (await verified(bot)).faults
        assert {one.what for one in (await verified(bot, heads)).faults} == {"head"}
        await officer.settled()
        await officer.sees("Dấu nhật ký", str(max(heads)))


async def test_after_an_honest_erasure_the_chain_is_whole_and_the_words_are_gone(
    demo_url: str, tmp_path: Path
) -> None:
    async with stage(demo_url, tmp_path) as bot:
        worker = await bot.person("Quách Thị Ngân Hà")
        await submits(bot, worker)
        async with bot.bot.database.write() as session:
            act = bot.act(session, worker)
            act.record("note", words="Lời của Hà")
            bot.act(session).record("note", words="Gọi Quách Thị Ngân Hà nhé")
        await seals(bot)
        async with bot.bot.database.write() as session:
            await erasing.erase(bot.act(session, worker), PRIVACY)
        await seals(bot)
        found = await verified(bot)
        assert not found.faults
        assert found.erased == 2
        async with bot.bot.database.read() as session:
            said = json.dumps(
                [one.words for one in await session.scalars(select(EventWords))], ensure_ascii=False
            )
        assert "Hà" not in said


async def test_what_was_archived_still_verifies_with_what_goes_on_from_it(
    demo_url: str, tmp_path: Path
) -> None:
    async with stage(demo_url, tmp_path) as bot:
        await lived(bot)
        before = await verified(bot)
        bot.clock.advance(timedelta(days=400))
        async with bot.bot.database.write() as session:
            Act(session, bot.clock.now(), None).record("named", words="mới")
        await seals(bot)
        file = tmp_path / "old.jsonl.gz"
        async with bot.bot.database.write() as session:
            act = Act(session, bot.clock.now(), None)
            assert await audit.archive(act, bot.clock.now() - timedelta(days=1), file) == before.events
            assert await session.scalar(text("SELECT count(*) FROM mark WHERE name = 'archiving'")) == 0
        await seals(bot)
        lines = audit.read_archive(file)
        assert len(lines) == before.events
        heads = {before.seq: before.link}
        async with bot.bot.database.read() as session:
            found, older = await audit.verify(session, bot.clock.now(), heads, lines)
            assert (list(found.faults), list(older)) == ([], [])
            assert found.seq == before.seq + 2
            lines[3]["event"]["kind"] = "other"
            _, older = await audit.verify(session, bot.clock.now(), heads, lines)
            assert list(older) == [4]
            cut, older = await audit.verify(session, bot.clock.now(), heads, audit.read_archive(file)[:-1])
            assert older
            assert not cut.faults
        with pytest.raises(DBAPIError, match="only added to"):
            async with bot.bot.database.write() as session:
                await session.execute(text("DELETE FROM event"))


@settings(max_examples=15, deadline=None)
@given(data=st.data())
async def test_any_one_change_of_any_row_is_found(data: st.DataObject) -> None:
    async with fresh() as database:
        async with acting(database) as act:
            for number in range(data.draw(st.integers(1, 12))):
                act.record(data.draw(st.sampled_from(["named", "moved"])), number=number)
        async with acting(database) as act:
            await sealing.seal(act.session, act.now)
            events = (await act.session.scalars(select(Event).order_by(Event.id))).all()
            seals_ = (await act.session.scalars(select(Seal).order_by(Seal.seq))).all()
            assert not (await sealing.verify(act.session, act.now, {})).faults
            one = data.draw(st.integers(0, len(events) - 1))
            statement = data.draw(
                st.sampled_from(
                    [
                        "UPDATE event SET kind = kind || 'x' WHERE id = :event",
                        "UPDATE event SET unit_id = 5 WHERE id = :event",
                        "UPDATE event SET at = '2020-01-01 00:00:00.000000' WHERE id = :event",
                        "DELETE FROM event WHERE id = :event",
                        "UPDATE seal SET link = x'00' WHERE seq = :seq",
                        "DELETE FROM seal WHERE seq = :seq",
                    ]
                )
            )
            await act.session.execute(text("PRAGMA defer_foreign_keys = ON"))
            ids = {"event": events[one].id, "seq": seals_[one].seq}
            used = {name: number for name, number in ids.items() if f":{name}" in statement}
            await behind_its_back(act.session, statement, **used)
            act.session.expunge_all()
            late = act.now + timedelta(hours=1)
            assert (await sealing.verify(act.session, late, {})).faults, statement
            await act.session.rollback()


def test_whatever_is_recorded_is_told_in_words() -> None:
    root = Path(__file__).parents[2] / "bot"
    found: set[str] = set()
    for path in root.rglob("*.py"):
        source = path.read_text("utf-8")
        found |= set(re.findall(r'\.record\(\s*"([a-z_]+)"', source))
        found |= set(re.findall(r'change\(\s*act,\s*\w+,\s*"([a-z_]+)"', source))
    assert len(found) > 60
    for language in ("vi", "en"):
        say = Texts.load().say(language)
        lacking = sorted(kind for kind in found if not say.has(f"trail.did.{kind}"))
        assert not lacking, language
