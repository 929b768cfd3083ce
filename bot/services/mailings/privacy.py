"""What mailings keep of people, and what becomes of it when they turn out to be another, or want a copy."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.services.act import Act
from bot.services.people.privacy import Held, Privacy
from storage.mailings import ledger
from storage.mailings import privacy as stored
from storage.people.tables import Person


async def _wake(act: Act, person_id: int) -> None:
    await ledger.wake(act.session, [person_id], act.now)


async def _merge(act: Act, old: Person, person: Person) -> Mapping[str, Any]:
    await stored.hand_over(act.session, old.id, person.id, act.now)
    return {}


async def _copy(act: Act, person_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    return await stored.copy(act.session, person_id)


PRIVACY = Privacy(
    held={
        "delivery.person_id": Held(is_apart=True, is_copied=True),
        "mailing.agreed_by": Held(),
        "mailing.created_by": Held(),
        "reminded.person_id": Held(is_apart=True),
    },
    wake=_wake,
    merge=_merge,
    copy=_copy,
)
