"""Registering with consent, and moving on to another unit or role by an invite."""

from collections.abc import Sequence

from bot.conversation.text import fold
from bot.services.act import Act
from bot.services.people import appointing, membership, passes
from bot.services.people.consent import ConsentEvidence, consent
from bot.services.people.passes import Opened
from bot.services.people.profile import FOLDED_LONGEST
from bot.services.people.rights import reach_of
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from storage.people import accounts as stored
from storage.people import privacy as kept
from storage.people.tables import PassKind, Person
from storage.units import tree
from storage.units.tables import Unit, UnitKind

#: Where people register; a sector or corporation is for officers, who come by invite.
_HOMES = (UnitKind.GRASSROOTS, UnitKind.SECTION, UnitKind.GROUP, UnitKind.UPPER)


async def homes(act: Act, typed: str, limit: int) -> Sequence[Unit]:
    """The units in which people register, by (part of) their name as it was typed."""
    return await tree.search(act.session, fold(typed), kinds=_HOMES, limit=limit, today=act.today)


async def register(
    act: Act, unit_id: int, name: str, evidence: ConsentEvidence, code: str = ""
) -> tuple[Person, Unit]:
    """Make a guest a member of a unit; gives both. Without consent there is no registration.

    ``code``: the invite that brought them, used up now; it may give a role. Source: Law 91/2025/QH15 on consent.
    Raises :class:`Refusal` for a unit that has closed, :class:`Forbidden`.
    """
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    unit = await act.session.get(Unit, unit_id)
    if person is None or unit is None:
        raise Forbidden
    _check_open(act, unit)
    person.name, person.name_folded = name, fold(name)[:FOLDED_LONGEST]
    person.registered_at = act.now
    # Whoever opened this chat in another browser while it was a guest's does not stay in it.
    await _is_more_now(act, person)
    consent(act, evidence, given=True)
    act.record("registered", unit_id=unit_id, person_id=person.id)
    opened = await passes.look(act, code, PassKind.INVITE) if code else None
    if opened is None or opened.unit is None or opened.unit.id != unit_id:
        opened = None
    await membership.comes(act, person, unit_id, is_invited=opened is not None and opened.pass_id is not None)
    if opened is not None:
        await _check_maker(act, opened)
        await passes.use(act, opened)
        if opened.role is not None:
            await appointing.give(act, person.id, unit_id, opened.role, by=opened.created_by)
    await act.session.flush()
    return person, unit


async def accept_invite(act: Act, opened: Opened | None) -> Unit:
    """Somebody registered uses an invite: they move to its unit, or get its role if it has one.

    Raises :class:`Refusal` for an invite that opens nothing, :class:`Forbidden`.
    """
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if opened is None or opened.kind is not PassKind.INVITE or opened.unit is None:
        raise Refusal("passes.unknown")
    if person is None or person.registered_at is None:
        raise Forbidden
    _check_open(act, opened.unit)
    await _check_maker(act, opened)
    await passes.use(act, opened)
    if opened.role is None:
        await membership.comes(act, person, opened.unit.id, is_invited=opened.pass_id is not None)
        act.record("moved", unit_id=opened.unit.id, person_id=person.id)
    else:
        await appointing.give(act, person.id, opened.unit.id, opened.role, by=opened.created_by)
        await _is_more_now(act, person)
    await act.session.flush()
    return opened.unit


async def _is_more_now(act: Act, person: Person) -> None:
    """Browsers that are signed in as somebody who now is, or may do, more, have to come in again; but the one at work."""
    await stored.identity_changed(act.session, await kept.accounts(act.session, person.id))


def _check_open(act: Act, unit: Unit) -> None:
    if unit.valid_until is not None and unit.valid_until < act.today:
        raise Refusal("register.unit_closed", unit=unit.name)


async def _check_maker(act: Act, opened: Opened) -> None:
    """An invite to a role is worth what its maker is: one who steers no more, lets nobody in any more.

    Those from the command line (nobody made them) are the administrator's.
    """
    if opened.role is None or opened.created_by is None or opened.unit is None:
        return
    maker = await reach_of(act.session, opened.created_by)
    if not maker.may(Power.APPOINT, opened.unit.path):
        raise Refusal("passes.unknown")
