"""Whatever says which person: each column is answered for by one domain, which does with it what it says it does."""

from datetime import date
from pathlib import Path

from sqlalchemy import Column, UniqueConstraint

from bot.handlers.features import all_features
from bot.services.people import erasing, exporting
from bot.services.people.privacy import HELD, held_by_all
from storage.base import Base, values_of
from storage.people.privacy import columns
from storage.people.tables import Person, Shift
from tests.services.people.everywhere import THERE, everywhere, left_of, name_of, names
from tests.talk import START

#: How a column that says which person is called; without its key to the table of people it would be overlooked.
NAMES = (
    "person",
    "actor",
    "created_by",
    "agreed_by",
    "granted_by",
    "revoked_by",
    "bound_by",
    "entered_by",
    "decided_by",
)
#: Columns of such names that say something else: which process holds a message; and the trail, which outlives people.
NO_PERSON = {"outbox.claimed_by", "delivery.claimed_by", "event.actor_id", "event.person_id"}

#: What a person's row says of them besides what everybody's does.
SAID = {
    "staff_code": "NV1",
    "born": date(1988, 9, 5),
    "workplace": "Xưởng LED",
    "title": "Thợ",
    "qualification": "Bậc 5",
    "shift": Shift.NIGHT,
    "named_since": START,
    "notify_channel": "web",
}
#: What is left in the row of somebody who was erased.
OF_A_ROW = {"id", "language", "created_at", "erased_at"}

PRIVACY = all_features().privacy
ALL = held_by_all(PRIVACY)


def folder_of(column: str) -> str:
    """The folder of ``storage`` in which a column's table stands."""
    table = column.partition(".")[0]
    (mapper,) = [one for one in Base.registry.mappers if one.class_.__tablename__ == table]
    return str(mapper.class_.__module__).split(".")[1]


def is_unique(column: Column[object]) -> bool:
    """Whether two rows of one person may be in each other's way."""
    table = column.table
    return (
        column.primary_key
        or any(
            isinstance(one, UniqueConstraint) and column in one.columns.values() for one in table.constraints
        )
        or any(index.unique and column in index.columns.values() for index in table.indexes)
    )


def test_each_column_is_answered_for_by_one_domain() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.startswith(NAMES) or column.name.endswith("_by")
    }
    assert named - NO_PERSON <= names()
    # That no two domains answer for one is refused when they are put together.
    assert ALL.keys() == names()


def test_a_domain_answers_for_its_own_tables() -> None:
    for feature in all_features().each:
        if feature.privacy is not None:
            assert {folder_of(one) for one in feature.privacy.held} <= {feature.name}
    # What serves all domains knows people alone.
    assert {folder_of(one) for one in HELD} == {"people", "conversation", "delivery"}


def test_what_one_can_have_but_once_is_moved_by_rules_of_its_own() -> None:
    assert {name_of(one) for one in columns() if is_unique(one)} <= {
        name for name, held in ALL.items() if held.is_apart
    }


async def test_erasing_takes_a_person_out_of_what_is_theirs_and_leaves_acts_of_office(
    demo_url: str, tmp_path: Path
) -> None:
    async with everywhere(demo_url, tmp_path) as rows:
        number = rows.person.account.person_id
        async with rows.bot.bot.database.write() as session:
            await rows.fill(session)
            person = await session.get_one(Person, number)
            for column, value in SAID.items():
                setattr(person, column, value)
        async with rows.bot.bot.database.write() as session:
            await erasing.erase(rows.bot.act(session, rows.person), PRIVACY)
        async with rows.bot.bot.database.read() as session:
            left = set(await left_of(session, number))
            row = await session.get_one(Person, number)
    assert left == {name for name, held in ALL.items() if not held.is_erased}
    assert (row.name, row.name_folded) == ("—", "")
    assert {name for name, value in values_of(row).items() if value} - {"name"} == OF_A_ROW


async def test_a_copy_has_what_is_theirs_and_no_acts_of_office(demo_url: str, tmp_path: Path) -> None:
    async with everywhere(demo_url, tmp_path) as rows, rows.bot.bot.database.write() as session:
        act = rows.bot.act(session, rows.person)
        before = await exporting.copy(act, PRIVACY)
        assert before["accounts"]
        assert before["conversation"]
        copied = {name for name, held in ALL.items() if held.is_copied and name.split(".")[0] in THERE}
        for column in list(columns()):
            if column.table.name in THERE:
                continue
            marker = await session.begin_nested()
            await rows.add(session, column)
            if await exporting.copy(act, PRIVACY) != before:
                copied.add(name_of(column))
            await marker.rollback()
            session.expire_all()
        assert copied == {name for name, held in ALL.items() if held.is_copied}
