"""The door of the Zalo Bot Platform: the bot of a token, by long polling or by webhook."""

import asyncio
import logging
from collections.abc import Sequence

from starlette.routing import BaseRoute

from bot.channels.door import Parts
from bot.channels.fetching import Fetcher
from bot.channels.zalo_bot.channel import NAME, ZaloBotChannel
from bot.channels.zalo_bot.client import Client, Refused
from bot.channels.zalo_bot.plan import Plan
from bot.channels.zalo_bot.updates import ZaloBotPolling, ZaloBotWebhook
from bot.delivery.channel import SendError
from bot.delivery.pace import SHARED_PART, Rates
from bot.reception.desk import Desk

log = logging.getLogger(__name__)

#: How often the plan is looked at, seconds.
_LOOK_EVERY_S = 3600.0


def open_door(parts: Parts) -> "ZaloBotDoor | None":
    """The bot, when there is a token."""
    return ZaloBotDoor(parts) if parts.settings.zalo_bot.token.get_secret_value() else None


class ZaloBotDoor:
    """A Zalo bot, switched on."""

    carries_payload = False
    standing = 10

    def __init__(self, parts: Parts) -> None:
        """Nothing is contacted before :meth:`open`."""
        chosen = self._settings = parts.settings.zalo_bot
        self._root = parts.settings.web.root
        self._client = Client(chosen.api, chosen.token.get_secret_value())
        self._plan = Plan(NAME, chosen.monthly_messages, chosen.people, parts.database, parts.clock)
        rates = Rates(chosen.per_second, chosen.chat_per_second)
        self.channel = ZaloBotChannel(
            self._client,
            Fetcher(inside=chosen.photos_from),
            parts.handing_out,
            parts.pace(NAME, rates),
            self._plan,
            parts.texts,
        )
        self.bulk_per_second = chosen.per_second * SHARED_PART
        self._polling: ZaloBotPolling | None = None

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The webhook, where updates come by it."""
        if self._settings.mode == "polling":
            return ()
        return ZaloBotWebhook(desk, self._settings.webhook_secret.get_secret_value()).routes()

    async def open(self) -> None:
        """Open the connections."""
        if not self._root.startswith("https:"):
            log.warning("Zalo fetches pictures from web.public_url, which must begin with https:// for that")
        await self.channel.start()

    async def take(self, desk: Desk) -> None:
        """Ask for updates until shut, or tell Zalo where to post them; and look at the plan now and then."""
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look())
            if self._settings.mode == "webhook":
                secret = self._settings.webhook_secret.get_secret_value()
                await self._tell(
                    "setWebhook", {"url": self._root + ZaloBotWebhook.PATH, "secret_token": secret}
                )
                return
            # While a webhook is set, there is nothing to be polled.
            await self._tell("deleteWebhook", {})
            self._polling = ZaloBotPolling(self._client, desk)
            await self._polling.run()
            looking.cancel()

    async def _tell(self, method: str, body: dict[str, object]) -> None:
        try:
            await self._client.call(method, body)
        except (Refused, SendError) as problem:
            log.error("Zalo did not take %s: %s", method, problem)

    async def _look(self) -> None:
        while True:
            try:
                await self._plan.look()
            except Exception as problem:  # noqa: BLE001 - drivers have errors of their own while they connect
                log.error("what the plan allows cannot be looked at (%s)", type(problem).__name__)
            await asyncio.sleep(_LOOK_EVERY_S)

    def shut(self) -> None:
        """Ask for no more."""
        if self._polling is not None:
            self._polling.stop()

    async def close(self) -> None:
        """Close the connections."""
        await self.channel.stop()

    def link(self, payload: str) -> str:
        """The bot's address in Zalo, as the settings say; Zalo has no way to carry a payload."""
        del payload
        return self._settings.link
