"""Codes that open something once: invites, signing in on another device, binding a group."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.text import fold
from bot.services.act import Act
from bot.services.people import helped
from bot.services.people.rights import reach_of, require
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from bot.services.units.join_codes import ALPHABET, JOIN_LENGTH, random_code
from storage.people import codes as stored
from storage.people.tables import Pass, PassKind, Person, Role
from storage.units.tables import Unit

LENGTH = 10
#: What people call it, folded.
_WORDS = frozenset({"ma", "code"})
#: A code with a space or a dash after each character, and a little more.
_LONGEST_TYPED = 30

DEVICE_LIFE = timedelta(minutes=10)
INVITE_LIFE = timedelta(days=7)


def normal(code: str) -> str:
    """A code as it was made, however it was typed: case, spaces and dashes do not matter."""
    return "".join(char for char in code.upper() if char.isalnum())


def digest(secret: str) -> bytes:
    """The digest under which a code or token is stored. They are random and long, so a plain digest is safe."""
    return hashlib.sha256(secret.encode()).digest()


def is_like(text: str) -> bool:
    """Whether a text looks like a code although nobody asked for one, however it was typed."""
    code = normal(text) if len(text) <= _LONGEST_TYPED else ""
    return (
        len(code) in (JOIN_LENGTH, LENGTH)
        and set(code) <= set(ALPHABET)
        and not code.isalpha()
        and not code.isdecimal()
    )


def in_words(text: str) -> str:
    """The code in a text that is a code, alone or after the word for one ("mã K7B..."); empty for any other text."""
    word, _, rest = text.strip().partition(" ")
    for one in (text, rest if fold(word) in _WORDS else ""):
        if is_like(one):
            return normal(one)
    return ""


async def issue(act: Act, kind: PassKind, life: timedelta, **values: object) -> tuple[str, datetime]:
    """Make a code; gives it, to be shown only now, and when it expires. The caller has checked the rights."""
    code = random_code(LENGTH)
    act.session.add(
        Pass(
            digest=digest(code),
            kind=kind,
            # A code made where somebody came in by another's code is that other's.
            created_by=act.by_code_of or act.actor_id,
            created_at=act.now,
            expires_at=act.now + life,
            **{"uses_left": 1, **values},
        )
    )
    await act.session.flush()
    return code, act.now + life


async def invite(
    act: Act, unit_id: int, role: Role | None, *, uses: int = 1, life: timedelta = INVITE_LIFE
) -> tuple[str, datetime]:
    """Make a code that makes whoever uses it a member of the unit, with a role there if one is given.

    Officers appoint within their subtree; the support team may invite plain members. Gives the code, which is
    shown this once, and when it lapses.
    """
    await require(act, unit_id, Power.APPOINT if role else Power.LOOK_AFTER)
    code, until = await issue(act, PassKind.INVITE, life, unit_id=unit_id, role=role, uses_left=uses)
    act.record("invited", unit_id=unit_id, role=role.value if role else "")
    return code, until


async def open_invites(act: Act, unit_id: int, *, offset: int, limit: int) -> Sequence[tuple[Pass, str]]:
    """The invites of a unit that can still be used, each with the name of who made it; empty for the administrator.

    For its officers and support team. Raises :class:`Forbidden`.
    """
    await require(act, unit_id, Power.LOOK_AFTER)
    return await stored.open_invites(act.session, unit_id, act.now, offset=offset, limit=limit)


async def cancel_invite(act: Act, pass_id: int) -> int:
    """Let an invite open nothing any more; gives its unit. Whoever may make such a one may cancel it.

    Raises :class:`Refusal` for one that is used up or gone, :class:`Forbidden`.
    """
    made = await act.session.get(Pass, pass_id)
    if made is None or made.kind is not PassKind.INVITE or made.unit_id is None:
        raise Refusal("passes.unknown")
    await require(act, made.unit_id, Power.APPOINT if made.role else Power.LOOK_AFTER)
    if not await stored.void(act.session, pass_id):
        raise Refusal("passes.gone_already")
    act.record("invite_cancelled", unit_id=made.unit_id, role=made.role.value if made.role else "")
    await act.session.flush()
    return made.unit_id


async def for_device(act: Act, person_id: int) -> tuple[str, datetime]:
    """Make a code that signs a person in elsewhere: for oneself, or by the support team for somebody of its unit.

    Nobody with a role gets one from somebody else: that would hand over the role.
    """
    if person_id != act.actor_id:
        person = await act.session.get(Person, person_id)
        if person is None or person.registered_at is None:
            raise Forbidden
        await require(act, person.unit_id, Power.SIGN_IN)
        if await reach_of(act.session, person_id):
            raise Refusal("passes.has_role")
        await helped.tell_of_code(act, person_id)
    await stored.void_for_devices(act.session, person_id)
    code, until = await issue(act, PassKind.DEVICE, DEVICE_LIFE, person_id=person_id)
    act.record("device_code", person_id=person_id)
    return code, until


async def for_member(act: Act, person_id: int) -> tuple[str, datetime, str]:
    """The same, for somebody of the actor's unit; gives their name as well. Raises as :func:`for_device`."""
    code, until = await for_device(act, person_id)
    return code, until, (await act.session.get_one(Person, person_id)).name


async def for_group(act: Act, unit_id: int) -> tuple[str, datetime]:
    """Make a code that binds the group chat in which it is typed to the unit's support team."""
    await require(act, unit_id, Power.LOOK_AFTER)
    return await issue(act, PassKind.GROUP, DEVICE_LIFE, unit_id=unit_id)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a code leads to."""

    kind: PassKind
    unit: Unit | None
    role: Role | None
    person_id: int | None
    pass_id: int | None
    created_by: int | None = None


async def look(act: Act, code: str, *kinds: PassKind) -> Opened | None:
    """What a code would open, without using it up; None when it is unknown, expired or used.

    A unit's join code counts as an invite that never lapses.
    """
    code = normal(code)
    if not code:
        return None
    made = await stored.of_digest(act.session, digest(code), act.now)
    if made is not None and (not kinds or made.kind in kinds):
        unit = await act.session.get(Unit, made.unit_id) if made.unit_id else None
        return Opened(made.kind, unit, made.role, made.person_id, made.id, made.created_by)
    if len(code) == JOIN_LENGTH and (not kinds or PassKind.INVITE in kinds):
        unit = await stored.unit_of_join_code(act.session, code)
        if unit is not None:
            return Opened(PassKind.INVITE, unit, None, None, None)
    return None


async def may_open(act: Act, opened: Opened) -> None:
    """Refuse a code that the support team made for a member who holds a role by now.

    Whoever made it would have the role as well. Raises :class:`Refusal`.
    """
    if opened.person_id is None or opened.created_by == opened.person_id:
        return
    if await reach_of(act.session, opened.person_id):
        raise Refusal("passes.has_role")


async def use(act: Act, opened: Opened) -> None:
    """Use a code up. Of two who do so at once, one gets :class:`Refusal`."""
    if opened.pass_id is None:
        return
    if not await stored.take_one(act.session, opened.pass_id, act.now):
        raise Refusal("passes.used")
