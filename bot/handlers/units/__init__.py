"""The tree of unions."""

from bot.handlers.feature import Feature

FEATURE = Feature("units")
