"""What one can do here, and in which language."""

from bot.handlers.feature import Feature, HelpPart, MenuEntry, MenuRow, routes_of
from bot.handlers.help import help as help_  # `help` is a builtin
from bot.handlers.help import language
from bot.screens.help.actions import ShowHelp

FEATURE = Feature(
    "help",
    routes=routes_of(help_.routes, language.routes),
    menu=(MenuEntry("menu.help", MenuRow.SELF, lambda _reach: ShowHelp()),),
    help=(HelpPart("help.everyone"),),
)
