"""What somebody says that they are, as who answers it sees it, and what they hear of it."""

from collections.abc import Mapping

from markupsafe import Markup

from bot.conversation.vocabulary import Choice, Row, Screen
from bot.screens.people.actions import (
    ComeBack,
    GrantClaim,
    RefuseClaim,
    ShowClaims,
    UndoClaim,
)
from bot.screens.rows import menu_row
from bot.screens.telling import Notice, Telling
from bot.services.act import Act
from bot.services.people import claims, helped, membership, returning, unregistered
from bot.services.people.claims import ClaimKind, ClaimView
from bot.texts import Say
from storage.people.claim_tables import ClaimState, PersonClaim
from storage.people.tables import Person
from storage.units.tables import Unit


def claim_screen(say: Say, view: ClaimView, *, in_place: bool = False) -> Screen:
    """One claim: who says what, and what can be answered."""
    claim = view.claim
    text = _asked(say, claim, view.person, view.unit, view.about)
    rows: tuple[Row, ...] = ()
    if claim.state is ClaimState.WAITING:
        rows = (_answers(say, claim.id),)
    else:
        text += Markup("\n\n") + say(f"claim.state.{claim.state.value}", by=view.by)
        if view.can_be_undone:
            rows = ((Choice.of(say("claim.undo"), UndoClaim(claim.id)),),)
    back = Choice.of(say("claim.back"), ShowClaims())
    return Screen(text, (*rows, (back, *menu_row(say))), in_place=in_place)


def _asked(say: Say, claim: PersonClaim, person: Person, unit: Unit, about: Mapping[str, str]) -> Markup:
    return say(
        f"claim.{claim.kind}.ask",
        **about,
        who=person.name or say("claim.somebody"),
        unit=unit.name,
        since=say.moment(claim.made_at),
    )


def _answers(say: Say, claim_id: int) -> Row:
    return (
        Choice.of(say("claim.yes"), GrantClaim(claim_id)),
        Choice.of(say("claim.no"), RefuseClaim(claim_id)),
    )


def asked_notice(kind: ClaimKind) -> Notice:
    """What who may answer a claim of this kind is told."""

    async def words(telling: Telling) -> Screen | None:
        claim = await telling.session.get(PersonClaim, int(telling.details["claim"]))
        if claim is None or claim.state is not ClaimState.WAITING:
            return None
        person = await telling.session.get_one(Person, claim.person_id)
        unit = await telling.session.get_one(Unit, claim.unit_id)
        about = await kind.about(Act(telling.session, telling.now, None), claim)
        say = telling.say
        return Screen(_asked(say, claim, person, unit, about), (_answers(say, claim.id), menu_row(say)))

    return Notice(kind.asked, words, told_again=True)


async def _wait(telling: Telling) -> Screen:
    unit = await telling.session.get_one(Unit, int(telling.details["unit"]))
    say = telling.say
    return Screen(
        say("claim.some_wait", unit=unit.name), ((Choice.of(say("claim.open"), ShowClaims()),), menu_row(say))
    )


async def _answered(telling: Telling) -> Screen | None:
    claim = await telling.session.get(PersonClaim, int(telling.details["claim"]))
    say, what, state = telling.say, telling.details["what"], telling.details["state"]
    if claim is None:
        return None
    rows: tuple[Row, ...] = (menu_row(say),)
    if what == returning.RETURN.name and state == ClaimState.GRANTED.value:
        rows = ((Choice.of(say("claim.come_back"), ComeBack(claim.id)),),)
    return Screen(say(f"claim.{what}.{state}"), rows)


#: The kinds of this domain.
KINDS = (unregistered.PLACE, membership.MEMBER, returning.RETURN, helped.OWN)

NOTICES = (
    *(asked_notice(kind) for kind in KINDS if kind.is_told),
    Notice(claims.CLAIMS_WAIT, _wait),
    Notice(claims.ANSWERED, _answered, told_again=True),
)
