"""The enterprise's recognition and the national software."""

from bot.handlers.feature import Feature, MenuEntry, MenuRow
from bot.handlers.recognition import entering
from bot.screens.recognition.actions import ShowEntries
from bot.services.people.roles import Power

FEATURE = Feature(
    "recognition",
    routes=entering.routes,
    menu=(MenuEntry("menu.approved", MenuRow.DECISIONS, lambda _reach: ShowEntries(), Power.RECORD),),
)
