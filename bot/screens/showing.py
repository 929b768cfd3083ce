"""What every screen is made from: a transaction to read in, what the bot shares, a language and a moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.services.shared import Services
from bot.texts import Say
from storage.engine import Session


class Showing(Protocol):
    """Somebody is being shown something. A turn is one, and so is a notice on its way."""

    @property
    def session(self) -> Session:
        """The transaction."""

    @property
    def services(self) -> Services:
        """Settings, sentences, programmes."""

    @property
    def say(self) -> Say:
        """The reader's language."""

    @property
    def now(self) -> datetime:
        """The moment."""


@dataclass(frozen=True, slots=True)
class PlainShowing:
    """One that is neither a turn nor a notice."""

    session: Session
    services: Services
    say: Say
    now: datetime
