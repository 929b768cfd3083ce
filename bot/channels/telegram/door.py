"""Telegram's door: the bot of a token, by long polling or by webhook."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from bot.channels.door import Parts
from bot.channels.telegram.channel import NAME, TelegramChannel
from bot.channels.telegram.updates import Polling, Webhook
from bot.delivery.pace import SHARED_PART, Rates
from bot.handlers.features import all_features
from bot.reception.desk import Desk
from bot.texts import DEFAULT_LANGUAGE, LANGUAGES


def open_door(parts: Parts) -> "TelegramDoor | None":
    """Telegram, when there is a token."""
    return TelegramDoor(parts) if parts.settings.telegram.token.get_secret_value() else None


class TelegramDoor:
    """Telegram, switched on."""

    carries_payload = True
    standing = 20

    def __init__(self, parts: Parts) -> None:
        """Nothing is contacted before :meth:`open`."""
        chosen = self._settings = parts.settings.telegram
        self._root = parts.settings.web.root
        self._texts = parts.texts
        rates = Rates(chosen.per_second, chosen.chat_per_second, chosen.group_per_minute)
        self.channel = TelegramChannel(chosen, parts.media, parts.pace(NAME, rates))
        self.bulk_per_second = chosen.per_second * SHARED_PART
        self._polling: Polling | None = None

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The webhook, where updates come by it."""
        if self._settings.mode == "polling":
            return ()
        secret = self._settings.webhook_secret.get_secret_value()
        return Webhook(self.channel, desk, secret).routes()

    async def open(self) -> None:
        """Open the connections, and say which commands there are: for everybody, and by the phone's language."""
        await self.channel.start()
        listed = all_features().routes.listed
        for language in LANGUAGES:
            say = self._texts.say(language)
            # In the order of the locale file; a command's English name is that of its topic.
            commands = [
                (listed[topic] if language == DEFAULT_LANGUAGE else topic, sentence)
                for topic, sentence in say.under("commands").items()
            ]
            await self.channel.offer_commands(commands, "" if language == DEFAULT_LANGUAGE else language)

    async def take(self, desk: Desk) -> None:
        """Ask for updates until shut; or tell Telegram where to post them."""
        if self._settings.mode == "webhook":
            await self.channel.register(
                self._root + Webhook.PATH, self._settings.webhook_secret.get_secret_value()
            )
            return
        self._polling = Polling(self.channel, desk)
        await self._polling.run()

    def shut(self) -> None:
        """Ask for no more."""
        if self._polling is not None:
            self._polling.stop()

    async def close(self) -> None:
        """Close the connections."""
        await self.channel.stop()

    def link(self, payload: str) -> str:
        """``https://t.me/<bot>?start=<payload>``; empty until Telegram has said what the bot is called."""
        name = self.channel.user_name
        return f"https://t.me/{name}?start={payload}" if name else ""
