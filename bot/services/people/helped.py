"""Where somebody came in by a code that the support team made for them.

Whoever made the code may have used it. So the person hears of it on all their places, when it is made and when it is
used; what was said before is not there; nothing that is the person's can be erased, taken back or taken along from
there; and all that is done there is recorded with the maker's name. It ends when the person says, at a place of their
own, that it is they.
"""

from collections.abc import Mapping, Sequence

from bot.services import telling
from bot.services.act import Act
from bot.services.people import claims
from bot.services.people.claims import ClaimKind
from bot.services.people.privacy import Privacy
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from bot.services.telling import NoticeKind
from storage.delivery import outbox
from storage.people import accounts as stored
from storage.people.claim_tables import PersonClaim
from storage.people.tables import Account, Person

#: To somebody, on all their places: a code that opens theirs was made by another.
CODE_MADE = NoticeKind("code_made")


def check_ones_own(act: Act) -> None:
    """Refuse what only the person themselves may do. Raises :class:`Refusal` where they came in by another's code."""
    if act.by_code_of is not None:
        raise Refusal("passes.by_anothers_code")


async def tell_of_code(act: Act, person_id: int) -> None:
    """Tell somebody, on each place of theirs, that the actor made a code that opens it."""
    maker = await act.session.get_one(Person, act.actor_id)
    rows = [
        telling.row(
            act,
            f"code_made:{person_id}:{int(act.now.timestamp())}:account:{account.id}",
            CODE_MADE,
            person_id=person_id,
            details={"account": account.id, "by": maker.name},
        )
        for account in await stored.others(act.session, person_id, but=0)
    ]
    await outbox.put(act.session, rows)


async def confirm(act: Act, account_id: int) -> None:
    """It was the actor who came in on that account: it is theirs like any other. Gone already is fine.

    Raises :class:`Refusal` for who came in by another's code themselves, :class:`Forbidden` for another's account.
    """
    check_ones_own(act)
    account = await act.session.get(Account, account_id)
    if account is None:
        return
    if account.person_id != act.actor_id:
        raise Forbidden
    if account.by_code_of is not None:
        act.record(
            "account_confirmed", person_id=act.actor_id, channel=account.channel, helped_by=account.by_code_of
        )
        account.by_code_of = None
    await act.session.flush()


# ---------------------------------------------------------------- when no other place is left


async def ask_officer(act: Act, account_id: int) -> bool:
    """Ask an officer to confirm that the actor came in here themselves; False when they were asked already.

    For who has lost all other places. Whoever made the code does not answer. Raises :class:`Forbidden`.
    """
    account = await act.session.get(Account, account_id)
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if account is None or person is None or account.person_id != person.id or person.unit_id is None:
        raise Forbidden
    made = await claims.make(act, OWN, person.unit_id, account.id, not_by=account.by_code_of)
    return made is not None


async def _grant(act: Act, _privacy: Sequence[Privacy], claim: PersonClaim) -> None:
    account = await act.session.get(Account, claim.subject)
    if account is None or account.person_id != claim.person_id:
        raise Refusal("claim.moved_on")
    account.by_code_of = None


async def _about(act: Act, claim: PersonClaim) -> Mapping[str, str]:
    maker = await act.session.get(Person, int(claim.details.get("not_by") or 0))
    return {"by": maker.name if maker is not None else ""}


#: Somebody who came in by the support team's code says that it was they.
OWN = ClaimKind("own", _grant, None, _about, power=Power.APPOINT)
