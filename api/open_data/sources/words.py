"""Days and months in French."""

from datetime import date

from babel.dates import format_date


def day_in_french(day: date) -> str:
    """« 1er mars 2027 », « 24 novembre 2026 »."""
    return format_date(day, "'1er' MMMM yyyy" if day.day == 1 else "d MMMM yyyy", locale="fr")


def month_in_french(day: date) -> str:
    """« mars 2027 »."""
    return format_date(day, "MMMM yyyy", locale="fr")
