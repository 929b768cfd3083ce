"""The places on which a person is: more of them by a code, on messengers and on the web."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.act import Act
from bot.services.people import passes
from bot.services.people.passes import Opened
from bot.services.people.privacy import Privacy
from bot.services.refusal import Forbidden, Refusal
from bot.services.units.join_codes import random_code
from storage.conversation import conversations as conversations_kept
from storage.conversation import privacy as conversations
from storage.conversation.tables import StoredForm
from storage.delivery import outbox
from storage.people import accounts as stored
from storage.people import privacy as kept
from storage.people.tables import Account, PassKind, Person
from storage.units.tables import Unit

_WEB = "web"


async def wake(act: Act, privacy: Sequence[Privacy], person_id: int) -> None:
    """Send now what waited until somebody could be reached: they have another account."""
    await outbox.wake(act.session, [person_id], act.now)
    for domain in privacy:
        if domain.wake is not None:
            await domain.wake(act, person_id)


async def join(act: Act, privacy: Sequence[Privacy], account_id: int, opened: Opened) -> Person:
    """A guest shows a device code: their accounts become more of the person who got the code, who is given.

    Raises :class:`Refusal` for any other code, :class:`Forbidden` for who is no guest.
    """
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
    await _take_in(act, privacy, guest, person)
    await act.session.refresh(account)
    Act(act.session, act.now, person.id).record(
        "joined_account", person_id=person.id, channel=account.channel
    )
    await act.session.flush()
    return person


async def is_guests(act: Act, opened: Opened) -> bool:
    """Whether a device code is of somebody who has not registered: begun at a shared phone, to be gone on with."""
    person = await act.session.get(Person, opened.person_id) if opened.person_id else None
    return person is not None and person.registered_at is None and person.erased_at is None


async def take_in(act: Act, privacy: Sequence[Privacy], opened: Opened) -> None:
    """Somebody registered shows the code of what they began elsewhere as a guest: that place is theirs now as well.

    Raises :class:`Forbidden`.
    """
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    guest = await act.session.get(Person, opened.person_id) if opened.person_id else None
    if person is None or person.registered_at is None or guest is None or guest.registered_at is not None:
        raise Forbidden
    await passes.use(act, opened)
    await _take_in(act, privacy, guest, person)
    act.record("joined_account", person_id=person.id)
    await act.session.flush()


async def _take_in(act: Act, privacy: Sequence[Privacy], guest: Person, person: Person) -> None:
    await conversations.drop_begun(act.session, guest.id)
    await kept.hand_over_guest(act.session, guest, person)
    # Notices may have waited until the person could be reached.
    await wake(act, privacy, person.id)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where somebody stands who goes on on another account."""

    unit_path: str
    #: What they are in the middle of, as stored; None for nothing.
    form: StoredForm | None
    #: The account on which its question was shown.
    form_account: int | None


async def arrival(act: Act, person: Person) -> Arrival:
    """Where a person stands, for the account that has just become theirs."""
    unit = await act.session.get(Unit, person.unit_id) if person.unit_id else None
    form, account = await conversations_kept.form_of(act.session, person.id)
    return Arrival(unit.path if unit else "", form, account)


# ---------------------------------------------------------------- on the web


async def web_account(act: Act, code: str) -> int:
    """Sign in to the web chat by a device code; gives the account, which is the same on all of a person's browsers.

    Raises :class:`Refusal` for a code that opens nothing.
    """
    opened = await passes.look(act, code, PassKind.DEVICE)
    if opened is None or opened.person_id is None:
        raise Refusal("passes.unknown")
    await passes.may_open(act, opened)
    await passes.use(act, opened)
    return await web_account_of(act, opened.person_id)


async def web_account_of(act: Act, person_id: int) -> int:
    """A person's account on the web chat, made when they have none yet."""
    known = await stored.on_channel(act.session, person_id, _WEB)
    if known is not None:
        return known
    name = random_code(20)
    account = Account(channel=_WEB, external_id=name, person_id=person_id, chat_id=name, last_seen_at=act.now)
    act.session.add(account)
    await act.session.flush()
    return account.id


async def lost(act: Act, channel: str, chat: str) -> None:
    """Nothing can be sent to a chat any more: they blocked the bot, or took it out of a group."""
    await conversations_kept.unreachable(act.session, channel, chat, act.now)
