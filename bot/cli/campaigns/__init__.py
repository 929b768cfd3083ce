"""Peak weeks and months."""

from bot.cli.campaigns.calendar import dayoff
from bot.cli.campaigns.campaigns import campaign

COMMANDS = (dayoff, campaign)
