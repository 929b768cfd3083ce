"""What somebody says that they are: the author of that name, the one on the list, a member, the one from before.

A name and a number prove nothing: whoever has read a poster or a colleague's badge knows both. So a claim opens nothing
until somebody who knows them says yes: the unit's team, or who named them. What was granted can be undone, by the same
people, and then all is as it was. Each kind is declared in its domain (:class:`ClaimKind`); a feature brings it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.services import telling
from bot.services.act import Act
from bot.services.people import teams
from bot.services.people.privacy import Privacy
from bot.services.people.rights import reach, unit_path
from bot.services.people.roles import Power, roles_with
from bot.services.refusal import Forbidden, Refusal
from bot.services.telling import NoticeKind
from storage.people import claims as stored
from storage.people import roles
from storage.people.claim_tables import ClaimState, PersonClaim
from storage.people.tables import Person
from storage.units.tables import Unit
from storage.units.tree import path_ids

#: To who may answer, at most once a day: several claims of a kind wait that are not told one by one.
CLAIMS_WAIT = NoticeKind("claims_wait")
#: To who claimed it: what became of it.
ANSWERED = NoticeKind("claim_answered")


async def _nobody_else(_act: Act, _claim: PersonClaim) -> Sequence[int]:
    return ()


@dataclass(frozen=True, slots=True)
class ClaimKind:
    """One kind of claim. ``claim.<name>.*`` are its sentences."""

    name: str
    #: Make it true. May write to the claim's details what undoing it needs. Raises :class:`Refusal` when it cannot be.
    grant: Callable[[Act, Sequence[Privacy], PersonClaim], Awaitable[None]]
    #: Make it untrue again; None for what ends by other means.
    undo: Callable[[Act, Sequence[Privacy], PersonClaim], Awaitable[None]] | None
    #: What is claimed, in the words of who answers: fills in the sentences.
    about: Callable[[Act, PersonClaim], Awaitable[Mapping[str, str]]]
    #: Which power in the unit answers it.
    power: Power = Power.LOOK_AFTER
    #: Who may answer besides.
    also: Callable[[Act, PersonClaim], Awaitable[Sequence[int]]] = _nobody_else
    #: Whether each is told by itself; many are only counted.
    is_told: bool = True

    @property
    def asked(self) -> NoticeKind:
        """To who may answer: somebody claims it."""
        return NoticeKind(f"claim_{self.name}")


Kinds = Mapping[str, ClaimKind]


async def make(
    act: Act, kind: ClaimKind, unit_id: int, subject: int, **details: object
) -> PersonClaim | None:
    """The actor claims something; who may answer is told. None where they have claimed it already, and it waits."""
    if act.actor_id is None:
        raise Forbidden
    claim = await stored.make(
        act.session,
        kind.name,
        person_id=act.actor_id,
        unit_id=unit_id,
        subject=subject,
        now=act.now,
        details=dict(details),
    )
    if claim is None:
        return None
    act.record("claim_made", unit_id=unit_id, person_id=act.actor_id, claim=claim.id, what=kind.name)
    people = [one for one in await _answering(act, kind, claim) if one != act.actor_id]
    if kind.is_told:
        await telling.tell_people(act, people, kind.asked, f"claim:{claim.id}", claim=claim.id)
    else:
        key = f"claims:{kind.name}:{unit_id}:{act.today:%Y-%m-%d}"
        await telling.tell_people(act, people, CLAIMS_WAIT, key, unit=unit_id)
    return claim


async def _answering(act: Act, kind: ClaimKind, claim: PersonClaim) -> Sequence[int]:
    """Who is asked: who named them; and the nearest holders of the power, from the unit upwards, who are not they."""
    found = set(await kind.also(act, claim))
    ids = path_ids(await unit_path(act.session, claim.unit_id))
    if kind.power is Power.LOOK_AFTER:
        _, team = await teams.team_of(act.session, await unit_path(act.session, claim.unit_id))
        near = [one for one in team if one != claim.person_id]
    else:
        near = []
    if not near:
        holders = await roles.holders(act.session, ids, roles_with(kind.power))
        near = next(
            (
                free
                for unit_id in reversed(ids)
                if (free := [one for one in holders.get(unit_id, ()) if _may(claim, one)])
            ),
            [],
        )
    return sorted((found | set(near)) - {claim.person_id})


def _may(claim: PersonClaim, person_id: int) -> bool:
    """Nobody answers their own claim, nor one on what they themselves arranged."""
    return person_id not in (claim.person_id, claim.details.get("not_by"))


async def _held(act: Act, kinds: Kinds, claim_id: int) -> tuple[PersonClaim, ClaimKind]:
    """A claim that the actor may answer. Raises :class:`Forbidden`."""
    claim = await act.session.get(PersonClaim, claim_id)
    if claim is None or act.actor_id is None or act.by_code_of is not None:
        raise Forbidden
    kind = kinds[claim.kind]
    if not _may(claim, act.actor_id):
        raise Forbidden
    held = await reach(act)
    if held.may(kind.power, await unit_path(act.session, claim.unit_id)):
        return claim, kind
    if act.actor_id in await kind.also(act, claim):
        return claim, kind
    raise Forbidden


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim as who answers it sees it."""

    claim: PersonClaim
    person: Person
    unit: Unit
    #: What fills in its sentences.
    about: Mapping[str, str]
    #: Whoever answered it; empty while it waits.
    by: str
    can_be_undone: bool


async def view(act: Act, kinds: Kinds, claim_id: int) -> ClaimView:
    """A claim, for who may answer it. Raises :class:`Forbidden`."""
    claim, kind = await _held(act, kinds, claim_id)
    person = await act.session.get_one(Person, claim.person_id)
    unit = await act.session.get_one(Unit, claim.unit_id)
    by = await act.session.get(Person, claim.decided_by) if claim.decided_by else None
    return ClaimView(
        claim,
        person,
        unit,
        await kind.about(act, claim),
        by.name if by else "",
        claim.state is ClaimState.GRANTED and kind.undo is not None,
    )


async def answer(
    act: Act, kinds: Kinds, privacy: Sequence[Privacy], claim_id: int, *, yes: bool
) -> PersonClaim:
    """Say yes or no to a claim. Raises :class:`Refusal` when somebody has already, :class:`Forbidden`."""
    claim, kind = await _held(act, kinds, claim_id)
    after = ClaimState.GRANTED if yes else ClaimState.REFUSED
    if not await stored.move_on(act.session, claim, ClaimState.WAITING, after, act.actor_id, act.now):
        raise Refusal("claim.answered_already")
    if yes:
        await kind.grant(act, privacy, claim)
    await _note(act, claim, after)
    return claim


async def undo(act: Act, kinds: Kinds, privacy: Sequence[Privacy], claim_id: int) -> PersonClaim:
    """It was not they after all: all is as it was before. Raises :class:`Refusal`, :class:`Forbidden`."""
    claim, kind = await _held(act, kinds, claim_id)
    if kind.undo is None:
        raise Refusal("claim.not_undone")
    if not await stored.move_on(
        act.session, claim, ClaimState.GRANTED, ClaimState.UNDONE, act.actor_id, act.now
    ):
        raise Refusal("claim.answered_already")
    await kind.undo(act, privacy, claim)
    await _note(act, claim, ClaimState.UNDONE)
    return claim


async def _note(act: Act, claim: PersonClaim, state: ClaimState) -> None:
    act.record(
        f"claim_{state.value}",
        unit_id=claim.unit_id,
        person_id=claim.person_id,
        claim=claim.id,
        what=claim.kind,
    )
    await act.session.flush()
    await telling.tell_people(
        act,
        [claim.person_id],
        ANSWERED,
        f"claim:{claim.id}:{state.value}",
        claim=claim.id,
        what=claim.kind,
        state=state.value,
    )


# ---------------------------------------------------------------- lists


async def _paths(act: Act) -> Sequence[str]:
    return (await reach(act)).paths(Power.LOOK_AFTER)


async def number_waiting(act: Act) -> int:
    """How many claims wait where the actor looks after people. Raises :class:`Forbidden`."""
    return await stored.count_waiting(act.session, await _paths(act), besides=act.actor_id)


async def listed(
    act: Act, *, waiting: bool, offset: int, limit: int, kind: str = "", up_to: int | None = None
) -> Sequence[tuple[PersonClaim, Person]]:
    """Claims where the actor looks after people, the newest first. Raises :class:`Forbidden`."""
    states = [ClaimState.WAITING] if waiting else [ClaimState.GRANTED]
    return await stored.listed(
        act.session,
        await _paths(act),
        states,
        besides=act.actor_id,
        offset=offset,
        limit=limit,
        kind=kind,
        up_to=up_to,
    )
