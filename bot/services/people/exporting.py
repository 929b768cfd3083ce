"""A copy of all that is kept about somebody, for them to take along."""

import json
from collections.abc import Sequence

from bot.services.act import Act
from bot.services.people.privacy import Privacy
from bot.services.refusal import Forbidden
from storage.base import values_of
from storage.conversation import privacy as conversations
from storage.delivery import privacy as messages
from storage.people import privacy as stored
from storage.people.tables import Person
from storage.units.tables import Unit


async def export(act: Act, privacy: Sequence[Privacy]) -> bytes:
    """All that is kept about the actor, as JSON that other programs can read. Raises :class:`Forbidden`."""
    session = act.session
    person = await session.get(Person, act.actor_id) if act.actor_id else None
    if person is None:
        raise Forbidden
    unit = await session.get(Unit, person.unit_id) if person.unit_id else None
    accounts = await stored.accounts(session, person.id)
    body: dict[str, object] = {
        "person": values_of(person, ("name_folded",)),
        "unit": unit.name if unit else None,
        **await stored.copy(session, person.id, accounts),
        **await conversations.copy(session, person.id, accounts),
        **await messages.copy(session, person.id),
    }
    for domain in privacy:
        if domain.copy is not None:
            body.update(await domain.copy(act, person.id))
    return json.dumps(body, ensure_ascii=False, indent=1, default=str).encode()
