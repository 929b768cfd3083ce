"""People: registering with consent, one's own data (see, correct, export), joining accounts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from bot.conversation.text import fold
from bot.services import telling
from bot.services.act import Act
from bot.services.people import passes, teams
from bot.services.people.rights import reach_of, require, unit_path
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from storage.conversation.tables import Conversation, Draft, Offer, TranscriptLine
from storage.delivery import outbox
from storage.delivery.tables import Outbox
from storage.initiatives.tables import Attachment, Author, Initiative
from storage.mailings import mailings
from storage.mailings.tables import Delivery
from storage.people.tables import (
    Account,
    Consent,
    ConsentSubject,
    Device,
    Pass,
    PassKind,
    Person,
    Role,
    RoleGrant,
)
from storage.trail import Event
from storage.units.tables import Unit
from storage.units.tree import below

#: What one may correct oneself.
_CORRECTED = ("name", "born", "workplace", "title", "qualification", "language", "shift")
#: One letter of some scripts folds to many; the column holds so much.
_FOLDED_LONGEST = 100


@dataclass(frozen=True, slots=True)
class ConsentEvidence:
    """What was shown, where, and in which message it was answered."""

    words: str
    language: str
    channel: str
    update_key: str
    #: When it was answered; now, when empty.
    at: datetime | None = None


async def register(act: Act, unit_id: int, name: str, evidence: ConsentEvidence, code: str = "") -> Person:
    """Make a guest a member of a unit. Without consent there is no registration.

    ``code``: the invite that brought them, used up now; it may give a role. Source: Law 91/2025/QH15 on consent.
    """
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    unit = await act.session.get(Unit, unit_id)
    if person is None or unit is None:
        raise Forbidden
    if unit.valid_until is not None and unit.valid_until < act.today:
        raise Refusal("register.unit_closed", unit=unit.name)
    person.name, person.name_folded = name, fold(name)[:_FOLDED_LONGEST]
    person.unit_id, person.registered_at = unit_id, act.now
    consent(act, evidence, given=True)
    act.record("registered", unit_id=unit_id, person_id=person.id)
    if code:
        opened = await passes.look(act, code, PassKind.INVITE)
        if opened is not None and opened.unit is not None and opened.unit.id == unit_id:
            await _still_good(act, opened)
            await passes.use(act, opened)
            if opened.role is not None:
                await grant(act, person.id, unit_id, opened.role, by=opened.created_by)
    await act.session.flush()
    return person


def consent(
    act: Act, evidence: ConsentEvidence, *, given: bool, subject: ConsentSubject = ConsentSubject.DATA
) -> None:
    """Keep the evidence of a consent given or withdrawn."""
    if act.actor_id is None:
        raise Forbidden
    act.session.add(
        Consent(
            person_id=act.actor_id,
            subject=subject,
            given=given,
            at=evidence.at or act.now,
            channel=evidence.channel,
            update_key=evidence.update_key,
            language=evidence.language,
            words=evidence.words,
        )
    )


async def accept_invite(act: Act, opened: passes.Opened | None) -> Unit:
    """Somebody registered uses an invite: they move to its unit, and get its role if it has one."""
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if opened is None or opened.kind is not PassKind.INVITE or opened.unit is None:
        raise Refusal("passes.unknown")
    if person is None or person.registered_at is None:
        raise Forbidden
    if opened.unit.valid_until is not None and opened.unit.valid_until < act.today:
        raise Refusal("register.unit_closed", unit=opened.unit.name)
    await _still_good(act, opened)
    await passes.use(act, opened)
    if opened.role is None:
        person.unit_id = opened.unit.id
        act.record("moved", unit_id=opened.unit.id, person_id=person.id)
    else:
        await grant(act, person.id, opened.unit.id, opened.role, by=opened.created_by)
    await act.session.flush()
    return opened.unit


async def _still_good(act: Act, opened: passes.Opened) -> None:
    """An invite to a role is worth what its maker is: one who steers no more, lets nobody in any more.

    Those from the command line (nobody made them) are the administrator's.
    """
    if opened.role is None or opened.created_by is None or opened.unit is None:
        return
    maker = await reach_of(act.session, opened.created_by)
    if not maker.may(Power.APPOINT, opened.unit.path):
        raise Refusal("passes.unknown")


async def grant(act: Act, person_id: int, unit_id: int, role: Role, *, by: int | None) -> None:
    """Give a role; having it already is fine. Rights were checked where the invite was made."""
    exists = await act.session.scalar(
        select(RoleGrant.id).where(
            RoleGrant.person_id == person_id,
            RoleGrant.unit_id == unit_id,
            RoleGrant.role == role,
            RoleGrant.revoked_at.is_(None),
        )
    )
    if exists is None:
        act.session.add(
            RoleGrant(person_id=person_id, unit_id=unit_id, role=role, granted_by=by, granted_at=act.now)
        )
        act.record("role_given", unit_id=unit_id, person_id=person_id, role=role.value)
        await act.session.flush()


async def revoke(act: Act, grant_id: int) -> RoleGrant:
    """Take a role back; officers do that within their subtree. Raises :class:`Forbidden`."""
    found = await act.session.get(RoleGrant, grant_id)
    if found is None or found.revoked_at is not None:
        raise Refusal("team.gone_already")
    await require(act, found.unit_id, Power.APPOINT)
    found.revoked_at, found.revoked_by = act.now, act.actor_id
    act.record("role_taken", unit_id=found.unit_id, person_id=found.person_id, role=found.role.value)
    unit = await act.session.get_one(Unit, found.unit_id)
    await telling.tell_people(
        act,
        [found.person_id],
        teams.ROLE,
        f"role:{found.id}:taken",
        role=found.role.value,
        unit=unit.name,
        given=False,
    )
    return found


async def team(act: Act, unit_id: int) -> Sequence[tuple[RoleGrant, Person]]:
    """Who holds a role in a unit, for its officers and support team."""
    await require(act, unit_id, Power.LOOK_AFTER)
    rows = await act.session.execute(
        select(RoleGrant, Person)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.unit_id == unit_id, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.role, Person.name)
    )
    return [(row[0], row[1]) for row in rows]


async def find_members(act: Act, unit_id: int, folded: str, limit: int) -> Sequence[Person]:
    """People of a unit and all below it by (part of) their name, for its support team."""
    await require(act, unit_id, Power.LOOK_AFTER)
    path = await unit_path(act.session, unit_id)
    words = [Person.name_folded.contains(word, autoescape=True) for word in folded.split()]
    return (
        await act.session.scalars(
            select(Person)
            .join(Unit, Unit.id == Person.unit_id)
            .where(below(path), Person.erased_at.is_(None), Person.name != "", *words)
            .order_by(Person.name_folded)
            .limit(limit)
        )
    ).all()


async def correct(act: Act, field: str, value: object) -> Person:
    """Correct one's own name, birth date, workplace, title, qualification or language."""
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or field not in _CORRECTED:
        raise Forbidden
    setattr(person, field, value)
    if field == "name":
        person.name_folded = fold(str(value))[:_FOLDED_LONGEST]
        await act.session.execute(
            update(Author)
            .where(Author.person_id == person.id)
            .values(name=value, name_folded=person.name_folded)
        )
    elif field not in ("language", "shift"):
        await act.session.execute(update(Author).where(Author.person_id == person.id).values({field: value}))
    act.record("corrected", person_id=person.id, field=field)
    await act.session.flush()
    return person


async def set_reminders(act: Act, *, wanted: bool) -> None:
    """Whether the actor wants reminders of campaigns; nobody else can change that for them."""
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None:
        raise Forbidden
    person.reminders_off_at = None if wanted else person.reminders_off_at or act.now
    act.record("reminders", person_id=person.id, wanted=wanted)
    await act.session.flush()


async def channels(act: Act) -> Sequence[str]:
    """The channels on which the actor has been, the one used last first."""
    rows = await act.session.execute(
        select(Account.channel)
        .where(Account.person_id == act.actor_id)
        .group_by(Account.channel)
        .order_by(func.max(Account.last_seen_at).desc(), Account.channel)
    )
    return list(rows.scalars())


async def tell_on(act: Act, channel: str | None) -> None:
    """Where the actor wants to be told things; None: where they wrote last.

    Raises :class:`Refusal` for a channel on which they are not.
    """
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or person.registered_at is None:
        raise Forbidden
    if channel is not None and channel not in await channels(act):
        raise Refusal("told.not_there")
    person.notify_channel = channel
    act.record("notify_channel", person_id=person.id, channel=channel)
    await act.session.flush()


async def export(act: Act) -> bytes:
    """All that is kept about the actor, as JSON that other programs can read."""
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None:
        raise Forbidden
    unit = await act.session.get(Unit, person.unit_id) if person.unit_id else None

    async def rows(table: Any, *conditions: Any, leave_out: Sequence[str] = ()) -> list[dict[str, Any]]:  # noqa: ANN401
        found = await act.session.scalars(select(table).where(*conditions))
        return [_plain(row, leave_out) for row in found]

    mine = select(Author.initiative_id).where(Author.person_id == person.id)
    accounts = select(Account.id).where(Account.person_id == person.id)
    body = {
        "person": _plain(person, ("name_folded",)),
        "unit": unit.name if unit else None,
        "accounts": await rows(Account, Account.person_id == person.id, leave_out=("transcript_rev",)),
        "devices": await rows(Device, Device.account_id.in_(accounts), leave_out=("digest",)),
        "consents": await rows(Consent, Consent.person_id == person.id),
        "roles": await rows(RoleGrant, RoleGrant.person_id == person.id),
        "initiatives": await rows(
            Initiative,
            or_(Initiative.id.in_(mine), Initiative.entered_by == person.id),
            leave_out=("name_folded",),
        ),
        "authorships": await rows(Author, Author.person_id == person.id),
        "drafts": await rows(Draft, Draft.person_id == person.id),
        "conversation": await rows(Conversation, Conversation.person_id == person.id),
        "attachments": await rows(
            Attachment,
            Attachment.initiative_id.in_(
                select(Initiative.id).where(or_(Initiative.id.in_(mine), Initiative.entered_by == person.id))
            ),
        ),
        "chat": await rows(TranscriptLine, TranscriptLine.account_id.in_(accounts)),
        "messages": await rows(Outbox, Outbox.person_id == person.id),
        "mailings": await rows(Delivery, Delivery.person_id == person.id),
        "events": await rows(Event, or_(Event.actor_id == person.id, Event.person_id == person.id)),
    }
    return json.dumps(body, ensure_ascii=False, indent=1, default=str).encode()


def _plain(row: Any, leave_out: Sequence[str] = ()) -> dict[str, Any]:  # noqa: ANN401 - any table's row
    return {
        column.key: getattr(row, column.key)
        for column in row.__table__.columns
        if column.key not in leave_out
    }


async def forget_guest(act: Act) -> None:
    """Somebody said no: nothing is kept, not even that they wrote."""
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or person.registered_at is not None:
        raise Forbidden
    session = act.session
    accounts = (await session.scalars(select(Account.id).where(Account.person_id == person.id))).all()
    for of_account in (Device, Offer, TranscriptLine):
        await session.execute(delete(of_account).where(of_account.account_id.in_(accounts)))
    await session.execute(delete(Event).where(or_(Event.actor_id == person.id, Event.person_id == person.id)))
    for of_person in (Draft, Conversation, Consent, Pass, Account):
        await session.execute(delete(of_person).where(of_person.person_id == person.id))
    await session.delete(person)
    await session.flush()


async def wake(act: Act, person_id: int) -> None:
    """Somebody has another place to be told at: what waited for one goes now."""
    await outbox.wake(act.session, [person_id], act.now)
    await mailings.wake(act.session, [person_id], act.now)


async def join_account(act: Act, account_id: int, opened: passes.Opened) -> Person:
    """A guest shows a device code: their accounts become more of the person who got the code."""
    if opened.kind is not PassKind.DEVICE or opened.person_id is None:
        raise Refusal("passes.unknown")
    account = await act.session.get(Account, account_id)
    guest = await act.session.get(Person, act.actor_id) if act.actor_id else None
    person = await act.session.get(Person, opened.person_id)
    if account is None or guest is None or person is None or guest is person:
        raise Forbidden
    if guest.registered_at is not None:
        raise Forbidden
    await passes.may_open(act, opened)
    await passes.use(act, opened)
    await _take_in(act, guest, person)
    await act.session.refresh(account)
    Act(act.session, act.now, person.id).record(
        "joined_account", person_id=person.id, channel=account.channel
    )
    await act.session.flush()
    return person


async def is_guests(act: Act, opened: passes.Opened) -> bool:
    """Whether a device code is of somebody who has not registered: begun at a shared phone, to be gone on with."""
    person = await act.session.get(Person, opened.person_id) if opened.person_id else None
    return person is not None and person.registered_at is None and person.erased_at is None


async def take_in(act: Act, opened: passes.Opened) -> None:
    """Somebody registered shows the code of what they began elsewhere as a guest: that place is theirs now as well."""
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    guest = await act.session.get(Person, opened.person_id) if opened.person_id else None
    if person is None or person.registered_at is None or guest is None or guest.registered_at is not None:
        raise Forbidden
    await passes.use(act, opened)
    await _take_in(act, guest, person)
    act.record("joined_account", person_id=person.id)
    await act.session.flush()


async def _take_in(act: Act, guest: Person, person: Person) -> None:
    """All of a guest's places become the person's, and of the guest nothing is left."""
    session = act.session
    await session.execute(update(Account).where(Account.person_id == guest.id).values(person_id=person.id))
    for table in (Draft, Conversation, Consent, Pass):
        await session.execute(delete(table).where(table.person_id == guest.id))
    await session.execute(delete(Pass).where(Pass.created_by == guest.id))
    await session.execute(update(Event).where(Event.actor_id == guest.id).values(actor_id=person.id))
    await session.execute(update(Event).where(Event.person_id == guest.id).values(person_id=person.id))
    await session.delete(guest)
    await session.flush()
    # They may have waited for a place to be told at.
    await wake(act, person.id)


async def web_account(act: Act, code: str) -> int:
    """Sign in to the web chat by a device code; gives the account, which is the same on all of a person's browsers."""
    opened = await passes.look(act, code, PassKind.DEVICE)
    if opened is None or opened.person_id is None:
        raise Refusal("passes.unknown")
    await passes.may_open(act, opened)
    await passes.use(act, opened)
    return await web_account_of(act, opened.person_id)


async def web_account_of(act: Act, person_id: int) -> int:
    """A person's account on the web chat, made when they have none yet."""
    found = await act.session.scalar(
        select(Account.id)
        .where(Account.person_id == person_id, Account.channel == "web")
        .order_by(Account.id)
        .limit(1)
    )
    if found is not None:
        return found
    name = passes.random_code(20)
    account = Account(
        channel="web", external_id=name, person_id=person_id, chat_id=name, last_seen_at=act.now
    )
    act.session.add(account)
    await act.session.flush()
    return account.id
