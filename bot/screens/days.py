"""Days as people write them, as exactly as they are known."""

from datetime import date

from bot.conversation.forms import FormContext


def show_day(day: date, precision: str, language: str) -> str:
    """15/3/2022, or only 3/2022 or 2022 when no more is known."""
    if precision == "year":
        return str(day.year)
    if precision == "month":
        return f"{day.month}/{day.year}"
    return f"{day.day}/{day.month}/{day.year}" if language == "vi" else day.strftime("%d %b %Y")


def show_whole_day(value: str, context: FormContext) -> str:
    """A form's answer that is a day and no less, stored as 2022-03-15."""
    return show_day(date.fromisoformat(value), "day", context.say.language)
