"""The enterprise's recognition and the national software."""

from bot.cli.recognition.export import export

COMMANDS = (export,)
