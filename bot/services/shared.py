"""What the whole bot shares: sentences, programmes, addresses, and what each channel can bear. No person's state."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.quiet_hours import QuietHours
from bot.services.initiatives.programmes import ProgrammeBook
from bot.texts import Texts
from storage.delivery.reach import Closed


@dataclass(frozen=True, slots=True)
class WayIn:
    """A messenger that one can come in by."""

    #: The channel's name.
    channel: str
    url: str
    #: Whether the address brings the code along; where it does not, it is written there.
    carries: bool


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that people are sent to."""

    #: The web's root, such as ``https://sangkien.example.vn``; no slash at the end.
    public_url: str
    #: For each messenger, by its channel's name: the address that opens a chat with a payload, empty while unknown.
    messengers: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    #: Those of them whose address really carries it.
    carrying: frozenset[str] = frozenset()

    def invite(self, code: str) -> str:
        """The page that opens with an invite or a unit's join code."""
        return f"{self.public_url}/i/{code}"

    def elsewhere(self, payload: str) -> list[tuple[str, str]]:
        """The messengers one can come in by: the channel's name, and the address that begins there with a payload."""
        found = [(name, link(payload)) for name, link in self.messengers.items()]
        return [(name, url) for name, url in found if url]

    def ways_in(self, payload: str) -> list[WayIn]:
        """The same, with whether the payload goes along."""
        return [WayIn(name, url, name in self.carrying) for name, url in self.elsewhere(payload)]


@dataclass(frozen=True, slots=True)
class DataHolder:
    """Who holds the personal data, as consent must say."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """What an officer wants to know of a channel before something goes to many people over it."""

    #: Characters of one message; a longer text is split.
    max_text: int
    #: Messages of a mailing a second; 0 where nothing limits them.
    per_second: float
    #: Whether a support team's group chat can be bound there.
    groups: bool = False
    #: As in :class:`Capabilities`: choices of a screen that can be tapped where a tap comes back as a text.
    taps: int = 0
    #: As in :class:`Capabilities`: how long after their last message people may be written to.
    window_hours: float | None = None
    #: As in :class:`Capabilities`: beyond that they are written to against payment.
    paid_beyond: bool = False


async def _no_media(media_id: int) -> tuple[bytes, str]:
    raise KeyError(media_id)


@dataclass(slots=True)
class Services:
    """What handlers and screens work with besides the transaction."""

    texts: Texts
    programmes: ProgrammeBook
    links: Links
    holder: DataHolder
    is_demo: bool = False
    #: The channels that are switched on, by name.
    channels: Mapping[str, ChannelLimits] = field(default_factory=dict)
    quiet: QuietHours = field(default_factory=QuietHours)
    #: From so many people on, a broadcast needs a second officer's yes.
    large_from: int = 500
    #: So many one person sends for themselves in a day.
    initiatives_a_day: int = 20
    #: Reads a file of the store: its bytes, and what they are. Raises KeyError for one that is not there.
    read_media: Callable[[int], Awaitable[tuple[bytes, str]]] = _no_media

    @property
    def paid(self) -> frozenset[str]:
        """Channels over which somebody who has been silent for long is written to against payment."""
        return frozenset(name for name, limits in self.channels.items() if limits.paid_beyond)

    def closed(self, now: datetime) -> Closed:
        """By channel, the moment since which somebody must have written to be written to then."""
        return {
            name: now - timedelta(hours=limits.window_hours)
            for name, limits in self.channels.items()
            if limits.window_hours is not None
        }
