"""Messages and files as the Bot API writes them."""

import time
from typing import Any

from tests.fakes.telegram_state import Chat, Json, SentMessage, StoredFile

BOT_USER: Json = {
    "id": 42,
    "is_bot": True,
    "first_name": "Sáng kiến",
    "username": "sangkien_test_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
#: What Telegram hands out, and takes in, at most (bytes).
_OUT, _PHOTO, _DOCUMENT = 20 * 2**20, 10 * 2**20, 50 * 2**20
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"GIF8")
_SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def message_json(chat: Chat, message: SentMessage) -> Json:
    """A Message of the Bot API."""
    shown: Json = {
        "message_id": message.message_id,
        "date": int(time.time()),
        "chat": chat.as_json(),
        "from": {"id": 42, "is_bot": True, "first_name": BOT_USER["first_name"]},
    }
    words = "text"
    if message.file is not None:
        words = "caption"
        shown[message.file.kind] = file_json(message.file)
    if message.text:
        shown[words] = message.text
    if message.entities:
        shown["entities" if words == "text" else "caption_entities"] = message.entities
    if message.album:
        shown["media_group_id"] = message.album
    if message.rows and message.markup is not None:
        shown["reply_markup"] = message.markup
    if message.edited:
        shown["edit_date"] = int(time.time())
    return shown


def file_json(stored: StoredFile) -> Any:
    """A file as it stands in a Message: a list of sizes for a picture, otherwise one object."""
    found: Json = {
        "file_id": stored.file_id,
        "file_unique_id": f"u{stored.file_id}",
        "file_size": stored.size,
    }
    if stored.kind == "photo":
        small = {"file_id": f"{stored.file_id}-s", "file_unique_id": f"s{stored.file_id}", "file_size": 900}
        return [small | {"width": 90, "height": 68}, found | {"width": 1280, "height": 960}]
    if stored.name:
        found["file_name"] = stored.name
    if stored.mime:
        found["mime_type"] = stored.mime
    return found


def attach(message: SentMessage, stored: StoredFile) -> None:
    message.file = stored
    message.name = stored.name
    message.photo = stored.content if stored.kind == "photo" else None
    message.document = stored.content if stored.kind == "document" else None
