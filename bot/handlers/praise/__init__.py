"""Thanks and naming."""

from bot.handlers.feature import Feature
from bot.handlers.praise import naming
from bot.screens.praise.notices import NOTICE_ROWS

FEATURE = Feature("praise", routes=naming.routes, notice_rows=NOTICE_ROWS)
