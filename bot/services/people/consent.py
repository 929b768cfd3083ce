"""Consent, given or withdrawn, with the evidence for it."""

from dataclasses import dataclass
from datetime import datetime

from bot.services.act import Act
from bot.services.refusal import Forbidden
from storage.people.tables import Consent, ConsentSubject


@dataclass(frozen=True, slots=True)
class ConsentEvidence:
    """What was shown, where, and in which message it was answered."""

    words: str
    language: str
    channel: str
    update_key: str
    #: When it was answered; now, when empty.
    at: datetime | None = None


def consent(
    act: Act, evidence: ConsentEvidence, *, given: bool, subject: ConsentSubject = ConsentSubject.DATA
) -> None:
    """Keep the evidence of a consent given or withdrawn. Source: Law 91/2025/QH15. Raises :class:`Forbidden`."""
    if act.actor_id is None:
        raise Forbidden
    act.session.add(
        Consent(
            person_id=act.actor_id,
            subject=subject,
            given=given,
            at=evidence.at or act.now,
            channel=evidence.channel,
            update_key=evidence.update_key,
            language=evidence.language,
            words=evidence.words,
        )
    )
