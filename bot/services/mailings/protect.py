"""The rules that hold a broadcast back from one person."""

from datetime import datetime

from bot.delivery.verdicts import Skip
from storage.mailings.recipients import Reader
from storage.mailings.tables import Mailing


def hold_broadcast_back(mailing: Mailing, reader: Reader, *, is_for_them: bool, now: datetime) -> Skip | None:
    """Why a broadcast is not for this person."""
    if not reader.is_here:
        return Skip("left")
    if not is_for_them:
        return Skip("no_longer")
    if now >= mailing.until:
        return Skip("late")
    return None
