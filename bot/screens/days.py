"""Days as they stand on a screen."""

from datetime import date

from bot.conversation.dates import show_day
from bot.conversation.forms import FormContext


def show_whole_day(value: str, context: FormContext) -> str:
    """A form's answer that is a day and no less, stored as 2022-03-15."""
    return show_day(date.fromisoformat(value), "day", context.say.language)
