"""Days as people write them, as exactly as they are known."""

from datetime import date


def show_day(day: date, precision: str, language: str) -> str:
    """15/3/2022, or only 3/2022 or 2022 when no more is known."""
    if precision == "year":
        return str(day.year)
    if precision == "month":
        return f"{day.month}/{day.year}"
    return f"{day.day}/{day.month}/{day.year}" if language == "vi" else day.strftime("%d %b %Y")
