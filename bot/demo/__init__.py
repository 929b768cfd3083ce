"""A demo to play with: real names of units with the figures of 2022, and three made-up people to be.

:func:`fill` makes just that; :mod:`bot.demo.past` lets it have a past, with many more people.
"""

import csv
import enum
import secrets
from datetime import timedelta
from pathlib import Path

from bot.clock import Clock, local_date
from bot.conversation.text import fold
from bot.services.units.join_codes import JOIN_LENGTH, random_code
from storage import demo as stored
from storage.conversation.tables import Conversation
from storage.engine import Database, Session
from storage.initiatives.tables import CountedState, OpeningBalance, Phase, Programme, Target
from storage.marks import Mark
from storage.people.tables import Consent, Person, Role, RoleGrant
from storage.progress import counts
from storage.units.tables import Unit, UnitKind

_UNITS = Path(__file__).parent / "units.csv"
_HOME = "RALACO"
MARK = "demo"

#: Path of the window, name, unit, role, workplace, title.
_PEOPLE = (
    ("cong-nhan", "Nguyễn Thị Hoa", _HOME, None),
    ("to-ho-tro", "Trần Văn Minh", _HOME, Role.SUPPORT),
    ("can-bo", "Lê Thu Hà", "CTVN", Role.OFFICER),
)


async def people_to_be(database: Database) -> dict[str, int] | None:
    """The demo's people by the path of their window; None when this database holds no demo."""
    async with database.read() as session:
        mark = await session.get(Mark, MARK)
    return None if mark is None else {str(name): int(number) for name, number in mark.value["people"].items()}


async def is_empty(database: Database) -> bool:
    """Whether nobody has set anything up yet."""
    async with database.read() as session:
        return not await stored.has_units(session)


class Holds(enum.Enum):
    """What a database holds already."""

    NOTHING = enum.auto()
    #: The demo, in which nobody has submitted anything yet.
    BARE_DEMO = enum.auto()
    USED_DEMO = enum.auto()
    #: Units or people of somebody's own.
    REAL = enum.auto()


async def what_is_in(database: Database) -> Holds:
    """Whether a database may be filled with made-up people."""
    async with database.read() as session:
        if await session.get(Mark, MARK) is not None:
            return Holds.USED_DEMO if await stored.has_initiatives(session) else Holds.BARE_DEMO
        is_used = await stored.has_units(session) or await stored.has_people(session)
        return Holds.REAL if is_used else Holds.NOTHING


async def fill(database: Database, clock: Clock) -> dict[str, int]:
    """Make the demo; gives its people."""
    async with database.write() as session:
        units = await _units(session)
        await _programme(session, clock, units)
        people = {
            path: await _person(session, clock, units[unit], name, role) for path, name, unit, role in _PEOPLE
        }
        session.add(Mark(name=MARK, value={"people": people}))
        await session.flush()
        await counts.rebuild(session)
    return people


def _rows() -> list[dict[str, str]]:
    with _UNITS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def _units(session: Session) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for row in _rows():
        parent = units.get(row["parent"])
        unit = Unit(
            code=row["code"],
            name=row["name"],
            name_folded=fold(row["name"]),
            kind=UnitKind(row["kind"]),
            parent_id=parent.id if parent else None,
            path="",
            join_code=random_code(JOIN_LENGTH),
            members=int(row["members"]) if row["members"] else None,
        )
        session.add(unit)
        await session.flush()
        unit.path = f"{parent.path if parent else '/'}{unit.id}/"
        units[row["code"]] = unit
    await session.flush()
    return units


async def _programme(session: Session, clock: Clock, units: dict[str, Unit]) -> None:
    today = local_date(clock.now())
    middle = today.replace(day=1)
    programme = Programme(
        code="CTVN",
        name="Chương trình 01 triệu sáng kiến",
        unit_id=units["CTVN"].id,
        starts=middle - timedelta(days=365),
        ends=middle + timedelta(days=180),
        counts=CountedState.APPROVED,
        rules={},
    )
    session.add(programme)
    await session.flush()
    for number, (starts, ends) in enumerate(
        ((programme.starts, middle - timedelta(days=1)), (middle, programme.ends)), 1
    ):
        phase = Phase(
            programme_id=programme.id,
            code=f"P{number}",
            name=f"Giai đoạn {'I' * number}",
            starts=starts,
            ends=ends,
        )
        session.add(phase)
        await session.flush()
        for row in _rows():
            if row[f"target{number}"]:
                session.add(
                    Target(
                        unit_id=units[row["code"]].id, phase_id=phase.id, number=int(row[f"target{number}"])
                    )
                )
            if row[f"opening{number}"]:
                session.add(
                    OpeningBalance(
                        unit_id=units[row["code"]].id,
                        phase_id=phase.id,
                        number=int(row[f"opening{number}"]),
                        benefit=0,
                    )
                )
    await session.flush()


async def _person(session: Session, clock: Clock, unit: Unit, name: str, role: Role | None) -> int:
    now = clock.now()
    person = Person(
        name=name,
        name_folded=fold(name),
        unit_id=unit.id,
        created_at=now,
        registered_at=now,
        member_since=now,
    )
    session.add(person)
    await session.flush()
    session.add(Conversation(person_id=person.id, form=None, updated_at=now))
    session.add(
        Consent(
            person_id=person.id,
            given=True,
            at=now,
            channel="web",
            update_key=f"demo:{secrets.token_hex(4)}",
            language="vi",
            words="demo",
        )
    )
    if role is not None:
        session.add(RoleGrant(person_id=person.id, unit_id=unit.id, role=role, granted_at=now))
    await session.flush()
    return person.id
