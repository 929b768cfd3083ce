"""The settings of how long what is personal is kept, by what it is kept for."""

from datetime import timedelta

from pydantic import Field

from bot.config.section import Section


class KeepingSettings(Section):
    """Each as short as its purpose allows; carried out every hour, and shown by ``privacy report``."""

    #: That an update came, so that one which is delivered again is not worked on twice; messengers do that for a day.
    inbox_hours: int = Field(48, ge=24, le=24 * 30)
    #: Chats on the web, for people to read again.
    transcript_days: int = Field(730, ge=30, le=3650)
    #: What was told to whom, so that nothing is told twice.
    messages_days: int = Field(730, ge=90, le=3650)
    #: Codes and staff numbers that were wrong, and from where they came, to stop who guesses.
    wrong_codes_days: int = Field(8, ge=8, le=90)
    #: Those who wrote and agreed to nothing; and those who agreed and did not come to the end of registering.
    guests_hours: int = Field(24, ge=1, le=24 * 7)
    registering_days: int = Field(7, ge=1, le=60)
    #: Copies and papers that were made for one person, to be fetched.
    handouts_hours: int = Field(72, ge=1, le=24 * 30)
    #: What somebody claimed to be, and who answered it, since it was answered.
    claims_days: int = Field(365, ge=30, le=3650)
    #: Evidence that consent was given and withdrawn, since the person was erased (limitation of claims: Law 91/2025/QH15).
    evidence_days: int = Field(1825, ge=365, le=3650)

    def periods(self, session_days: int) -> dict[str, timedelta]:
        """How long each purpose keeps; ``session_days``: how long a browser stays signed in."""
        return {
            "inbox": timedelta(hours=self.inbox_hours),
            "transcript": timedelta(days=self.transcript_days),
            "messages": timedelta(days=self.messages_days),
            "wrong_codes": timedelta(days=self.wrong_codes_days),
            "guests": timedelta(hours=self.guests_hours),
            "registering": timedelta(days=self.registering_days),
            "handouts": timedelta(hours=self.handouts_hours),
            "claims": timedelta(days=self.claims_days),
            "evidence": timedelta(days=self.evidence_days),
            "sessions": timedelta(days=session_days),
        }
