"""French formats: numbers, dates, sizes, plurals."""

import re
from datetime import date
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal

NBSP = "\N{NO-BREAK SPACE}"
NARROW = "\N{NARROW NO-BREAK SPACE}"

DEPARTMENTS = {"07": "Ardèche", "26": "Drôme"}

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def plural(count: int, singular: str, plural_form: str | None = None) -> str:
    """Return « 1 acteur », « 2 acteurs », « 0 acteur »: French uses the singular below two."""
    return f"{number(count)}{NBSP}{singular if abs(count) < 2 else plural_form or singular + 's'}"


def file_size(size: int) -> str:
    """Return the size of a file: « 120 ko », « 1,4 Mo »."""
    if size >= 1_000_000:
        return f"{number(size / 1e6, 1)}{NBSP}Mo"
    return f"{number(max(1, round(size / 1000)))}{NBSP}ko"


def when(moment: date, today: date) -> str:
    """Return the distance of a day: « dans 5 jours »."""
    day_count = (moment - today).days
    near_words = {0: "aujourd’hui", 1: "demain", -1: "hier"}
    if day_count in near_words:
        return near_words[day_count]
    return f"dans {plural(day_count, 'jour')}" if day_count > 0 else f"il y a {plural(-day_count, 'jour')}"


def sentence(words: str) -> str:
    """Return words as a sentence: with a capital letter, and one full stop unless it ends otherwise."""
    ended = words.strip().rstrip(".")
    return f"{ended[:1].upper()}{ended[1:]}{'' if ended.endswith(('?', '!', '…')) else '.'}"


def euros(amount: float) -> str:
    """Return an amount in French, rounded: 430 k€, 1,2 M€, 950 €."""
    for unit_value, unit_sign in ((1e6, "M€"), (1e3, "k€")):
        if amount >= unit_value:
            decimals = "#,##0.#" if amount < 10 * unit_value else "#,##0"
            return f"{format_decimal(amount / unit_value, decimals, locale='fr')} {unit_sign}"
    return f"{format_decimal(amount, '#,##0', locale='fr')} €"


def spaced(text: str) -> str:
    """Return a text with non-breaking spaces where French typography wants them."""
    return re.sub(r" (?=[:;!?»])", "\N{NO-BREAK SPACE}", text).replace("« ", "«\N{NO-BREAK SPACE}")


def unbroken(text: str) -> str:
    """Return a sentence that breaks neither before a unit or a high punctuation mark, nor inside « »."""
    text = re.sub(r"[ \u00a0\u202f](?=[;!?»%€]|k€|M€|km\b)", NARROW, text)
    text = re.sub(r"«[ \u00a0\u202f]", "«" + NARROW, text)
    text = re.sub(r" (?=:)", NBSP, text)
    return re.sub(r"(?<=\d) (?=(?:jour|salarié|acteur|euro|heure|ha\b|m²|lot))", NARROW, text)


@lru_cache(10_000)
def number(value: float, digits: int = 0) -> str:
    """Return a number in French format."""
    return format_decimal(value, "#,##0" + ("." + "0" * digits if digits else ""), locale="fr")


@lru_cache(10_000)
def day(iso: str) -> str:
    """Return an ISO day as « 24 novembre 2026 »."""
    moment = date.fromisoformat(iso)
    return format_date(moment, "'1er' MMMM yyyy" if moment.day == 1 else "d MMMM yyyy", locale="fr")


def weekday(moment: date) -> str:
    """Return a day near enough to need no year: « mardi 1er décembre »."""
    return format_date(moment, "EEEE '1er' MMMM" if moment.day == 1 else "EEEE d MMMM", locale="fr")


def month(iso: str) -> str:
    """Return « mars 2026 »."""
    return format_date(date.fromisoformat(iso), "MMMM yyyy", locale="fr")


def of_month(iso: str) -> str:
    """Return « de mars 2026 », « d’avril 2026 »."""
    words = month(iso)
    return f"d’{words}" if words[0] in "ao" else f"de {words}"
