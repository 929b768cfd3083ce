"""The Bot API's methods, with its checks and its words for what it refuses."""

import re
from collections.abc import Callable
from typing import Any

from tests.fakes.telegram_json import attach, message_json
from tests.fakes.telegram_params import (
    Params,
    Refused,
    Upload,
    bad,
    caption,
    inline_rows,
    message_text,
)
from tests.fakes.telegram_state import CallbackAnswer, Chat, Json, SentMessage, State, StoredFile
from tests.fakes.telegram_updates import Updates, Webhook

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


class Methods:
    """Carries out requests on the state. A method's name is the Bot API's."""

    def __init__(self, state: State, updates: Updates, clock: Callable[[], float]) -> None:
        """``clock`` gives the monotonic seconds that messages are marked with."""
        self._state = state
        self._updates = updates
        self._clock = clock
        #: Called with each message sent or edited, after it took effect.
        self.on_shown: list[Callable[[SentMessage], None]] = []
        self.by_name: dict[str, Callable[[Params], Any]] = {
            name.lower(): getattr(self, f"_{name}")
            for name in (
                "getMe",
                "setWebhook",
                "deleteWebhook",
                "getWebhookInfo",
                "sendMessage",
                "sendPhoto",
                "sendDocument",
                "sendMediaGroup",
                "editMessageText",
                "editMessageCaption",
                "editMessageReplyMarkup",
                "editMessageMedia",
                "deleteMessage",
                "answerCallbackQuery",
                "getFile",
                "setMyCommands",
                "sendChatAction",
                "getChatMember",
                "leaveChat",
            )
        }

    # chats

    def _chat(self, params: Params) -> Chat:
        if not params.text("chat_id"):
            raise bad("chat_id is empty")
        chat = self._state.chats.get(params.chat_id() or 0)
        if chat is None or (chat.kind == "private" and not chat.open):
            raise bad("chat not found")
        if chat.migrated_to is not None:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        if chat.refusal:
            raise Refused(403, f"Forbidden: {chat.refusal}")
        if not chat.open:
            raise Refused(403, f"Forbidden: bot is not a member of the {chat.kind} chat")
        return chat

    def _getChatMember(self, params: Params) -> Json:
        chat = self._chat(params)
        user_id = params.number("user_id")
        user = self._state.chats.get(user_id)
        status = chat.members.get(user_id, "left")
        if user is None and user_id != BOT_USER["id"]:
            raise bad("invalid user_id specified")
        person = BOT_USER if user is None else {"id": user_id, "is_bot": False, "first_name": user.first_name}
        found: Json = {"user": person, "status": status}
        if status == "administrator":
            rights = (
                "can_be_edited",
                "is_anonymous",
                "can_manage_chat",
                "can_delete_messages",
                "can_manage_video_chats",
                "can_restrict_members",
                "can_promote_members",
                "can_change_info",
                "can_invite_users",
                "can_post_stories",
                "can_edit_stories",
                "can_delete_stories",
            )
            found.update(dict.fromkeys(rights, False))
        elif status == "creator":
            found["is_anonymous"] = False
        return found

    def _leaveChat(self, params: Params) -> bool:
        chat = self._chat(params)
        if chat.kind == "private":
            raise bad("chat member status can't be changed in private chats")
        chat.open = False
        return True

    def _sendChatAction(self, params: Params) -> bool:
        self._chat(params)
        if not params.text("action"):
            raise bad("wrong parameter action in request")
        return True

    # sending

    def _sendMessage(self, params: Params) -> Json:
        chat = self._chat(params)
        plain, source, entities = message_text(params)
        return self._show(chat, params, SentMessage(0, chat.chat_id, plain, source, entities=entities))

    def _sendPhoto(self, params: Params) -> Json:
        return self._send_file(params, "photo")

    def _sendDocument(self, params: Params) -> Json:
        return self._send_file(params, "document")

    def _send_file(self, params: Params, kind: str) -> Json:
        chat = self._chat(params)
        stored = self._file(params, kind, params.text(kind), default_part=kind)
        plain, source, entities = self._caption_of(params)
        message = SentMessage(0, chat.chat_id, plain, source, entities=entities)
        attach(message, stored)
        return self._show(chat, params, message)

    def _sendMediaGroup(self, params: Params) -> list[Json]:
        chat = self._chat(params)
        media = params.structure("media") or []
        if not 2 <= len(media) <= 10:
            raise bad("wrong number of media in the album: 2 to 10 are needed")
        if len({item.get("type") for item in media}) > 1:
            raise bad("document can't be mixed with other media types")
        album = str(self._state.number())
        shown = []
        for item in media:
            message = self._from_media(chat, params, item)
            message.album = album
            shown.append(message)
        # All or none: nothing is shown before everything has been looked at.
        return [self._show(chat, params, message) for message in shown]

    def _from_media(self, chat: Chat, params: Params, item: Any) -> SentMessage:
        if not isinstance(item, dict) or item.get("type") not in ("photo", "document"):
            raise bad("can't parse InputMedia: this stand-in knows photo and document")
        stored = self._file(params, item["type"], str(item.get("media", "")), default_part="")
        plain, source, entities = caption(
            str(item.get("caption") or ""),
            str(item.get("parse_mode") or ""),
            item.get("caption_entities"),
        )
        message = SentMessage(0, chat.chat_id, plain, source, entities=entities)
        attach(message, stored)
        return message

    def _caption_of(self, params: Params) -> tuple[str, str, list[Json]]:
        entities = params.structure("caption_entities")
        return caption(params.text("caption"), params.text("parse_mode"), entities)

    def _file(self, params: Params, kind: str, source: str, *, default_part: str) -> StoredFile:
        part = source.removeprefix("attach://") if source.startswith("attach://") else default_part
        upload = params.files.get(part)
        if upload is not None:
            return self._uploaded(kind, upload)
        if not source:
            raise bad(f"there is no {kind} in the request")
        if source.startswith(("http://", "https://")):
            raise bad("failed to get HTTP URL content")
        known = self._state.files.get(source.removesuffix("-s"))
        if known is None:
            raise bad("wrong file identifier/HTTP URL specified")
        if known.kind != kind:
            raise bad(f"can't use file of type {known.kind.capitalize()} as {kind.capitalize()}")
        return known

    def _uploaded(self, kind: str, upload: Upload) -> StoredFile:
        size = len(upload.content)
        if not size:
            raise bad("file must be non-empty")
        if kind == "photo" and size > _PHOTO:
            raise bad("too big for a photo")
        if size > _DOCUMENT:
            raise Refused(413, "Request Entity Too Large")
        if kind == "photo" and not upload.content.startswith(_PICTURES):
            raise bad("IMAGE_PROCESS_FAILED")
        if self._state.lean:
            return StoredFile(f"{kind}-lean", kind, b"", size, upload.name, upload.mime)
        return self._state.keep(kind, upload.content, name=upload.name, mime=upload.mime)

    def _show(self, chat: Chat, params: Params, message: SentMessage) -> Json:
        markup = params.structure("reply_markup")
        message.rows = inline_rows(markup)
        message.markup = markup
        message.message_id = self._state.next_message()
        message.at = self._clock()
        if not self._state.lean:
            chat.sent[message.message_id] = message
            chat.touch()
        for see in self.on_shown:
            see(message)
        return message_json(chat, message)

    # changing

    def _to_edit(self, params: Params) -> tuple[Chat, SentMessage]:
        chat = self._chat(params)
        message_id = params.number("message_id")
        if not message_id:
            raise bad("message identifier is not specified")
        message = chat.sent.get(message_id)
        if message is None and self._state.lean:
            message = SentMessage(message_id, chat.chat_id, "", "")
        if message is None and message_id in chat.theirs:
            raise bad("message can't be edited")
        if message is None or message.deleted:
            raise bad("message to edit not found")
        return chat, message

    def _edited(self, chat: Chat, params: Params, message: SentMessage, after: SentMessage) -> Json:
        after.markup = params.structure("reply_markup")
        after.rows = inline_rows(after.markup)
        same = (message.text, message.entities, message.rows, message.file) == (
            after.text,
            after.entities,
            after.rows,
            after.file,
        )
        if same and not self._state.lean:
            raise bad(_SAME)
        if (message.text, message.file) != (after.text, after.file):
            message.seen = False
        message.history.append(message.text)
        message.text, message.html, message.entities = after.text, after.html, after.entities
        message.rows, message.markup = after.rows, after.markup
        if after.file is not None:
            attach(message, after.file)
        message.edited = True
        message.at = self._clock()
        if not self._state.lean:
            chat.touch()
        for see in self.on_shown:
            see(message)
        return message_json(chat, message)

    def _editMessageText(self, params: Params) -> Json:
        chat, message = self._to_edit(params)
        if message.file is not None:
            raise bad("there is no text in the message to edit")
        plain, source, entities = message_text(params)
        after = SentMessage(0, chat.chat_id, plain, source, entities=entities)
        return self._edited(chat, params, message, after)

    def _editMessageCaption(self, params: Params) -> Json:
        chat, message = self._to_edit(params)
        if message.file is None and not self._state.lean:
            raise bad("there is no caption in the message to edit")
        plain, source, entities = self._caption_of(params)
        after = SentMessage(0, chat.chat_id, plain, source, entities=entities, file=message.file)
        return self._edited(chat, params, message, after)

    def _editMessageReplyMarkup(self, params: Params) -> Json:
        chat, message = self._to_edit(params)
        after = SentMessage(
            0,
            chat.chat_id,
            message.text,
            message.html,
            entities=message.entities,
            file=message.file,
        )
        return self._edited(chat, params, message, after)

    def _editMessageMedia(self, params: Params) -> Json:
        chat, message = self._to_edit(params)
        after = self._from_media(chat, params, params.structure("media"))
        return self._edited(chat, params, message, after)

    def _deleteMessage(self, params: Params) -> bool:
        chat = self._chat(params)
        message_id = params.number("message_id")
        message = chat.sent.get(message_id)
        if message is not None and not message.deleted:
            message.deleted = True
            chat.touch()
        elif message_id in chat.theirs:
            chat.theirs.discard(message_id)
        elif not self._state.lean:
            raise bad("message to delete not found")
        return True

    def _answerCallbackQuery(self, params: Params) -> bool:
        callback = params.text("callback_query_id")
        text = params.text("text")
        if len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        if callback in self._state.answered:
            return True
        chat_id = self._state.callbacks.pop(callback, None)
        if chat_id is None:
            if self._state.lean:
                return True
            raise bad(_TOO_OLD)
        if not self._state.lean:
            self._state.answered[callback] = CallbackAnswer(chat_id, text, params.flag("show_alert"))
            if chat_id in self._state.chats:
                self._state.chats[chat_id].touch()
        return True

    # the rest

    def _getMe(self, params: Params) -> Json:
        return BOT_USER

    def _getFile(self, params: Params) -> Json:
        stored = self._state.files.get(params.text("file_id").removesuffix("-s"))
        if stored is None:
            raise bad("invalid file_id")
        if stored.size > _OUT:
            raise bad("file is too big")
        return {
            "file_id": stored.file_id,
            "file_unique_id": f"u{stored.file_id}",
            "file_size": stored.size,
            "file_path": stored.path,
        }

    def _setMyCommands(self, params: Params) -> bool:
        commands = params.structure("commands") or []
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"/?[a-z0-9_]{1,32}", command.get("command", "")):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command.get("description", "")) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self._state.commands[params.text("language_code")] = commands
        return True

    def _setWebhook(self, params: Params) -> bool:
        url, secret = params.text("url"), params.text("secret_token")
        allowed, drop = params.structure("allowed_updates"), params.flag("drop_pending_updates")
        if not url:
            return self._deleteWebhook(params)
        # Plain HTTP is taken for this machine only, since that is where tests listen.
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad("secret token contains unallowed characters")
        connections = max(1, min(100, params.number("max_connections", 40)))
        self._updates.set_webhook(Webhook(url, secret, connections), drop=drop, allowed=allowed)
        return True

    def _deleteWebhook(self, params: Params) -> bool:
        self._updates.set_webhook(None, drop=params.flag("drop_pending_updates"), allowed=None)
        return True

    def _getWebhookInfo(self, params: Params) -> Json:
        webhook = self._updates.webhook
        told: Json = {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": self._updates.waiting,
        }
        if webhook is not None:
            told["max_connections"] = webhook.connections
            told["allowed_updates"] = self._updates.allowed
            if webhook.last_error:
                told["last_error_message"] = webhook.last_error
                told["last_error_date"] = webhook.last_error_at
        return told
