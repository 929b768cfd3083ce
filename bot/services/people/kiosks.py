"""Kiosks: who may set one up, who may end it, and how long a session at one lasts.

A kiosk is a phone or tablet that a workshop shares. Each person at it has a session of their own, which ends when they
say so, when the next one begins, or by silence; then nothing in the browser opens what was theirs.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.services.act import Act
from bot.services.people import accounts, erasing, passes
from bot.services.people.rights import reach_of, require, unit_path
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from storage.engine import Session
from storage.people import kiosks as stored
from storage.people.tables import Account, Device, Kiosk, PassKind
from storage.units.tables import Unit

#: Long enough to walk over to the device with the code.
PASS_LIFE = timedelta(hours=1)
#: The browser ends a session when nobody has touched the screen for this long.
SILENCE = timedelta(minutes=2)
#: The server hears of touches a little late, so it waits this much longer.
GRACE = timedelta(seconds=30)
#: For this long after somebody left, the server still accepts what they wrote while there was no network.
LONGEST_WAIT = timedelta(minutes=10)


async def make_pass(act: Act, unit_id: int) -> tuple[str, datetime]:
    """Make a code that turns the browser in which it is opened into a kiosk of the unit; gives it, and when it expires.

    For the unit's officers and support team, as posters and invites of plain members are.
    """
    await require(act, unit_id, Power.LOOK_AFTER)
    code, until = await passes.issue(act, PassKind.KIOSK, PASS_LIFE, unit_id=unit_id)
    act.record("kiosk_pass", unit_id=unit_id)
    return code, until


async def make(act: Act, code: str, label: str) -> str:
    """Use a kiosk's code up; gives the token that the browser keeps. This signs nobody in.

    A code opens nothing once its maker no longer holds a role there. Raises :class:`Refusal`.
    """
    opened = await passes.look(act, code, PassKind.KIOSK)
    if opened is None or opened.unit is None:
        raise Refusal("passes.unknown")
    if opened.created_by is not None:
        maker = await reach_of(act.session, opened.created_by)
        if not maker.may(Power.LOOK_AFTER, opened.unit.path):
            raise Refusal("passes.unknown")
    await passes.use(act, opened)
    token = secrets.token_urlsafe(32)
    act.session.add(
        Kiosk(
            digest=passes.digest(token),
            unit_id=opened.unit.id,
            label=label[:80],
            made_by=opened.created_by,
            made_at=act.now,
        )
    )
    act.record("kiosk_made", unit_id=opened.unit.id, person_id=opened.created_by)
    await act.session.flush()
    return token


async def listed(act: Act, unit_id: int, *, offset: int, limit: int) -> Sequence[tuple[Kiosk, str, str]]:
    """The kiosks of a unit and all below it, each with its unit's name and its maker's; for those who may set one up."""
    await require(act, unit_id, Power.LOOK_AFTER)
    path = await unit_path(act.session, unit_id)
    return await stored.in_subtree(act.session, path, offset=offset, limit=limit)


async def one(act: Act, kiosk_id: int) -> tuple[Kiosk, str]:
    """A kiosk and its unit's name, for those who may end it."""
    kiosk = await act.session.get(Kiosk, kiosk_id)
    if kiosk is None:
        raise Forbidden
    await require(act, kiosk.unit_id, Power.LOOK_AFTER)
    return kiosk, (await act.session.get_one(Unit, kiosk.unit_id)).name


async def revoke(act: Act, kiosk_id: int) -> Kiosk:
    """End a kiosk, and sign out whoever is signed in there. Raises :class:`Refusal`, :class:`Forbidden`."""
    kiosk, _ = await one(act, kiosk_id)
    if kiosk.revoked_at is not None:
        raise Refusal("kiosk.gone_already")
    kiosk.revoked_at, kiosk.revoked_by = act.now, act.actor_id
    await end_sessions(act, kiosk.id)
    act.record("kiosk_revoked", unit_id=kiosk.unit_id)
    await act.session.flush()
    return kiosk


async def replaced(act: Act, kiosk_id: int) -> list[int]:
    """End a kiosk whose browser has become another one; gives the accounts that were signed in at it."""
    kiosk = await act.session.get_one(Kiosk, kiosk_id)
    kiosk.revoked_at = act.now
    act.record("kiosk_replaced", unit_id=kiosk.unit_id)
    return await end_sessions(act, kiosk_id)


async def sign_in(act: Act, code: str) -> int:
    """Sign somebody in at a kiosk by a device code; gives their account on the web chat.

    Nobody who holds a role: with the screen left alone for a minute, whoever stands there next could appoint
    themselves. Their code is not used up.
    """
    opened = await passes.look(act, code, PassKind.DEVICE)
    if opened is None or opened.person_id is None:
        raise Refusal("kiosk.unknown_code")
    if await reach_of(act.session, opened.person_id):
        raise Refusal("kiosk.has_role")
    return await accounts.web_account(Act(act.session, act.now, opened.person_id), code)


def is_silent(device: Device, now: datetime) -> bool:
    """Whether everybody has left: the session then shows nothing, and only accepts what its browser still holds."""
    return now - device.last_seen_at > SILENCE + GRACE


async def is_over(session: Session, device: Device, account: Account, now: datetime) -> bool:
    """Whether a session at a kiosk no longer accepts anything; also when its person holds a role by now.

    A person with a role gets here by typing a code of their own into a guest's chat. Somebody who was given a role at
    the kiosk itself, and has no other account yet, may go on and take the session along.
    """
    if now - device.last_seen_at > SILENCE + GRACE + LONGEST_WAIT:
        return True
    return await stored.has_role_and_home(session, account)


async def end_sessions(act: Act, kiosk_id: int) -> list[int]:
    """End whatever session a kiosk has; gives the accounts that were signed in.

    Drafts stay with their person; notices go elsewhere, or wait until the person comes back. A guest who left nothing
    is forgotten.
    """
    return await _end(act, await stored.sessions(act.session, kiosk_id))


async def end_silent(act: Act, kiosk_id: int) -> list[int]:
    """End sessions whose browser was killed, and so can no longer hand anything over; gives their accounts."""
    return await _end(act, await stored.silent(act.session, act.now - SILENCE - GRACE, kiosk_id))


async def tidy(act: Act) -> None:
    """The chore of every minute: notify nobody in a silent session, and end those whose browser stays away."""
    gone = act.now - SILENCE - GRACE - LONGEST_WAIT
    found = await stored.silent(act.session, act.now - SILENCE - GRACE)
    await _end(act, [one for one in found if one[0].last_seen_at < gone])
    unread = [one for one in found if one[0].last_seen_at >= gone and one[1].closed_at is None]
    if unread:
        devices, accounts = [device.id for device, _ in found], [account.id for _, account in unread]
        await stored.unread(act.session, accounts, act.now, but=devices)


async def _end(act: Act, found: Sequence[tuple[Device, Account]]) -> list[int]:
    if not found:
        return []
    await stored.sign_out(act.session, [device.id for device, _ in found])
    for _, account in found:
        await _forget_if_nothing(act, account)
    await stored.unread(act.session, [account.id for _, account in found], act.now)
    return [account.id for _, account in found]


async def _forget_if_nothing(act: Act, account: Account) -> None:
    if await stored.left_nothing(act.session, account):
        await erasing.forget_guest(Act(act.session, act.now, account.person_id))
