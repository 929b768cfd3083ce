"""Channels that let nobody be written to for longer than so many hours after their last message."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.delivery.channel import Channel
from storage.delivery.reach import Closed


def closed_before(channels: Mapping[str, Channel], now: datetime) -> Closed:
    """By channel the moment since which somebody must have written, for ``storage.delivery.reach``; only those with a limit."""
    return {
        name: now - timedelta(hours=channel.capabilities.window_hours)
        for name, channel in channels.items()
        if channel.capabilities.window_hours is not None
    }
