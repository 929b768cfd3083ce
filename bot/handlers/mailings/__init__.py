"""Messages to many people."""

from bot.handlers.feature import Feature, MenuEntry, MenuRow
from bot.handlers.mailings import broadcast
from bot.screens.mailings.actions import ShowBroadcasts
from bot.screens.mailings.notices import NOTICES
from bot.screens.mailings.voice import broadcast as broadcast_voice
from bot.services.mailings.kinds import BROADCAST
from bot.services.mailings.privacy import PRIVACY
from bot.services.people.roles import Power

FEATURE = Feature(
    "mailings",
    routes=broadcast.routes,
    menu=(MenuEntry("menu.broadcast", MenuRow.MANY, lambda _reach: ShowBroadcasts(), Power.WRITE),),
    notices=NOTICES,
    privacy=PRIVACY,
    voices={BROADCAST: broadcast_voice},
)
