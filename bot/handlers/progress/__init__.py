"""Counts against targets, ranking, pictures."""

from bot.handlers.feature import Feature, MenuEntry, MenuRow
from bot.handlers.progress import progress
from bot.screens.progress.actions import ShowProgress
from bot.services.people.roles import Power
from bot.services.progress.following import FOLLOWER

FEATURE = Feature(
    "progress",
    routes=progress.routes,
    menu=(
        MenuEntry(
            "menu.progress",
            MenuRow.STEER,
            lambda reach: ShowProgress(reach.top(Power.SEE_PROGRESS).unit_id),
            Power.SEE_PROGRESS,
        ),
    ),
    followers=(FOLLOWER,),
)
