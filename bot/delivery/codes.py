"""Codes for the choices of what the bot says by itself, where there are no buttons."""

from datetime import datetime

from bot.conversation import numbered
from bot.conversation.vocabulary import Recipient, Say, Screen
from bot.delivery.channel import Channel
from storage.conversation import menus
from storage.engine import Session


async def coded(
    session: Session, account_id: int, screen: Screen, say: Say, now: datetime, *, taps: int
) -> Screen:
    """The screen with its choices as codes, which are noted in the transaction in which it is claimed or answered.

    ``taps``: as in the channel's capabilities.
    """
    number = 0
    if numbered.needs_codes(screen):
        number = await menus.next_number(session, account_id) or 0
    laid_out, entries = numbered.with_codes(screen, say, number, taps=taps)
    if entries and number:
        choices = [(one.key, one.label, one.action) for one in entries]
        await menus.offer(session, account_id, number, choices, now)
    return laid_out


async def for_channel(
    session: Session, channel: Channel, to: Recipient, screen: Screen, say: Say, now: datetime
) -> Screen:
    """The screen as it leaves by itself over a channel: with codes where that one has no buttons."""
    if channel.capabilities.buttons or to.account_id is None:
        return screen
    return await coded(session, to.account_id, screen, say, now, taps=channel.capabilities.taps)
