"""Peak weeks and months."""

from bot.handlers.campaigns import follow, plan, planning, reminders, targets
from bot.handlers.feature import Chore, Every, Feature, HelpPart, MenuEntry, MenuRow, routes_of
from bot.screens.campaigns.actions import ShowCampaigns
from bot.services.campaigns import campaigns
from bot.services.people.roles import Power

FEATURE = Feature(
    "campaigns",
    routes=routes_of(planning.routes, plan.routes, targets.routes, follow.routes, reminders.routes),
    menu=(MenuEntry("menu.campaign", MenuRow.MANY, lambda _reach: ShowCampaigns(), Power.CAMPAIGN),),
    help=(HelpPart("help.officer", Power.CAMPAIGN),),
    chores=(Chore(Every.LOOK, campaigns.chore),),
)
