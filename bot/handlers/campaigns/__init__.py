"""Peak weeks and months."""

from bot.handlers.campaigns import changing, follow, plan, planning, reminders, targets
from bot.handlers.feature import Chore, Every, Feature, HelpPart, MenuEntry, MenuRow, routes_of
from bot.screens.campaigns.actions import ShowCampaigns
from bot.screens.campaigns.voice import reminder
from bot.services.campaigns import running
from bot.services.campaigns.moments import CAMPAIGN
from bot.services.campaigns.privacy import PRIVACY
from bot.services.people.roles import Power

FEATURE = Feature(
    "campaigns",
    routes=routes_of(
        planning.routes, plan.routes, targets.routes, follow.routes, changing.routes, reminders.routes
    ),
    menu=(MenuEntry("menu.campaign", MenuRow.MANY, lambda _reach: ShowCampaigns(), Power.CAMPAIGN),),
    help=(HelpPart("help.officer", Power.CAMPAIGN),),
    privacy=PRIVACY,
    chores=(Chore(Every.LOOK, running.chore),),
    voices={CAMPAIGN: reminder},
    objections=(running.objection,),
)
