"""Counts against targets, ranking, pictures."""

from bot.cli.progress.check import check
from bot.cli.progress.progress import progress
from bot.cli.progress.targets import counts, targets

COMMANDS = (targets, counts, progress, check)
