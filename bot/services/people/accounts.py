"""The places on which a person is: more of them by a code, on messengers and on the web."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services import telling
from bot.services.act import Act
from bot.services.people import erasing, passes
from bot.services.people.passes import Opened
from bot.services.people.privacy import Privacy
from bot.services.people.rights import reach_of
from bot.services.refusal import Forbidden, Refusal
from bot.services.telling import NoticeKind
from bot.services.units.join_codes import random_code
from storage.conversation import conversations as conversations_kept
from storage.conversation import privacy as conversations
from storage.conversation.tables import StoredForm
from storage.delivery import outbox
from storage.delivery import privacy as messages
from storage.people import accounts as stored
from storage.people import privacy as kept
from storage.people.tables import Account, PassKind, Person
from storage.units.tables import Unit

_WEB = "web"

#: To somebody, on their other accounts, that they have come in somewhere.
JOINED = NoticeKind("joined")


async def wake(act: Act, privacy: Sequence[Privacy], person_id: int) -> None:
    """Send now what waited until somebody could be reached: they have another account."""
    await outbox.wake(act.session, [person_id], act.now)
    for domain in privacy:
        if domain.wake is not None:
            await domain.wake(act, person_id)


async def opens(act: Act, opened: Opened) -> tuple[Person, Unit | None]:
    """Whose account a device code opens, and their unit, for the question whether that is who asks.

    Raises :class:`Refusal` for any other code.
    """
    person = await act.session.get(Person, opened.person_id) if opened.person_id else None
    if opened.kind is not PassKind.DEVICE or person is None or person.erased_at is not None:
        raise Refusal("passes.unknown")
    return person, await act.session.get(Unit, person.unit_id) if person.unit_id else None


async def check_link(act: Act, opened: Opened) -> None:
    """Refuse a link that opens the account of somebody who holds a role: a link can be sent to anyone, typing cannot.

    Raises :class:`Refusal`.
    """
    if opened.person_id is not None and await reach_of(act.session, opened.person_id):
        raise Refusal("passes.role_by_hand")


async def join(act: Act, privacy: Sequence[Privacy], account_id: int, opened: Opened) -> Person:
    """A guest shows a device code: the account on which they do becomes one more of the person who got the code.

    Nothing else that the guest was stays: other accounts of theirs end, and so does every other browser that is signed in
    to this one. Whoever the person is on their other accounts is told. Gives the person. Raises :class:`Refusal` for any
    other code, :class:`Forbidden` for who is no guest.
    """
    if opened.kind is not PassKind.DEVICE or opened.person_id is None:
        raise Refusal("passes.unknown")
    account = await act.session.get(Account, account_id)
    guest = await act.session.get(Person, act.actor_id) if act.actor_id else None
    person = await act.session.get(Person, opened.person_id)
    if account is None or guest is None or person is None or guest is person:
        raise Forbidden
    if guest.registered_at is not None or person.registered_at is None:
        raise Forbidden
    await passes.may_open(act, opened)
    await passes.use(act, opened)
    await conversations.drop_begun(act.session, guest.id)
    await _leave_others(act, guest.id, account.id)
    await messages.hand_over_guest(act.session, guest.id, person.id)
    await kept.hand_over_guest(act.session, guest, person)
    await stored.identity_changed(act.session, [account.id])
    account.by_code_of = _helper(opened)
    # Notices may have waited until the person could be reached.
    await wake(act, privacy, person.id)
    await act.session.refresh(account)
    mine = Act(act.session, act.now, person.id, account.by_code_of)
    mine.record("joined_account", person_id=person.id, channel=account.channel)
    await tell_the_others(mine, account, by=opened.created_by)
    await act.session.flush()
    return person


async def is_guests(act: Act, opened: Opened) -> bool:
    """Whether a device code is of somebody who has not registered: begun at a shared phone, to be gone on with."""
    person = await act.session.get(Person, opened.person_id) if opened.person_id else None
    return person is not None and person.registered_at is None and person.erased_at is None


async def go_on(act: Act, account_id: int, opened: Opened) -> Person:
    """A guest shows the code of what a guest began elsewhere: it goes on here, and is over there.

    Only what was answered comes along. The place where it was begun, whoever uses it now, has nothing to do with this one
    any more. Gives the actor. Raises :class:`Refusal`, :class:`Forbidden`.
    """
    guest = await act.session.get(Person, act.actor_id) if act.actor_id else None
    begun = await act.session.get(Person, opened.person_id) if opened.person_id else None
    if guest is None or begun is None or guest is begun:
        raise Forbidden
    if guest.registered_at is not None or begun.registered_at is not None:
        raise Forbidden
    await passes.use(act, opened)
    await conversations.take_over(act.session, begun.id, guest.id, account_id)
    await erasing.forget_guest(Act(act.session, act.now, begun.id))
    await act.session.flush()
    return guest


async def _leave_others(act: Act, person_id: int, account_id: int) -> None:
    """Let go of a person's accounts but one."""
    await let_go(act, [one.id for one in await stored.others(act.session, person_id, account_id)])


async def let_go(act: Act, account_ids: Sequence[int]) -> None:
    """Nobody is on these accounts any more; whoever writes from one is new here."""
    await conversations.erase_chats(act.session, account_ids)
    await messages.let_go(act.session, account_ids)
    await stored.remove(act.session, account_ids)


async def end_others(act: Act, person_id: int, account_id: int) -> None:
    """Of somebody who becomes one with another, only the account on which they said so goes along as a way in.

    Web chats stay, since they hold what was said; nobody is signed in to them any more.
    """
    others = await stored.others(act.session, person_id, account_id)
    await stored.end(act.session, [one.id for one in others])
    await let_go(act, [one.id for one in others if one.channel != _WEB])


async def tell_the_others(act: Act, account: Account, by: int | None = None) -> None:
    """Tell the actor, on each of their other accounts, that they are on one more; ``by``: who made the code for it."""
    person_id = act.actor_id or 0
    helper = await act.session.get(Person, by) if by is not None and by != person_id else None
    others = await stored.others(act.session, person_id, account.id)
    await outbox.put(
        act.session,
        [
            telling.row(
                act,
                f"joined:{account.id}:{int(act.now.timestamp())}:account:{other.id}",
                JOINED,
                person_id=person_id,
                details={
                    "account": other.id,
                    "channel": account.channel,
                    "joined": account.id,
                    "by": helper.name if helper is not None else "",
                },
            )
            for other in others
        ],
    )


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
    helper = _helper(opened)
    if helper is None:
        account = await act.session.get_one(Account, await web_account_of(act, opened.person_id))
    else:
        account = await _new_on_web(act, opened.person_id, helper)
    mine = Act(act.session, act.now, opened.person_id, helper)
    mine.record("signed_in", person_id=opened.person_id, channel=_WEB)
    await tell_the_others(mine, account, by=opened.created_by)
    return account.id


def _helper(opened: Opened) -> int | None:
    """Who made a code for somebody else."""
    return opened.created_by if opened.created_by != opened.person_id else None


async def web_account_of(act: Act, person_id: int) -> int:
    """A person's account on the web chat, made when they have none yet."""
    known = await stored.on_channel(act.session, person_id, _WEB)
    if known is not None:
        return known
    return (await _new_on_web(act, person_id, None)).id


async def _new_on_web(act: Act, person_id: int, by_code_of: int | None) -> Account:
    name = random_code(20)
    account = Account(
        channel=_WEB,
        external_id=name,
        person_id=person_id,
        chat_id=name,
        last_seen_at=act.now,
        by_code_of=by_code_of,
    )
    act.session.add(account)
    await act.session.flush()
    return account


async def lost(act: Act, channel: str, chat: str) -> None:
    """Nothing can be sent to a chat any more: they blocked the bot, or took it out of a group."""
    await conversations_kept.unreachable(act.session, channel, chat, act.now)
