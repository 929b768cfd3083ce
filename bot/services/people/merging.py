"""Two registrations of one human become one: all that belongs to the one moves to the other.

Somebody registered on the workshop's shared phone, and later on their own. The registration whose code was typed
stays, with its name and unit. The one that typed it leaves an empty row, where deliveries under way can still end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.services.act import Act
from bot.services.people import accounts, passes
from bot.services.people.erased import ERASED_NAME
from bot.services.people.helped import check_ones_own
from bot.services.people.passes import Opened
from bot.services.people.privacy import Privacy, apart
from bot.services.refusal import Forbidden, Refusal
from storage.conversation import privacy as conversations
from storage.conversation.conversations import form_of
from storage.delivery import privacy as messages
from storage.people import accounts as stored_accounts
from storage.people import privacy as stored
from storage.people import roles
from storage.people.tables import Account, PassKind, Person
from storage.units.tables import Unit


@dataclass(frozen=True, slots=True)
class Side:
    """One of two registrations, described so that its owner recognises it."""

    name: str
    unit: str
    initiatives: int
    since: datetime | None
    #: Where they are, the channel used last first.
    channels: Sequence[str]


async def sides(act: Act, privacy: Sequence[Privacy], opened: Opened) -> tuple[Side, Side]:
    """The actor, and whose code it is. Raises :class:`Refusal` where the two may not become one."""
    actor, person = await _both(act, opened)
    return await _side(act, privacy, actor), await _side(act, privacy, person)


async def both_began(act: Act, opened: Opened) -> bool:
    """Whether both have begun the same form; only that of the code's person stays then."""
    mine = await conversations.begun(act.session, act.actor_id or 0)
    return bool(mine & await conversations.begun(act.session, opened.person_id or 0))


async def _side(act: Act, privacy: Sequence[Privacy], person: Person) -> Side:
    unit = await act.session.get(Unit, person.unit_id) if person.unit_id else None
    numbers = [await one.number(act, person.id) for one in privacy if one.number is not None]
    channels = await stored_accounts.channels(act.session, person.id)
    return Side(person.name, unit.name if unit else "", sum(numbers), person.registered_at, channels)


async def _both(act: Act, opened: Opened) -> tuple[Person, Person]:
    """The actor, and whose code it is.

    It must be a code that its own person asked for: one made by a support team for a member would let whoever types it
    swallow that member.
    """
    if (
        opened.kind is not PassKind.DEVICE
        or opened.person_id is None
        or opened.created_by != opened.person_id
    ):
        raise Refusal("passes.other_person")
    check_ones_own(act)
    people = await stored.both(act.session, act.actor_id or 0, opened.person_id)
    actor, person = people.get(act.actor_id or 0), people.get(opened.person_id)
    if actor is None or person is None or actor is person:
        raise Forbidden
    if actor.registered_at is None or person.registered_at is None:
        raise Forbidden
    mine = await roles.held_in(act.session, actor.id)
    theirs = await roles.held_in(act.session, person.id)
    if mine - theirs:
        # Nobody who is talked into typing a stranger's code may hand a role over with it.
        raise Refusal("passes.merge_roles_differ" if theirs - mine else "passes.merge_other_way")
    return actor, person


async def merge(
    act: Act,
    privacy: Sequence[Privacy],
    account_id: int,
    opened: Opened,
    kept_as: Callable[[Mapping[str, Any]], str] = lambda _form: "",
) -> Person:
    """Move all that is the actor's to whose code it is, and use the code up; gives the person that both are now.

    ``account_id``: the actor's, on which the code was typed. It is the only way in of theirs that becomes the person's:
    every other session, and every code of theirs, ends. ``kept_as``: under which name an open form (as stored) would be kept as a draft; empty for one that is not kept.
    Where both have a thing of which there can be but one, the code's person keeps theirs. No count of initiatives
    changes, since they stay in the units in which they were filed. Raises :class:`Refusal`, :class:`Forbidden`.
    """
    form, _ = await form_of(act.session, opened.person_id or 0)
    old, person = await _both(act, opened)
    await passes.use(act, opened)
    name, unit_id = old.name, old.unit_id
    number = (await _side(act, privacy, old)).initiatives
    await accounts.end_others(act, old.id, account_id)
    details = await become(act, privacy, old, person, kept_as(form) if form else "")
    await stored_accounts.identity_changed(act.session, [account_id])
    if person.staff_code is None and person.unit_id == unit_id:
        person.staff_code = old.staff_code
    # Having said once that one wants no reminders is enough.
    person.reminders_off_at = person.reminders_off_at or old.reminders_off_at
    stored.blank(old, ERASED_NAME, act.now)
    old.became = person.id
    session = act.session
    await session.flush()
    await accounts.wake(act, privacy, person.id)
    Act(session, act.now, person.id).record(
        "merged",
        person_id=person.id,
        unit_id=person.unit_id,
        was=old.id,
        # Others may still see this name; erasing the person later removes it too.
        name=name,
        was_in=unit_id,
        initiatives=number,
        **details,
    )
    account = await session.get_one(Account, account_id)
    await accounts.tell_the_others(Act(session, act.now, person.id), account)
    await session.flush()
    # Rows that were read before are stale now.
    session.expire_all()
    await session.refresh(person)
    return person


async def become(
    act: Act, privacy: Sequence[Privacy], old: Person, person: Person, open_draft: str = ""
) -> dict[str, Any]:
    """Replace one person by the other in every domain; gives details for the trail."""
    session = act.session
    details: dict[str, Any] = {}
    # The highest domain first: it locks its rows before those below it, as it does at work.
    for domain in reversed(privacy):
        if domain.merge is not None:
            details.update(await domain.merge(act, old, person))
    await stored.hand_over_claims(session, old.id, person.id)
    await stored.hand_over_roles(session, old.id, person.id, act.now)
    await conversations.hand_over(session, old.id, person.id, but={open_draft} - {""})
    await messages.hand_over(session, old.id, person.id)
    # Older codes of theirs would open what is the other person now.
    await stored.void_codes(session, old.id)
    await stored.hand_over(session, old.id, person.id, but=apart(privacy))
    stored.carry_over(old, person)
    return details
