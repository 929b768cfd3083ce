"""Coming in, roles, devices, one's own data."""

from bot.cli.people.invites import invite, invites, poster
from bot.cli.people.people import people

COMMANDS = (people, invite, invites, poster)
