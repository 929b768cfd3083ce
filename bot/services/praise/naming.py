"""Being named when people are thanked: everybody says for themselves whether they agree."""

from bot.services.act import Act
from bot.services.people.consent import ConsentEvidence, consent
from bot.services.refusal import Forbidden
from storage.people.tables import ConsentSubject, Person


async def agree(act: Act, evidence: ConsentEvidence, *, agreed: bool) -> None:
    """Whether the actor may be named when people are thanked; nobody else can say so for them.

    The evidence of what they were asked, and of their answer, is kept. Source: Law 91/2025/QH15.
    """
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or person.registered_at is None:
        raise Forbidden
    person.named_since = (person.named_since or act.now) if agreed else None
    consent(act, evidence, given=agreed, subject=ConsentSubject.NAMED)
    act.record("named", person_id=person.id, agreed=agreed)
    await act.session.flush()
