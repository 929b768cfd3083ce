"""All handlers together."""

from bot.conversation.routing import Routes
from bot.handlers import (
    broadcast,
    campaign,
    campaign_follow,
    campaign_plan,
    campaign_targets,
    enter,
    kiosk,
    me,
    menu,
    mine,
    named,
    officer,
    register,
    reminders,
    review,
    sign_in,
    submit,
    unregistered,
    where_told,
)
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
