"""The queue of updates: long polling with Telegram's offset, the webhook, and redelivery."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp

from tests.fakes.telegram_state import Json

_TERMINATED = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
_WEBHOOK_ON = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class Conflicting(Exception):
    """getUpdates cannot go on; the message is Telegram's."""


@dataclass(slots=True)
class Webhook:
    """Where updates are posted to."""

    url: str
    secret: str = ""
    connections: int = 40
    last_error: str = ""
    last_error_at: int = 0
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(40))


class Updates:
    """Updates that wait for the bot, in the order in which they will be handed out."""

    def __init__(self, *, lean: bool) -> None:
        """``lean``: confirmed updates are forgotten altogether, so none can be pushed again."""
        self.pushed = 0
        self.conflicts = 0
        #: Seconds between tries of the webhook after an answer other than 2xx.
        self.webhook_pause = 0.02
        self.allowed: list[str] = []
        self.webhook: Webhook | None = None
        self._lean = lean
        self._next_id = 100_001
        self._waiting: dict[int, str] = {}
        self._history: dict[int, str] = {}
        self._again: list[int] = []
        self._confirmed_below = 0
        self._confirmed: set[int] = set()
        self._held: list[tuple[int, str]] | None = None
        self._wake = asyncio.Event()
        self._progress = asyncio.Event()
        self._poller: asyncio.Event | None = None
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: aiohttp.ClientSession | None = None

    @property
    def waiting(self) -> int:
        """How many updates the bot has not confirmed."""
        return len(self._waiting)

    def push(self, update: Json) -> int:
        """Queue an update; its ``update_id`` is given to it unless it has one. Returns the id."""
        update_id = int(update.setdefault("update_id", self._next_id))
        self._next_id = max(self._next_id, update_id + 1)
        self.pushed += 1
        if self.allowed and not any(kind in self.allowed for kind in update if kind != "update_id"):
            return update_id
        text = json.dumps(update, ensure_ascii=False)
        if not self._lean:
            self._history[update_id] = text
        if self._held is not None:
            self._held.append((update_id, text))
        else:
            self._queue(update_id, text)
        return update_id

    def push_again(self, update_id: int) -> None:
        """Hand out an update once more, even though it was confirmed."""
        text = self._history[update_id]
        if self.webhook is not None:
            self._post(update_id, text)
        else:
            self._again.append(update_id)
            self._wake.set()

    @contextmanager
    def together(self, *, backwards: bool = False) -> Iterator[None]:
        """Hold what is pushed inside, queue it at one stroke: ``backwards`` for delivery out of order."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            for update_id, text in reversed(held) if backwards else held:
                self._queue(update_id, text)

    def _queue(self, update_id: int, text: str) -> None:
        self._waiting[update_id] = text
        if self.webhook is not None:
            self._post(update_id, text)
        self._wake.set()

    # long polling

    async def poll(self, offset: int, limit: int, timeout: float, allowed: list[str] | None) -> str:
        """The JSON list that getUpdates answers with. Raises :class:`Conflicting`."""
        self._refuse_beside_webhook()
        if allowed is not None:
            self.allowed = allowed
        if self._poller is not None:
            self._poller.set()
            self._wake.set()
        mine = self._poller = asyncio.Event()
        try:
            self._forget(offset)
            deadline = time.monotonic() + timeout
            while not (batch := self._batch(limit)):
                self._wake.clear()
                left = deadline - time.monotonic()
                if left <= 0 or self._closed:
                    return "[]"
                try:
                    async with asyncio.timeout(left):
                        await self._wake.wait()
                except TimeoutError:
                    return "[]"
                if mine.is_set():
                    self._refuse_beside_webhook()
                    self.conflicts += 1
                    raise Conflicting(_TERMINATED)
            return f"[{','.join(batch)}]"
        finally:
            if self._poller is mine:
                self._poller = None

    def _refuse_beside_webhook(self) -> None:
        if self.webhook is not None:
            self.conflicts += 1
            raise Conflicting(_WEBHOOK_ON)

    def _batch(self, limit: int) -> list[str]:
        again = [self._history[update_id] for update_id in self._again[:limit]]
        del self._again[:limit]
        for text in self._waiting.values():
            if len(again) >= limit:
                break
            again.append(text)
        return again

    def _forget(self, offset: int) -> None:
        if offset < 0:
            kept = sorted(self._waiting)[offset:]
            offset = kept[0] if kept else self._next_id
        if offset <= self._confirmed_below:
            return
        self._confirmed_below = offset
        for update_id in [known for known in self._waiting if known < offset]:
            del self._waiting[update_id]
        self._tick()

    def _tick(self) -> None:
        self._progress.set()
        self._progress = asyncio.Event()

    async def confirmed(self, update_id: int, deadline: float = 10.0) -> None:
        """Return once the bot has confirmed an update; ``AssertionError`` after ``deadline`` seconds."""
        try:
            async with asyncio.timeout(deadline):
                while update_id >= self._confirmed_below and update_id not in self._confirmed:
                    await self._progress.wait()
        except TimeoutError:
            below = self._confirmed_below
            raise AssertionError(f"update {update_id} was not confirmed (all below {below} are)") from None

    def is_confirmed(self, update_id: int) -> bool:
        """Whether the bot has confirmed an update."""
        return update_id < self._confirmed_below or update_id in self._confirmed

    # the webhook

    def set_webhook(self, webhook: Webhook | None, *, drop: bool, allowed: list[str] | None) -> None:
        """Post what waits and what comes to an address, or (None) keep it for getUpdates."""
        if drop:
            self._waiting.clear()
        if allowed is not None:
            self.allowed = allowed
        self.webhook = webhook
        if self._poller is not None:
            self._poller.set()
        self._wake.set()
        if webhook is not None:
            webhook.gate = asyncio.Semaphore(webhook.connections)
            for update_id, text in list(self._waiting.items()):
                self._post(update_id, text)

    def _post(self, update_id: int, text: str) -> None:
        task = asyncio.create_task(self._posting(update_id, text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _posting(self, update_id: int, text: str) -> None:
        webhook = self.webhook
        if webhook is None:
            return
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        if self._client is None:
            self._client = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        while self.webhook is webhook and not self._closed:
            async with webhook.gate:
                try:
                    async with self._client.post(webhook.url, data=text.encode(), headers=headers) as answer:
                        await answer.read()
                        status = answer.status
                except (aiohttp.ClientError, TimeoutError) as caught:
                    webhook.last_error = f"Connection failed: {type(caught).__name__}"
                else:
                    if 200 <= status < 300:
                        self._waiting.pop(update_id, None)
                        self._confirmed.add(update_id)
                        self._tick()
                        return
                    webhook.last_error = f"Wrong response from the webhook: {status}"
                webhook.last_error_at = int(time.time())
            await asyncio.sleep(self.webhook_pause)

    async def close(self) -> None:
        """Let long polls return and stop posting."""
        self._closed = True
        self._wake.set()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
