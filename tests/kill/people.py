"""Registered people, put straight into the database before the bot starts."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from bot.clock import SystemClock
from bot.conversation.text import fold
from bot.demo import MARK, fill
from storage.conversation.tables import Conversation
from storage.engine import Database, open_engine
from storage.marks import Mark
from storage.people.tables import Account, Device, Person, Role, RoleGrant
from storage.units.tables import Unit


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody to be registered: on which channel, under which id there."""

    name: str
    channel: str
    external_id: str
    role: Role | None = None
    #: The digest of a browser's token, for the web chat.
    device: bytes | None = None


async def settle(url: str, members: list[Member]) -> dict[str, int]:
    """Units, a programme and these members; gives their accounts by external id."""
    clock = SystemClock()
    database = Database(open_engine(url))
    await fill(database, clock)
    accounts = {}
    async with database.write() as session:
        # What is tested is a real bot on a real database: only the sample's units and programme are borrowed.
        await session.delete(await session.get_one(Mark, MARK))
        unit = await session.scalar(select(Unit).where(Unit.code == "RALACO"))
        assert unit is not None
        now = clock.now()
        for old in await session.scalars(select(RoleGrant)):
            old.revoked_at = now
        for member in members:
            person = Person(
                name=member.name,
                name_folded=fold(member.name),
                unit_id=unit.id,
                created_at=now,
                registered_at=now,
                member_since=now,
            )
            session.add(person)
            await session.flush()
            account = Account(
                channel=member.channel,
                external_id=member.external_id,
                chat_id=member.external_id,
                person_id=person.id,
                last_seen_at=now,
            )
            session.add_all([account, Conversation(person_id=person.id, form=None, updated_at=now)])
            if member.role is not None:
                session.add(RoleGrant(person_id=person.id, unit_id=unit.id, role=member.role, granted_at=now))
            await session.flush()
            if member.device is not None:
                session.add(
                    Device(
                        account_id=account.id,
                        digest=member.device,
                        label="",
                        created_at=now,
                        last_seen_at=now,
                    )
                )
            accounts[member.external_id] = account.id
    await database.close()
    return accounts


async def crowd(url: str, channel: str, external_ids: Sequence[str]) -> None:
    """So many workers more, who have registered and are reached on a channel."""
    now = SystemClock().now()
    database = Database(open_engine(url))
    async with database.write() as session:
        unit_id = await session.scalar(select(Unit.id).where(Unit.code == "RALACO"))
        person = {
            "name": "Công Nhân",
            "name_folded": "cong nhan",
            "unit_id": unit_id,
            "created_at": now,
            "registered_at": now,
        }
        made = await session.scalars(insert(Person).returning(Person.id), [person] * len(external_ids))
        numbers = made.all()
        await session.execute(
            insert(Account),
            [
                {
                    "channel": channel,
                    "external_id": external_id,
                    "chat_id": external_id,
                    "person_id": number,
                    "last_seen_at": now,
                }
                for number, external_id in zip(numbers, external_ids, strict=True)
            ],
        )
        await session.execute(
            insert(Conversation), [{"person_id": one, "form": None, "updated_at": now} for one in numbers]
        )
    await database.close()
