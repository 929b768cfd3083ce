"""What people submit, and what a programme asks of it."""

from bot.cli.initiatives.programmes import phase, programme

COMMANDS = (programme, phase)
