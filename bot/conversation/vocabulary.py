"""What comes in and what is shown, in words that no messenger owns."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, Self

from markupsafe import Markup

from bot.conversation.actions import Action


class Sayer(Protocol):
    """The sentences in one person's language. See ``bot.texts.Say``."""

    language: str

    def __call__(self, key: str, /, **args: object) -> Markup:
        """The sentence of a key, filled in."""

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""


class IncomingKind(enum.StrEnum):
    """What somebody did."""

    TEXT = "text"
    #: Pressed a button (or chose its number).
    ACTION = "action"
    FILE = "file"
    #: Came in by a link or a poster, or pressed a messenger's own start button; ``payload`` may say where from.
    START = "start"
    #: Sent what the bot cannot take: ``text`` names it ("sticker", "voice", "location", "edited", ...).
    UNSUPPORTED = "unsupported"
    #: Blocked the bot, or removed it from a group.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A picture or document that somebody sent.

    ``source`` is the messenger's own handle until the bytes are in our store; then ``media_id`` is set. When they
    could not be taken, ``problem`` is a locale key of ``files.*`` that says why.
    """

    source: str
    name: str
    is_picture: bool
    size: int | None = None
    mime: str | None = None
    media_id: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One update from a channel, parsed.

    ``key`` identifies it within its channel for as long as the channel may deliver it again. ``order`` sorts the
    updates of one chat. ``account`` is who did it, ``chat`` where (they differ in a group).
    """

    channel: str
    key: str
    order: int
    kind: IncomingKind
    account: str
    chat: str
    is_group: bool = False
    text: str = ""
    action: str = ""
    payload: str = ""
    files: tuple[IncomingFile, ...] = ()
    #: Pictures sent as one album share this.
    album: str = ""
    #: The sender says that others of the album come after this one, which is not to be answered by itself.
    album_goes_on: bool = False
    #: The message whose button was pressed, in the messenger's words.
    message_ref: str = ""
    #: What the messenger wants back for a press (Telegram's callback query id).
    press_ref: str = ""
    display_name: str = ""
    language: str = ""
    #: When it was written, by the messenger's clock, in milliseconds of the epoch; 0 when the messenger does not say.
    written_ms: int = 0
    #: On the web: which browser it came from, of those that are signed in to the account.
    device: int = 0
    #: There too: the address that it came from, to count wrong guesses by.
    address: str = ""

    @property
    def origin(self) -> str:
        """Where it came from, as far as is known: an address, else the account."""
        return self.address or f"{self.channel}:{self.account}"

    def to_json(self) -> dict[str, Any]:
        """As stored while its files are being fetched."""
        body: dict[str, Any] = {
            name: getattr(self, name)
            for name in self.__slots__
            if name != "files" and getattr(self, name) not in ("", ())
        }
        body["files"] = [
            {name: getattr(one, name) for name in one.__slots__ if getattr(one, name) is not None}
            for one in self.files
        ]
        return body

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Back from :meth:`to_json`."""
        rest = {**body, "kind": IncomingKind(body["kind"])}
        rest["files"] = tuple(IncomingFile(**one) for one in body.get("files", ()))
        return cls(**rest)

    def with_files(self, files: Sequence[IncomingFile]) -> Self:
        """The same update with its files fetched."""
        return replace(self, files=tuple(files))


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to press (or to choose by number).

    ``action`` comes back as :attr:`Incoming.action`; at most 64 bytes. A choice with a ``url`` opens it instead.
    ``for_fixed_ground``: it shows a picture on the other ground, so a channel whose pictures follow the phone's own
    light or dark leaves it out.
    ``word`` is what is typed for it where there are no buttons, when that is the same on every screen ("0" goes
    back); all others get a number there.
    """

    label: str
    action: str = ""
    url: str = ""
    for_fixed_ground: bool = False
    word: str = ""
    #: What a tap says, where a tap comes back as something said; filled in when the screen is laid out.
    says: str = ""

    def __post_init__(self) -> None:
        """Refuse early what a messenger would refuse late."""
        if bool(self.action) == bool(self.url):
            raise ValueError(f"a choice has either an action or a url: {self.label!r}")
        if len(self.action.encode()) > 64:
            raise ValueError(f"an action has at most 64 bytes: {self.action!r}")

    @classmethod
    def of(cls, label: str, action: Action, *, word: str = "", for_fixed_ground: bool = False) -> Self:
        """A choice that does something."""
        return cls(label, action.pack(), word=word, for_fixed_ground=for_fixed_ground)


Row = tuple[Choice, ...]


class Drawing(Protocol):
    """Something that becomes a picture when it is sent, so that no transaction waits for it."""

    def draw(self) -> bytes:
        """The picture as PNG. Runs in a thread."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to show: one in our store, or one to be drawn. ``alt`` says in words what it shows.

    ``dark`` is the same drawing on a dark ground, for a channel that can follow the phone's own light or dark.
    """

    alt: str
    media_id: int | None = None
    drawing: Drawing | None = None
    dark: Drawing | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file to hand over: one in our store, or bytes made for this (an export)."""

    name: str
    media_id: int | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """What a person is shown. Each channel renders of it what it can.

    ``in_place`` asks to change the message whose button was pressed rather than to write a new one, where the
    channel can. ``toast`` is a short word on the press itself, where the channel has such a thing; the text must
    make sense without it. A screen without text is a toast and nothing else. ``asks_words`` says that one may write
    freely in answer, so that where there are no buttons a number is an answer and no choice.
    """

    text: Markup
    rows: tuple[Row, ...] = ()
    pictures: tuple[Picture, ...] = ()
    documents: tuple[Document, ...] = ()
    in_place: bool = False
    toast: str = ""
    asks_words: bool = False

    @property
    def choices(self) -> tuple[Choice, ...]:
        """All choices in reading order."""
        return tuple(choice for row in self.rows for choice in row)


def rows_of(choices: Sequence[Choice], width: int = 1) -> tuple[Row, ...]:
    """Choices laid out ``width`` to a row."""
    return tuple(tuple(choices[at : at + width]) for at in range(0, len(choices), width))


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. Only channels and the renderers they share look at this."""

    buttons: bool
    edit: bool
    max_text: int
    groups: bool
    #: For so long after somebody's last message they may be written to; None for as long as one likes.
    window_hours: float | None = None
    #: Beyond that they are written to against payment, when nothing else takes it.
    paid_beyond: bool = False
    #: Without buttons that press: so many choices of a screen can be tapped, and a tap comes back as a text.
    taps: int = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a screen goes."""

    channel: str
    chat: str
    language: str = "vi"
    #: The account's row, for channels that keep their own transcript.
    account_id: int | None = None
    #: Nothing is taken there now but what is paid for; see :attr:`Capabilities.paid_beyond`.
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """The screens that answer one update."""

    incoming: Incoming
    to: Recipient
    screens: tuple[Screen, ...] = field(default=())


def now_order(moment: datetime) -> int:
    """An order for channels whose updates have no number of their own: microseconds of the time they came."""
    return int(moment.timestamp() * 1_000_000)
