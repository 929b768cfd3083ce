"""All handlers together."""

from bot.conversation.routing import Routes
from bot.handlers import me, menu, mine, officer, register, review, submit, unregistered
from bot.handlers.turn import Turn


def all_routes() -> Routes[Turn]:
    """The registry that the desk works with. Raises ValueError when two handlers claim the same word."""
    routes: Routes[Turn] = Routes()
    for module in (register, unregistered, menu, submit, mine, review, officer, me):
        routes.include(module.routes)
    return routes
