"""People and groups in tests: what they send to the bot, and what their screen shows of it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.fakes.telegram_json import file_json, message_json
from tests.fakes.telegram_methods import BOT_USER
from tests.fakes.telegram_state import Button, Chat, Json, SentMessage, State, StoredFile
from tests.fakes.telegram_updates import Updates

#: Seconds that a test waits for the bot before it fails.
DEADLINE = 10.0


@dataclass(frozen=True, slots=True)
class Document:
    """A document for an album."""

    content: bytes
    name: str
    mime: str


class _Screen:
    """What one chat shows."""

    def __init__(self, chat: Chat, state: State, updates: Updates) -> None:
        self._chat = chat
        self._state = state
        self._updates = updates

    @property
    def id(self) -> int:
        """The chat's id; a person's own as well."""
        return self._chat.chat_id

    @property
    def messages(self) -> list[SentMessage]:
        """All that the bot wrote here, oldest first, also what it deleted since."""
        return list(self._chat.sent.values())

    @property
    def shown(self) -> list[SentMessage]:
        """What stands here now, oldest first."""
        return [message for message in self._chat.sent.values() if not message.deleted]

    @property
    def toasts(self) -> list[str]:
        """The short notes that pressing buttons brought up here, oldest first."""
        return [a.text for a in self._state.answered.values() if a.chat_id == self.id and a.text]

    @property
    def spinning(self) -> list[str]:
        """Callback ids of presses here that the bot has not answered: the phone shows a spinner."""
        return [callback for callback, chat_id in self._state.callbacks.items() if chat_id == self.id]

    async def sees(self, *texts: str, deadline: float = DEADLINE) -> SentMessage:
        """The oldest message here that holds all ``texts`` and was not given out before, once there is one.

        An edit makes a message new again. Raises ``AssertionError`` with what stands here after ``deadline``.
        """
        try:
            async with asyncio.timeout(deadline):
                while True:
                    changed = self._chat.changed
                    for message in self.shown:
                        if not message.seen and all(text in message.text for text in texts):
                            message.seen = True
                            return message
                    await changed.wait()
        except TimeoutError:
            raise AssertionError(f"no new message with {texts!r} in {self.id}:\n{self.as_text()}") from None

    async def sees_toast(self, text: str = "", deadline: float = DEADLINE) -> str:
        """Wait until no press here spins and the last note holds ``text``; returns it."""
        try:
            async with asyncio.timeout(deadline):
                while True:
                    changed = self._chat.changed
                    answers = [a.text for a in self._state.answered.values() if a.chat_id == self.id]
                    if answers and not self.spinning and text in answers[-1]:
                        return answers[-1]
                    await changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"no note {text!r} in chat {self.id}; notes: {self.toasts}, spinning: {self.spinning}"
            ) from None

    async def changes(self) -> None:
        """Wait until anything changes here."""
        await self._chat.changed.wait()

    def sees_no(self, text: str) -> None:
        """Raises ``AssertionError`` when a message that stands here, given out or not, holds the text."""
        found = [message for message in self.shown if text in message.text]
        assert not found, f"{text!r} stands in chat {self.id}:\n{self.as_text()}"

    def as_text(self) -> str:
        """The last messages with their buttons, for a failing test's report."""
        lines = []
        for message in self.shown[-8:]:
            what = f"{message.file.kind} " if message.file else ""
            lines.append(f"  #{message.message_id}{' (seen)' if message.seen else ''} {what}{message.text!r}")
            lines.extend(f"      {[button.label for button in row]}" for row in message.rows)
        return "\n".join(lines) or "  (nothing)"

    def button(self, label: str) -> tuple[SentMessage, Button]:
        """The newest message having a button with this label (or, if none has, one containing it)."""
        for exact in (True, False):
            for message in reversed(self.shown):
                for row in message.rows:
                    for button in row:
                        if button.label == label or (not exact and label in button.label):
                            return message, button
        raise AssertionError(f"no button {label!r} in chat {self.id}:\n{self.as_text()}")


class Person(_Screen):
    """Somebody with Telegram on their phone. What they do returns the id of the update that it makes."""

    def __init__(self, chat: Chat, state: State, updates: Updates, profile: Json) -> None:
        """``profile`` is a User of the Bot API."""
        super().__init__(chat, state, updates)
        self.profile = profile
        self._latest: Json = {}

    async def sends(self, text: str) -> int:
        """A text message, or a command."""
        return self._says(self._chat, {"text": text} | command_entities(text))

    async def sends_photo(self, content: bytes, *, caption: str = "", size: int | None = None) -> int:
        """A picture; ``size`` to declare another size than it has."""
        return self._says(self._chat, _file(self._state.keep("photo", content, size=size), caption))

    async def sends_document(
        self,
        content: bytes,
        name: str,
        mime: str = "application/octet-stream",
        *,
        caption: str = "",
        size: int | None = None,
    ) -> int:
        """A file; ``size`` to declare another size than it has. ``mime`` may be a lie."""
        stored = self._state.keep("document", content, name=name, mime=mime, size=size)
        return self._says(self._chat, _file(stored, caption))

    async def sends_sticker(self) -> int:
        """A sticker."""
        sticker = self._state.keep("sticker", b"webp")
        return self._says(
            self._chat,
            {
                "sticker": {
                    "file_id": sticker.file_id,
                    "file_unique_id": "s1",
                    "type": "regular",
                    "width": 512,
                    "height": 512,
                    "is_animated": False,
                    "is_video": False,
                    "emoji": "👍",
                }
            },
        )

    async def sends_voice(self) -> int:
        """A voice note of three seconds."""
        voice = self._state.keep("voice", b"OggS", mime="audio/ogg")
        return self._says(
            self._chat,
            {
                "voice": {
                    "file_id": voice.file_id,
                    "file_unique_id": "v1",
                    "duration": 3,
                    "mime_type": "audio/ogg",
                }
            },
        )

    async def sends_location(self) -> int:
        """Where they are."""
        return self._says(self._chat, {"location": {"latitude": 21.0285, "longitude": 105.8542}})

    async def sends_album(self, items: Sequence[bytes | Document], *, caption: str = "") -> list[int]:
        """Several pictures (bytes) or documents at once: as many updates with one media_group_id."""
        album = str(self._state.number())
        ids = []
        for place, item in enumerate(items):
            if isinstance(item, Document):
                stored = self._state.keep("document", item.content, name=item.name, mime=item.mime)
            else:
                stored = self._state.keep("photo", item)
            said = _file(stored, caption if place == 0 else "") | {"media_group_id": album}
            ids.append(self._says(self._chat, said))
        return ids

    async def edits(self, text: str) -> int:
        """Change the latest message that they sent."""
        assert self._latest, "nothing was sent that could be edited"
        changed = self._latest | {"text": text, "edit_date": int(time.time())}
        return self._updates.push({"edited_message": changed})

    async def taps(self, label: str, *, group: "Group | None" = None) -> int:
        """Press the newest button with this label. ``AssertionError`` with what stands there if none has."""
        message, button = (group or self).button(label)
        assert button.data is not None, f"the button {label!r} opens {button.url} and tells the bot nothing"
        return await self.taps_data(message.message_id, button.data, group=group)

    async def chooses(self, label: str) -> None:
        """Tap it."""
        await self.taps(label)

    async def taps_data(self, message_id: int, data: str, *, group: "Group | None" = None) -> int:
        """What a client of one's own can do: press anything, on any message of any chat."""
        chat = (group or self)._chat
        callback = str(9_000_000 + self._state.number())
        self._state.callbacks[callback] = chat.chat_id
        message = chat.sent.get(message_id) or SentMessage(message_id, chat.chat_id, "…", "…")
        return self._updates.push(
            {
                "callback_query": {
                    "id": callback,
                    "from": self.profile,
                    "chat_instance": str(chat.chat_id),
                    "data": data,
                    "message": message_json(chat, message),
                }
            }
        )

    async def blocks(self) -> int:
        """Block the bot: it is told, and can write no more."""
        self._chat.refusal = "bot was blocked by the user"
        return self._status("member", "kicked")

    async def unblocks(self) -> int:
        """Take the block away."""
        self._chat.refusal = ""
        return self._status("kicked", "member")

    def vanishes(self) -> None:
        """Their account is deactivated; the bot is not told."""
        self._chat.refusal = "user is deactivated"

    def _status(self, before: str, after: str) -> int:
        return self._updates.push(_my_chat_member(self._chat, self.profile, before, after))

    def _says(self, chat: Chat, said: Json) -> int:
        chat.open = True
        message_id = self._state.next_message()
        if not self._state.lean:
            chat.theirs.add(message_id)
        message = {
            "message_id": message_id,
            "date": int(time.time()),
            "chat": chat.as_json(),
            "from": self.profile,
        } | said
        if chat is self._chat:
            self._latest = message
        return self._updates.push({"message": message})


class Group(_Screen):
    """A group with the bot in it."""

    async def sends(self, person: Person, text: str) -> int:
        """What a member writes in the group."""
        self._chat.members.setdefault(person.id, "member")
        return person._says(self._chat, {"text": text} | command_entities(text))

    def has(self, person: Person, status: str = "member") -> None:
        """Make somebody a ``member``, ``administrator``, ``creator``, or let them have ``left``."""
        self._chat.members[person.id] = status

    async def adds_bot(self, person: Person) -> int:
        """Somebody takes the bot into the group."""
        self._chat.refusal, self._chat.open = "", True
        return self._updates.push(_my_chat_member(self._chat, person.profile, "left", "member"))

    async def kicks_bot(self, person: Person) -> int:
        """Somebody removes the bot: it is told, and can write no more."""
        self._chat.refusal = f"bot was kicked from the {self._chat.kind} chat"
        return self._updates.push(_my_chat_member(self._chat, person.profile, "member", "kicked"))

    async def migrates(self) -> int:
        """The group becomes a supergroup with another id, which is returned; two updates say so."""
        old = self._chat
        new = Chat(
            -1_000_000_000_000 + old.chat_id,
            "supergroup",
            old.title,
            open=True,
            members=dict(old.members),
        )
        self._state.chats[new.chat_id] = self._chat = new
        old.migrated_to = new.chat_id
        for chat, notice in (
            (old, {"migrate_to_chat_id": new.chat_id}),
            (new, {"migrate_from_chat_id": old.chat_id}),
        ):
            self._updates.push(
                {
                    "message": notice
                    | {
                        "message_id": self._state.next_message(),
                        "date": int(time.time()),
                        "chat": chat.as_json(),
                        "from": {"id": 1, "is_bot": False, "first_name": "Telegram"},
                    }
                }
            )
        old.touch()
        return new.chat_id


def command_entities(text: str) -> Json:
    """The entity that Telegram puts on a leading command; nothing for other texts."""
    if not text.startswith("/") or len(text) < 2:
        return {}
    return {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]}


def _file(stored: StoredFile, caption: str) -> Json:
    said: Json = {stored.kind: file_json(stored)}
    return said | {"caption": caption} if caption else said


def _my_chat_member(chat: Chat, by: Json, before: str, after: str) -> Json:
    bot = {"id": BOT_USER["id"], "is_bot": True, "first_name": BOT_USER["first_name"]}

    def member(status: str) -> Json:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": bot, "status": status} | until

    return {
        "my_chat_member": {
            "chat": chat.as_json(),
            "from": by,
            "date": int(time.time()),
            "old_chat_member": member(before),
            "new_chat_member": member(after),
        }
    }
