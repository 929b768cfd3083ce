"""What the bot says by itself, put into words when it is sent, in the reader's language and as things stand then."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from markupsafe import Markup

from bot.conversation.vocabulary import Row, Screen
from bot.services.shared import Services
from bot.services.telling import NoticeKind
from bot.texts import Say
from storage.engine import Session


@dataclass(frozen=True, slots=True)
class Telling:
    """One notice on its way to one reader."""

    session: Session
    services: Services
    say: Say
    #: What the service that told it wrote down.
    details: Mapping[str, Any]
    #: Empty in a group chat.
    reader_id: int | None
    now: datetime
    #: Whether it is told again, since it may not have arrived.
    is_again: bool = False


#: The screen of a notice; None when there is nothing left to say.
Words = Callable[[Telling], Awaitable[Screen | None]]


@dataclass(frozen=True, slots=True)
class Notice:
    """A kind of notice, its words, and whether it is told once more when it may not have arrived."""

    kind: NoticeKind
    words: Words
    told_again: bool = False
    #: Later news of this kind, about the same thing, takes its place: it is then not told again.
    unless: NoticeKind | None = None


@dataclass(frozen=True, slots=True)
class NoticeRows:
    """Rows that a domain puts above the choices of another domain's notice."""

    kind: NoticeKind
    rows: Callable[[Telling], Awaitable[Sequence[Row]]]


def preceded(screen: Screen, words: Markup) -> Screen:
    """A screen with a sentence before it."""
    return replace(screen, text=words + Markup("\n\n") + screen.text)


class Teller:
    """Puts notices into words, each kind by its domain's own."""

    def __init__(
        self, services: Services, notices: Mapping[str, Notice], more: Sequence[NoticeRows] = ()
    ) -> None:
        """``notices`` by kind; ``more``: what other domains add to them."""
        self._services = services
        self._notices = notices
        self._more = more

    async def __call__(
        self,
        session: Session,
        kind: str,
        details: Mapping[str, Any],
        language: str,
        reader_id: int | None,
        now: datetime,
    ) -> Screen | None:
        """The screen of a notice; None when there is nothing left to say (the card was decided meanwhile).

        One that is told again, since it may not have arrived, says so. Raises KeyError for a kind without words.
        """
        say = self._services.texts.say(language)
        is_again = bool(details.get("again"))
        telling = Telling(session, self._services, say, details, reader_id, now, is_again=is_again)
        screen = await self._notices[kind].words(telling)
        if screen is None:
            return None
        for more in self._more:
            if more.kind == kind:
                screen = replace(screen, rows=(*await more.rows(telling), *screen.rows))
        return preceded(screen, say("notice.maybe_repeated")) if is_again else screen
