"""The places on which somebody is signed in, as they see them, and ending those that they do not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.services.act import Act
from bot.services.people import accounts
from bot.services.people.helped import check_ones_own
from bot.services.refusal import Forbidden
from storage.engine import Session
from storage.people import accounts as stored
from storage.people import devices
from storage.people.tables import Account, Device

_WEB = "web"
#: What browsers call themselves, the telling names first: most of them also say that they are the others.
_BROWSERS = (
    ("Zalo", "Zalo"), ("FBAN", "Facebook"), ("Edg", "Edge"), ("SamsungBrowser", "Samsung"), ("coc_coc", "CocCoc"),
    ("Firefox", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A messenger, or a browser of the web chat."""

    account_id: int
    #: Of a browser.
    device_id: int | None
    channel: str
    #: What a browser is, such as "Chrome · Android"; empty for a messenger and for one that does not say.
    label: str
    #: When a browser was signed in; None for a messenger.
    since: datetime | None
    last_seen_at: datetime
    #: Whether it is the place from which this is asked.
    is_here: bool


def named(label: str) -> str:
    """A browser and its system in the words that people know, out of what it calls itself."""
    found = (next((word for sign, word in names if sign in label), "") for names in (_BROWSERS, _SYSTEMS))
    return " · ".join(word for word in found if word)


async def mine(act: Act, account_id: int, device_id: int) -> Sequence[OwnPlace]:
    """Where the actor is, the place used last first; asked from an account and, on the web, from a browser there."""
    found = []
    for account in await stored.others(act.session, act.actor_id or 0, but=0):
        if account.channel == _WEB:
            browsers = await devices.of_account(act.session, account)
            found += [_browser(account, one, is_here=one.id == device_id) for one in browsers]
        else:
            is_here = account.id == account_id
            found.append(OwnPlace(account.id, None, account.channel, "", None, account.last_seen_at, is_here))
    return sorted(found, key=lambda one: one.last_seen_at, reverse=True)


def _browser(account: Account, device: Device, *, is_here: bool) -> OwnPlace:
    label, since = named(device.label), device.created_at
    return OwnPlace(account.id, device.id, account.channel, label, since, device.last_seen_at, is_here)


async def end_device(act: Act, device_id: int) -> None:
    """Sign out a browser of the actor's. Raises :class:`Forbidden` for another's; one that is gone is fine."""
    check_ones_own(act)
    owner = await devices.owner(act.session, device_id)
    if owner is None:
        return
    if owner != act.actor_id:
        raise Forbidden
    await devices.end(act.session, [device_id])
    act.record("device_ended", person_id=owner)
    await act.session.flush()


async def end_account(act: Act, account_id: int, here: int) -> None:
    """End what the actor is on an account: its browsers are signed out, a messenger knows them no more.

    Not on the account ``here``, from which it is asked. Raises :class:`Forbidden` for another's; one that is gone is fine.
    """
    check_ones_own(act)
    account = await act.session.get(Account, account_id)
    if account is None:
        return
    if account.person_id != act.actor_id or account.id == here:
        raise Forbidden
    await _end(act, [account])


async def end_others(act: Act, here: int, device_id: int) -> int:
    """End all places of the actor's but the one from which it is asked; gives how many."""
    check_ones_own(act)
    others = [one for one in await mine(act, here, device_id) if not one.is_here]
    browsers = [one.device_id for one in others if one.device_id is not None]
    await devices.end(act.session, browsers)
    messengers = {one.account_id for one in others if one.device_id is None}
    found = await stored.others(act.session, act.actor_id or 0, but=here)
    await _end(act, [one for one in found if one.id in messengers])
    act.record("others_ended", person_id=act.actor_id, number=len(others))
    await act.session.flush()
    return len(others)


async def _end(act: Act, found: Sequence[Account]) -> None:
    await stored.end(act.session, [one.id for one in found])
    for account in found:
        act.record("account_ended", person_id=account.person_id, channel=account.channel)
        if account.channel != _WEB:
            await accounts.let_go(act, [account.id])
    await act.session.flush()


async def newest(session: Session, account_id: int) -> str | None:
    """What came in last on an account: a browser in words, empty for a messenger; None when nothing is there any more."""
    account = await session.get(Account, account_id)
    if account is None:
        return None
    if account.channel != _WEB:
        return ""
    # Its cookie may not have been renewed yet.
    label = await devices.newest_label(session, account_id)
    return None if label is None else named(label)
