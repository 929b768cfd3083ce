"""Keyboards as a bot makes them."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup


def buttons(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"do:{label}")] for label in labels]
    )
