"""Coming in, roles, devices, one's own data."""

from bot.cli.people.invites import invite, invites, poster
from bot.cli.people.people import people
from bot.cli.people.privacy import privacy

COMMANDS = (people, privacy, invite, invites, poster)
