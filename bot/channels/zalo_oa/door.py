"""The door of a Zalo Official Account: the account of an app, by webhook."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from bot.channels.door import Parts
from bot.channels.zalo_oa.channel import NAME, ZaloOaChannel
from bot.channels.zalo_oa.updates import ZaloOaWebhook
from bot.delivery.pace import SHARED_PART, Rates
from bot.reception.desk import Desk


def open_door(parts: Parts) -> "ZaloOaDoor | None":
    """The account, when there is an app."""
    return ZaloOaDoor(parts) if parts.settings.zalo_oa.app_id else None


class ZaloOaDoor:
    """An Official Account, switched on."""

    carries_payload = False
    standing = 0

    def __init__(self, parts: Parts) -> None:
        """Nothing is contacted before :meth:`open`."""
        chosen = self._settings = parts.settings.zalo_oa
        self._clock = parts.clock
        per_second = chosen.per_minute / 60
        pace = parts.pace(NAME, Rates(per_second))
        self.channel = ZaloOaChannel(
            chosen, parts.database, parts.clock, parts.media, parts.texts, pace, parts.handing_out
        )
        self.bulk_per_second = per_second * SHARED_PART

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The webhook, which is the only way in."""
        return ZaloOaWebhook(self._settings, desk, self._clock).routes()

    async def open(self) -> None:
        """Open the connections."""
        await self.channel.start()

    async def take(self, desk: Desk) -> None:
        """Events come by themselves, to the address that was put in at Zalo's."""
        del desk

    def shut(self) -> None:
        """Nothing is asked for here."""

    async def close(self) -> None:
        """Close the connections."""
        await self.channel.stop()

    def link(self, payload: str) -> str:
        """The account's page in Zalo; Zalo has no way to carry a payload."""
        del payload
        return f"https://zalo.me/{self._settings.oa_id}" if self._settings.oa_id else ""
