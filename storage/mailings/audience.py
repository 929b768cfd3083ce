"""Whom a mailing is for: people of a subtree, by what they are and by what they have done, as one query."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from storage.conversation.tables import Conversation, Draft
from storage.delivery.reach import Closed, best_first, can_be_written_to, moments
from storage.dialect import among
from storage.engine import Session
from storage.initiatives.tables import Author, Initiative, InitiativeState
from storage.people.tables import Account, Person, Role, RoleGrant
from storage.units.tables import Unit
from storage.units.tree import below

#: Forms that hold an initiative on its way.
OWN_FORMS = ("submit", "mend")
#: How the names of their drafts begin; one entered for somebody else is not one's own.
_OWN_DRAFTS = or_(Draft.form_name == "submit", Draft.form_name.startswith("mend:", autoescape=True))


@dataclass(frozen=True, slots=True)
class Audience:
    """People of a unit and all below it. An empty condition excludes nobody."""

    unit_id: int
    #: "all", "workers" (who steer and check nothing), "support" or "officers".
    who: str = "all"
    #: The phase that ``submitted`` looks at.
    phase_id: int | None = None
    #: Whether they are an author of an initiative of the phase.
    submitted: bool | None = None
    #: Whether an initiative waits for them: begun and not sent, or returned to be mended.
    unfinished: bool | None = None
    #: Authors of initiatives in one of these fields of application.
    fields: tuple[str, ...] = ()
    #: Those whom one of these channels reaches, and only over it.
    channels: tuple[str, ...] = ()
    #: Leaves out people who want no reminders.
    reminders: bool = False

    def to_json(self) -> dict[str, Any]:
        """As stored, without the empty conditions."""
        body: dict[str, Any] = {}
        for name, value in asdict(self).items():
            if value is None or value == () or (name == "reminders" and not value):
                continue
            body[name] = list(value) if isinstance(value, tuple) else value
        return body

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Back from :meth:`to_json`."""
        values = dict(body)
        for name in ("fields", "channels"):
            values[name] = tuple(body.get(name, ()))
        return cls(**values)


def _holds(path: str, *roles: Role) -> ColumnElement[bool]:
    """Whether a person holds one of these roles in the subtree."""
    unit = Unit.__table__.alias("role_unit")
    return exists(
        select(RoleGrant.id)
        .join(unit, unit.c.id == RoleGrant.unit_id)
        .where(
            RoleGrant.person_id == Person.id,
            RoleGrant.role.in_(list(roles)),
            RoleGrant.revoked_at.is_(None),
            below(path, unit.c.path),
        )
    )


def _who(audience: Audience, path: str) -> ColumnElement[bool]:
    of_subtree = exists(select(Unit.id).where(Unit.id == Person.unit_id, below(path)))
    if audience.who == "support":
        # Officers get the officers' message instead.
        return and_(_holds(path, Role.SUPPORT), ~_holds(path, Role.OFFICER))
    if audience.who == "officers":
        return _holds(path, Role.OFFICER)
    if audience.who == "workers":
        return and_(of_subtree, ~_holds(path, Role.SUPPORT, Role.OFFICER))
    return of_subtree


def _authored(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(Author.id)
        .join(Initiative, Initiative.id == Author.initiative_id)
        .where(Author.person_id == Person.id, Initiative.state != InitiativeState.WITHDRAWN, *conditions)
    )


def _unfinished() -> ColumnElement[bool]:
    return or_(
        exists(select(Draft.person_id).where(Draft.person_id == Person.id, _OWN_DRAFTS)),
        exists(
            select(Conversation.person_id).where(
                Conversation.person_id == Person.id,
                Conversation.form["form"].as_string().in_(OWN_FORMS),
            )
        ),
        exists(
            select(Initiative.id).where(
                Initiative.entered_by == Person.id, Initiative.state == InitiativeState.RETURNED
            )
        ),
    )


def _conditions(audience: Audience, path: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        Person.registered_at.is_not(None), Person.erased_at.is_(None), Person.restricted_since.is_(None),
        _who(audience, path),
    ]  # fmt: skip
    if audience.submitted is not None:
        done = _authored(*([Initiative.phase_id == audience.phase_id] if audience.phase_id else []))
        found.append(done if audience.submitted else ~done)
    if audience.unfinished is not None:
        found.append(_unfinished() if audience.unfinished else ~_unfinished())
    if audience.fields:
        found.append(_authored(Initiative.field.in_(audience.fields)))
    if audience.reminders:
        found.append(Person.reminders_off_at.is_(None))
    reached = select(Account.id).where(Account.person_id == Person.id, Account.unreachable_since.is_(None))
    if audience.channels:
        reached = reached.where(Account.channel.in_(audience.channels))
    found.append(exists(reached))
    return found


def may_be_meant(audience: Audience, path: str) -> ColumnElement[bool]:
    """A cheap condition that everybody in the audience fulfils: the others are asked about the people it leaves only."""
    return _who(audience, path)


def people(audience: Audience, path: str) -> Select[int]:
    """The ids of those a mailing is for. ``path`` is that of the audience's unit."""
    return select(Person.id).where(*_conditions(audience, path))


@lru_cache(maxsize=256)
def _still(audience: Audience, path: str) -> Select[int]:
    """The statement is kept: it is asked for every few people of a mailing, and making it costs more than asking it."""
    return people(audience, path).where(among(Person.id, "people"))


async def still(session: Session, audience: Audience, path: str, ids: Sequence[int]) -> set[int]:
    """Those of these people whom it is still for."""
    if not ids:
        return set()
    return set(await session.scalars(_still(audience, path), {"people": ids}))


@dataclass(frozen=True, slots=True)
class Reached:
    """How many people a mailing is for."""

    #: By the channel on which each would get it.
    by_channel: Mapping[str, int]
    #: Those who can be written to nowhere before they write themselves, by the channel where they do.
    waiting: Mapping[str, int]

    @property
    def now(self) -> int:
        """Those whom it reaches as soon as it is sent."""
        return sum(self.by_channel.values())

    @property
    def total(self) -> int:
        """All of them."""
        return self.now + sum(self.waiting.values())


async def count(
    session: Session,
    audience: Audience,
    path: str,
    closed: Closed,
    channels: Collection[str] | None = None,
) -> Reached:
    """How many people it is for, and on which of these channels (all, for None) each would get it."""
    wanted = people(audience, path).subquery()
    names = tuple(sorted(closed))
    best = (
        select(
            Account.channel,
            can_be_written_to(names).label("is_open"),
            func.row_number().over(partition_by=Account.person_id, order_by=best_first(names)).label("place"),
        )
        .join(wanted, wanted.c.id == Account.person_id)
        .join(Person, Person.id == Account.person_id)
        .where(
            Account.unreachable_since.is_(None),
            *([Account.channel.in_(audience.channels)] if audience.channels else []),
            *([] if channels is None else [Account.channel.in_(list(channels))]),
        )
        .subquery()
    )
    rows = await session.execute(
        select(best.c.channel, best.c.is_open, func.count())
        .where(best.c.place == 1)
        .group_by(best.c.channel, best.c.is_open),
        moments(closed),
    )
    found: dict[bool, dict[str, int]] = {True: {}, False: {}}
    for channel, is_open, number in rows:
        found[bool(is_open)][channel] = number
    return Reached(found[True], found[False])
