"""Driving the imitation of Telegram from another process: what there is beside ``tests.fakes.control``.

===================  ===================================================================================
POST push            an update or a list of them → ``{"ids": [...]}``
POST again           ``{"update_id"}``: deliver it once more
POST say             ``{"user", "text", "first_name"?, "language_code"?}``: a person writes → ``{"ids"}``
POST tap             ``{"user", "label"}``: a person presses a button → ``{"ids"}``; 409 if there is none
POST meet            ``{"first", "number"}``: so many people of ids in a row have written to the bot once
POST fault           the fields of ``Fault``
POST mend            end all faults
POST settings        ``{"latency"?: seconds, "limits"?: bool}``
POST watch           ``{"words"}``: note whom they are shown to from now on, and when
GET  watch           what was noted; ``?brief=1``: only how many
GET  sent            ``?chat=``: what stands in a chat, or (without) everything the bot sent
GET  requests        ``?method=``: what the bot asked
GET  stats           counts, also in lean mode
GET  confirmed       ``?update_id=``: answers once the update is confirmed; 409 after 10 s
===================  ===================================================================================
"""

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.fakes.control import Control
from tests.fakes.telegram_faults import Fault
from tests.fakes.telegram_people import Person
from tests.fakes.telegram_script import TelegramPhones
from tests.fakes.telegram_state import Json, SentMessage
from tests.fakes.telegram_watch import Watch

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram


class TelegramControl(Control):
    """Answers what comes under /control/."""

    def __init__(self, telegram: "FakeTelegram") -> None:
        """``telegram`` is what is driven."""
        super().__init__(telegram.server, partial(TelegramPhones, telegram))
        self._telegram = telegram
        self._watch: Watch | None = None
        self._people: dict[int, Person] = {}

    async def _post_push(self, body: Any) -> Json:
        updates = body if isinstance(body, list) else [body]
        return {"ids": [self._telegram.push(update) for update in updates]}

    async def _post_again(self, body: Json) -> Json:
        self._telegram.push_again(int(body["update_id"]))
        return {}

    def _person(self, body: Json) -> Person:
        wanted = int(body["user"])
        if wanted not in self._people:
            self._people[wanted] = self._telegram.user(
                body.get("first_name", "Lan"),
                language_code=body.get("language_code", "vi"),
                user_id=wanted,
            )
        return self._people[wanted]

    async def _post_say(self, body: Json) -> Json:
        return {"ids": [await self._person(body).sends(body["text"])]}

    async def _post_tap(self, body: Json) -> Json:
        return {"ids": [await self._person(body).taps(body["label"])]}

    async def _post_meet(self, body: Json) -> Json:
        for user_id in range(body["first"], body["first"] + body["number"]):
            self._telegram.state.chat_named({"id": user_id, "type": "private"})
        return {}

    async def _post_fault(self, body: Json) -> Json:
        self._telegram.server.faults.append(Fault(**body))
        return {}

    async def _post_mend(self, body: Json) -> Json:
        self._telegram.mend()
        return {}

    async def _post_settings(self, body: Json) -> Json:
        if "limits" in body:
            self._telegram.limits.on = bool(body["limits"])
        return {**await super()._post_settings(body), "limits": self._telegram.limits.on}

    async def _post_watch(self, body: Json) -> Json:
        self._watch = Watch(body["words"])
        self._telegram.methods.on_shown.append(self._watch.shown)
        return {}

    async def _get_watch(self, query: dict[str, str]) -> Json:
        assert self._watch is not None, "nothing is watched for"
        return self._watch.report(brief="brief" in query)

    async def _get_sent(self, query: dict[str, str]) -> list[Json]:
        chats = self._telegram.state.chats
        chosen = [chats[int(query["chat"])]] if "chat" in query else list(chats.values())
        return [_message(message) for chat in chosen for message in chat.sent.values()]

    async def _get_requests(self, query: dict[str, str]) -> list[Json]:
        wanted = query.get("method")
        return [asdict(r) for r in self._telegram.requests if wanted in (None, r.method)]

    async def _get_stats(self, query: dict[str, str]) -> Json:
        telegram = self._telegram
        return {
            **await super()._get_stats(query),
            "faults": dict(telegram.server.faulted),
            "limited": telegram.limits.refused,
            "pushed": telegram.updates.pushed,
            "waiting": telegram.updates.waiting,
            "conflicts": telegram.updates.conflicts,
            "spinning": len(telegram.state.callbacks),
        }

    async def _get_confirmed(self, query: dict[str, str]) -> Json:
        await self._telegram.confirmed(int(query["update_id"]))
        return {}


def _message(message: SentMessage) -> Json:
    return {
        "message_id": message.message_id,
        "chat_id": message.chat_id,
        "text": message.text,
        "html": message.html,
        "rows": [[asdict(button) for button in row] for row in message.rows],
        "edited": message.edited,
        "deleted": message.deleted,
        "at": message.at,
        "kind": message.file.kind if message.file else "text",
    }
