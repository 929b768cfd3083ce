"""Who takes part in a furnished demo: units below the real ones, teams and officers, workers, shared phones, groups."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.conversation.text import fold
from bot.demo import words
from bot.demo.words import DemoProfile
from bot.handlers.features import all_features
from bot.services.act import Act
from bot.services.people import appointing, kiosks, profile, registering
from bot.services.people.consent import ConsentEvidence
from bot.services.praise import naming
from bot.services.units.join_codes import JOIN_LENGTH, random_code
from storage import demo as stored
from storage.conversation import conversations
from storage.engine import Session
from storage.people.tables import Person, Role, Shift, TeamChat
from storage.units.tables import Unit, UnitKind

CHANNEL = "web"
#: The unit of the demo's worker and support team.
HOME = "RALACO"
#: Beyond what any messenger numbers its chats with: the demo writes into nobody's group.
_NO_GROUP = 9_000_000_000_000_000
#: Most people were not asked when they work.
_SHIFTS = (None, None, None, Shift.OFFICE, Shift.MORNING, Shift.AFTERNOON, Shift.NIGHT)


@dataclass(frozen=True, slots=True)
class Size:
    """How many people. ``workers`` have registered, ``listed`` are only on their enterprise's list."""

    workers: int
    listed: int
    #: Whether the made-up units of other corporations take part, or only the home of the three people to be.
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who takes part."""

    person_id: int
    unit_id: int
    profile: DemoProfile


@dataclass(slots=True)
class Union:
    """Who is who. ``teams`` and ``officers`` are by the unit in which they hold the role."""

    #: The three people to be, by the path of their window.
    people_to_be: Mapping[str, int]
    units: dict[str, Unit] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)
    workers: list[Member] = field(default_factory=list)
    teams: dict[int, list[int]] = field(default_factory=dict)
    officers: dict[int, list[int]] = field(default_factory=dict)

    @property
    def worker_to_be(self) -> Member:
        """The demo's worker."""
        return self.workers[0]

    def team_for(self, unit_id: int) -> Sequence[int]:
        """Who checks what a unit sends: its own team, else the nearest above it."""
        above = [int(part) for part in self.paths[unit_id].strip("/").split("/")]
        return next(self.teams[one] for one in reversed(above) if one in self.teams)

    def colleagues(self, member: Member) -> Sequence[Member]:
        """The other workers of somebody's unit."""
        return [one for one in self.workers if one.unit_id == member.unit_id and one is not member]


async def gather(
    session: Session, dice: random.Random, size: Size, when: datetime, people_to_be: Mapping[str, int]
) -> Union:
    """Bring everybody in at a moment of the past; the three people to be are there already."""
    union = Union(people_to_be)
    for unit in await stored.units(session):
        union.units[unit.code] = unit
    places = [union.units[HOME], *await _new_units(session, union, size)]
    union.paths = {unit.id: unit.path for unit in union.units.values()}
    await _be_known(session, dice, union)
    await _appoint(session, dice, union, places, when)
    for at in range(size.workers):
        place = places[at % len(places)]
        union.workers.append(await _join(session, dice, place.id, when + timedelta(minutes=at)))
    _list(session, dice, union.units[HOME].id, size.listed, when)
    await _habits(session, dice, union, when + timedelta(hours=20))
    await _shared_phones(session, union, when + timedelta(hours=21))
    return union


async def _new_units(session: Session, union: Union, size: Size) -> list[Unit]:
    made = []
    for listed in words.read("people")["units"]:
        if listed["parent"] != HOME and not size.everywhere:
            continue
        parent = union.units[listed["parent"]]
        for at, name in enumerate(listed["names"], 1):
            unit = Unit(
                code=f"{parent.code}-{at}",
                name=name,
                name_folded=fold(name),
                kind=UnitKind(listed["kind"]),
                parent_id=parent.id,
                path="",
                join_code=random_code(JOIN_LENGTH),
                members=listed["members"],
            )
            session.add(unit)
            await session.flush()
            unit.path = f"{parent.path}{unit.id}/"
            union.units[unit.code] = unit
            made.append(unit)
    await session.flush()
    return made


async def _be_known(session: Session, dice: random.Random, union: Union) -> None:
    """The three people to be work somewhere too; they can be told things once they come."""
    home = union.units[HOME].id
    for path, person_id in union.people_to_be.items():
        person = await session.get_one(Person, person_id)
        known = words.profile(dice)
        _describe(person, known)
        named = DemoProfile(person.name, known.born, known.workplace, known.title, known.qualification)
        if path == "cong-nhan":
            union.workers.append(Member(person_id, home, named))
        elif path == "to-ho-tro":
            union.teams[home] = [person_id]
        else:
            union.officers[person.unit_id or home] = [person_id]


async def _appoint(
    session: Session, dice: random.Random, union: Union, places: Sequence[Unit], when: datetime
) -> None:
    """A team of two in each grassroots union besides the one that is there, and an officer in each unit above one."""
    for unit in places:
        if unit.kind is UnitKind.GRASSROOTS:
            for _ in range(2):
                member = await _join(session, dice, unit.id, when)
                await appointing.give(
                    Act(session, when, None), member.person_id, unit.id, Role.SUPPORT, by=None
                )
                union.teams.setdefault(unit.id, []).append(member.person_id)
    steered = {unit.parent_id for unit in places if unit.kind is UnitKind.GRASSROOTS and unit.parent_id}
    for unit_id in sorted({*steered, *union.officers, *(unit.id for unit in places[:1])}):
        member = await _join(session, dice, unit_id, when)
        await appointing.give(Act(session, when, None), member.person_id, unit_id, Role.OFFICER, by=None)
        union.officers.setdefault(unit_id, []).append(member.person_id)


async def _join(session: Session, dice: random.Random, unit_id: int, when: datetime) -> Member:
    """Somebody comes by the web chat, agrees and registers."""
    number = f"{dice.getrandbits(80):020x}"
    who = await conversations.meet(
        session, channel=CHANNEL, external_id=number, chat_id=number, language="vi", now=when
    )
    known = words.profile(dice)
    act = Act(session, when, who.person_id)
    person, _ = await registering.register(act, unit_id, known.name, _evidence(act, "registered"))
    _describe(person, known)
    return Member(who.person_id, unit_id, known)


def _evidence(act: Act, asked: str) -> ConsentEvidence:
    key = f"demo:{asked}:{act.actor_id}"
    return ConsentEvidence(words.read("talk")["consent"], "vi", CHANNEL, key)


def _describe(person: Person, known: DemoProfile) -> None:
    person.born, person.workplace = known.born, known.workplace
    person.title, person.qualification = known.title, known.qualification


def _list(session: Session, dice: random.Random, unit_id: int, number: int, when: datetime) -> None:
    """People whom the enterprise's list names, and who have not come."""
    for at in range(number):
        known = words.profile(dice)
        person = Person(
            name=known.name,
            name_folded=fold(known.name),
            unit_id=unit_id,
            staff_code=f"RD{1001 + at}",
            created_at=when,
        )
        _describe(person, known)
        session.add(person)


async def _habits(session: Session, dice: random.Random, union: Union, when: datetime) -> None:
    """When they work, whether they want reminders, and whether they may be named in thanks."""
    privacy = all_features().privacy
    for member in union.workers[1:]:
        act = Act(session, when, member.person_id)
        shift = dice.choice(_SHIFTS)
        if shift is not None:
            await profile.correct(act, privacy, "shift", shift)
        if dice.random() < 0.06:
            await profile.set_reminders(act, wanted=False)
        if dice.random() < 0.5:
            await naming.agree(act, _evidence(act, "named"), agreed=dice.random() < 0.8)


async def _shared_phones(session: Session, union: Union, when: datetime) -> None:
    """Kiosks of the home unit, the last of which was ended again; and the support team's group chats."""
    home = union.units[HOME]
    act = Act(session, when, union.teams[home.id][0])
    labels = words.read("people")["kiosks"]
    for label in labels:
        code, _ = await kiosks.make_pass(act, home.id)
        await kiosks.make(Act(session, when, None), code, label)
    listed = await kiosks.listed(act, home.id, offset=0, limit=len(labels))
    await kiosks.revoke(act, listed[-1][0].id)
    for at, (unit_id, team) in enumerate(union.teams.items()):
        session.add(
            TeamChat(
                channel="telegram",
                chat_id=str(-_NO_GROUP - at),
                unit_id=unit_id,
                bound_by=team[0],
                bound_at=when,
            )
        )
    await session.flush()
