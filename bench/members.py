"""Registered people for the conversation, spread over many units as in a real union."""

from bot.clock import SystemClock
from bot.conversation.text import fold
from bot.demo import MARK, fill
from bot.services.units.join_codes import JOIN_LENGTH, random_code
from storage.conversation.tables import Conversation
from storage.engine import Database, open_engine
from storage.marks import Mark
from storage.people.tables import Account, Person
from storage.units.tables import Unit, UnitKind

_A_UNIT = 25


async def register(url: str, channel: str, accounts: list[str]) -> None:
    """Make a member of each account of a channel, twenty-five to a unit."""
    clock = SystemClock()
    database = Database(open_engine(url))
    await fill(database, clock)
    async with database.write() as session:
        await session.delete(await session.get_one(Mark, MARK))
        unit: Unit | None = None
        for at, account in enumerate(accounts):
            if unit is None or at % _A_UNIT == 0:
                unit = Unit(
                    code=f"U{at}", name=f"Công đoàn {at}", name_folded=f"cong doan {at}", kind=UnitKind.GRASSROOTS,
                    parent_id=1, path="", join_code=random_code(JOIN_LENGTH),
                )  # fmt: skip
                session.add(unit)
                await session.flush()
                unit.path = f"/1/{unit.id}/"
            now = clock.now()
            name = f"Người Thứ {chr(65 + at % 26)}"
            person = Person(
                name=name, name_folded=fold(name), unit_id=unit.id, created_at=now, registered_at=now
            )
            session.add(person)
            await session.flush()
            session.add_all(
                [
                    Account(
                        channel=channel,
                        external_id=account,
                        chat_id=account,
                        person_id=person.id,
                        last_seen_at=now,
                    ),
                    Conversation(person_id=person.id, form=None, updated_at=now),
                ]
            )
    await database.close()
