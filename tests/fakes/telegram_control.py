"""Driving the imitation of Telegram from another process, over HTTP under /control/.

===================  ===================================================================================
POST push            an update or a list of them → ``{"ids": [...]}``
POST again           ``{"update_id"}``: deliver it once more
POST say             ``{"user", "text", "first_name"?, "language_code"?}``: a person writes → ``{"ids"}``
POST tap             ``{"user", "label"}``: a person presses a button → ``{"ids"}``; 409 if there is none
POST meet            ``{"first", "number"}``: so many people of ids in a row have written to the bot once
POST fault           the fields of ``Fault``
POST mend            end all faults
POST settings        ``{"latency"?: seconds, "limits"?: bool}``
POST script          ``{"people": [[step, ...], ...], "aside"?}``, as in ``tests.fakes.telegram_script``
GET  script          how far the scripts are, and how long the bot took
POST watch           ``{"words"}``: note whom they are shown to from now on, and when
GET  watch           what was noted; ``?brief=1``: only how many
GET  sent            ``?chat=``: what stands in a chat, or (without) everything the bot sent
GET  requests        ``?method=``: what the bot asked
GET  stats           counts, also in lean mode
GET  confirmed       ``?update_id=``: answers once the update is confirmed; 409 after 10 s
===================  ===================================================================================
"""

import asyncio
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.telegram_faults import Fault
from tests.fakes.telegram_people import Person
from tests.fakes.telegram_script import Scripts
from tests.fakes.telegram_state import Json, SentMessage
from tests.fakes.telegram_watch import Watch

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram


class Control:
    """Answers what comes under /control/."""

    def __init__(self, telegram: "FakeTelegram") -> None:
        """``telegram`` is what is driven."""
        self._telegram = telegram
        self._scripts: Scripts | None = None
        self._watch: Watch | None = None
        self._people: dict[int, Person] = {}

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """The answer to one request; 404 for an unknown one, 409 when what was expected did not come."""
        body = await request.json() if request.method == "POST" and request.can_read_body else {}
        name = f"_{request.method.lower()}_{request.path.rpartition('/')[2]}"
        answer = getattr(self, name, None)
        if answer is None:
            return web.json_response({"error": f"unknown: {name}"}, status=404)
        try:
            return web.json_response(await answer(dict(request.query) if request.method == "GET" else body))
        except AssertionError as unmet:
            return web.json_response({"error": str(unmet)}, status=409)

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
        if "latency" in body:
            self._telegram.latency = float(body["latency"])
        if "limits" in body:
            self._telegram.limits.on = bool(body["limits"])
        return {"latency": self._telegram.latency, "limits": self._telegram.limits.on}

    async def _post_script(self, body: Json) -> Json:
        self._scripts = Scripts(self._telegram, body["people"], body.get("aside", ""))
        self._scripts.start()
        return {"people": len(body["people"])}

    async def _get_script(self, query: dict[str, str]) -> Json:
        assert self._scripts is not None, "no script was given"
        return self._scripts.report()

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
            "counts": dict(telegram.state.counts),
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


async def serve(telegram: "FakeTelegram", port: int) -> None:
    """Run until cancelled; the first line printed is the server's root."""
    telegram.server.control = Control(telegram)
    await telegram.start(port)
    sys.stdout.write(f"{telegram.api}\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await telegram.stop()
