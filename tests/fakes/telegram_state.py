"""What the imitation of Telegram remembers: chats, what they show, files, and what was asked of it."""

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button as a person sees it."""

    label: str
    data: str | None = None
    url: str | None = None


@dataclass(slots=True)
class StoredFile:
    """A file on Telegram's server. ``size`` is what is declared: the bytes may be fewer."""

    file_id: str
    kind: str
    content: bytes
    size: int
    name: str = ""
    mime: str = ""

    @property
    def path(self) -> str:
        """Where getFile says it lies."""
        return f"{self.kind}s/{self.file_id}"


@dataclass(slots=True, eq=False)
class SentMessage:
    """A message of the bot's, as the chat shows it now."""

    message_id: int
    chat_id: int
    #: As read, without markup; a picture's or document's caption.
    text: str
    #: As the bot wrote it.
    html: str
    rows: list[list[Button]] = field(default_factory=list)
    photo: bytes | None = None
    document: bytes | None = None
    name: str = ""
    album: str = ""
    edited: bool = False
    deleted: bool = False
    #: What ``sees`` has given out already; an edit makes a message new again.
    seen: bool = False
    at: float = 0.0
    entities: list[Json] = field(default_factory=list)
    file: StoredFile | None = None
    markup: Json | None = None
    history: list[str] = field(default_factory=list)

    @property
    def caption(self) -> str:
        """The text under a picture or document; empty for a plain message."""
        return self.text if self.file is not None else ""

    @property
    def labels(self) -> list[str]:
        """All buttons' labels, row by row."""
        return [button.label for row in self.rows for button in row]


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat or a group."""

    chat_id: int
    kind: str = "private"
    title: str = ""
    first_name: str = ""
    #: The bot may write: the person has written once, or the bot is in the group.
    open: bool = False
    refusal: str = ""
    migrated_to: int | None = None
    sent: dict[int, SentMessage] = field(default_factory=dict)
    theirs: set[int] = field(default_factory=set)
    members: dict[int, str] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def as_json(self) -> Json:
        """As in a Message's ``chat``."""
        if self.kind == "private":
            return {"id": self.chat_id, "type": "private", "first_name": self.first_name}
        return {"id": self.chat_id, "type": self.kind, "title": self.title}

    def touch(self) -> None:
        """Wake whoever waits for this chat to show something."""
        self.changed.set()
        self.changed = asyncio.Event()


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the bot answered to a press: empty text is only the end of the spinner."""

    chat_id: int
    text: str
    alert: bool


@dataclass(frozen=True, slots=True)
class Received:
    """A request that the bot made."""

    method: str
    params: Json
    chat_id: int | None
    #: Monotonic seconds.
    at: float
    #: HTTP status answered; 0 when nothing was.
    status: int
    #: Whether the request took effect.
    done: bool


class State:
    """Everything that is remembered. ``lean``: counts only, for benches: any message can be edited."""

    def __init__(self, *, lean: bool) -> None:
        """Nothing happened yet."""
        self.lean = lean
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.requests: list[Received] = []
        self.counts: Counter[str] = Counter()
        self.commands: dict[str, list[Json]] = {}
        #: Presses that still spin: callback id → chat. Answering moves them on to ``answered``.
        self.callbacks: dict[str, int] = {}
        self.answered: dict[str, CallbackAnswer] = {}
        self.next_message = itertools.count(1).__next__
        self._next_file = itertools.count(1).__next__
        self._next_other = itertools.count(1).__next__

    def number(self) -> int:
        """A fresh number, for callback and album ids."""
        return self._next_other()

    def keep(
        self,
        kind: str,
        content: bytes,
        *,
        name: str = "",
        mime: str = "",
        size: int | None = None,
    ) -> StoredFile:
        """Put a file on the server; ``size`` when it shall be declared other than it is."""
        file_id = f"{kind}-{self._next_file():06d}"
        stored = StoredFile(file_id, kind, content, len(content) if size is None else size, name, mime)
        self.files[file_id] = stored
        return stored

    def chat_named(self, chat: Json) -> Chat:
        """The chat of a raw update, made known and open if it was not."""
        chat_id = int(chat["id"])
        found = self.chats.get(chat_id)
        if found is None:
            found = Chat(
                chat_id,
                chat.get("type", "private"),
                chat.get("title", ""),
                chat.get("first_name", ""),
            )
            self.chats[chat_id] = found
        found.open = True
        return found
