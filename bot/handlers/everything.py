"""All handlers together."""

from bot.conversation.routing import Routes
from bot.handlers import menu
from bot.handlers.campaigns import follow as campaign_follow
from bot.handlers.campaigns import plan as campaign_plan
from bot.handlers.campaigns import planning as campaign
from bot.handlers.campaigns import reminders
from bot.handlers.campaigns import targets as campaign_targets
from bot.handlers.initiatives import mine, submit
from bot.handlers.mailings import broadcast
from bot.handlers.people import kiosk, me, register, sign_in, unregistered, where_told
from bot.handlers.people import team as officer
from bot.handlers.praise import naming as named
from bot.handlers.recognition import entering as enter
from bot.handlers.review import review
from bot.handlers.turn import Turn


def all_routes() -> Routes[Turn]:
    """The registry that the desk works with. Raises ValueError when two handlers claim the same word."""
    routes: Routes[Turn] = Routes()
    for module in (
        register,
        unregistered,
        menu,
        submit,
        mine,
        review,
        enter,
        sign_in,
        officer,
        kiosk,
        broadcast,
        campaign,
        campaign_plan,
        campaign_targets,
        campaign_follow,
        reminders,
        named,
        where_told,
        me,
    ):
        routes.include(module.routes)
    return routes
