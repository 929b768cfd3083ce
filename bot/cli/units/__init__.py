"""The tree of unions."""

from bot.cli.units.units import units

COMMANDS = (units,)
