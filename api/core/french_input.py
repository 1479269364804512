"""Parsers of cells typed by people: numbers, dates, lists, words of closed lists.

A parser takes a non-empty cell and raises ValueError, in French, if it cannot read it. Codes of registers (SIRET, CPV…)
are validated by the schemas, with their own messages.
"""

import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from api.core.text import normalize_label, without_accents

Parser = Callable[[str], Any]

_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_SEPARATORS = re.compile(r"[|;\n]")
_CODE_SEPARATORS = re.compile(r"[\s|;,]+")
_NUMBER = re.compile(r"([-+]?[\d.,]+(?:e[-+]?\d+)?)(k|md?)?")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3}){2,}|[-+]?\d{1,3}(?:\.\d{3}){2,}")
_UNITS = re.compile(r"€|euros?\b|eur\b|\bht\b|\bttc\b|\bkm\b|salariée?s?\b|personnes?\b|\betp\b|\s")
_SCALES = {None: 1.0, "k": 1e3, "m": 1e6, "md": 1e9}
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:[ T].*)?$")
_WRITTEN = re.compile(r"(\d{1,2})(?:er)?\s+([a-z]+)\.?\s+(\d{4})$")
_AXIS = re.compile(r"(?:axe\s*)?(?:n\s*[°o]\s*)?([123])(?![\d.,])", re.IGNORECASE)
_EATEN_CODE = re.compile(r"^(\d+)\.0+$")


@cache
def vocabulary() -> dict[str, Any]:
    """Return the synonyms of columns and values (`api/resources/columns.toml`)."""
    return tomllib.loads(files("api.resources").joinpath("columns.toml").read_text("utf-8"))


def text(cell: str) -> str:
    return cell


def code(cell: str) -> str:
    """Return a code that a spreadsheet may have turned into a number: `26362.0` → 26362."""
    match = _EATEN_CODE.match(cell)
    return match[1] if match else cell


def postcode(cell: str) -> str:
    digits = code(cell).replace(" ", "")
    return digits.zfill(5) if digits.isdigit() else digits


def texts(cell: str) -> list[str]:
    return [part for part in map(str.strip, _SEPARATORS.split(cell)) if part]


def code_list(cell: str) -> list[str]:
    return [code(part) for part in _CODE_SEPARATORS.split(cell) if part]


def slugs(cell: str) -> list[str]:
    """Approvals: `Qualibat RGE, SAP` → qualibat_rge, sap."""
    listed_parts = [part for listed in texts(cell) for part in listed.split(",")]
    return [
        re.sub(r"[^a-z0-9]+", "_", without_accents(part.lower())).strip("_") for part in listed_parts if part.strip()
    ]


def number(cell: str) -> float:
    """Read `12 500,50 €`, `430 k€`, `1,2 M€`, `12500.5`, `1.250.000`. Raises ValueError."""
    compact_cell = _UNITS.sub("", cell.lower().replace("millions", "m").replace("million", "m").replace("m€", "m"))
    match = _NUMBER.fullmatch(compact_cell)
    if not match:
        raise ValueError("nombre attendu, par exemple 12 500,50")
    digits = match[1]
    last_comma, last_dot = digits.rfind(","), digits.rfind(".")
    if last_comma >= 0 and last_dot >= 0:
        # The last of the two is the decimal sign, the other one groups thousands.
        digits = digits.replace("." if last_comma > last_dot else ",", "").replace(",", ".")
    elif _GROUPED.fullmatch(digits):
        digits = digits.replace(",", "").replace(".", "")
    try:
        return float(digits.replace(",", ".")) * _SCALES[match[2]]
    except ValueError:
        raise ValueError("nombre attendu, par exemple 12 500,50") from None


def axis(cell: str) -> int:
    """Read `1`, `2.0`, `Axe 3`, `axe n° 1 : métiers`. Raises ValueError."""
    match = _AXIS.match(code(cell))
    if not match:
        raise ValueError("axe attendu : 1, 2 ou 3")
    return int(match[1])


def day(cell: str) -> date:
    """Read `2026-11-24`, `24/11/2026`, `24/11/26`, `24 novembre 2026`, `20261124`, an ISO moment. Raises ValueError."""
    try:
        if match := _DAY_FIRST.match(cell):
            year = int(match[3])
            return date(year + (2000 if year < 70 else 1900) * (year < 100), int(match[2]), int(match[1]))
        if match := _WRITTEN.search(without_accents(cell.lower())):
            return date(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))
        return datetime.fromisoformat(cell).date()
    except ValueError:
        raise ValueError("date attendue, par exemple 24/11/2026 ou 2026-11-24") from None


def shifted_day(days: int) -> Parser:
    def parse(cell: str) -> date:
        try:
            return day(cell) + timedelta(days)
        except OverflowError:
            raise ValueError("date hors du calendrier une fois décalée") from None

    return parse


def word(name: str) -> Parser:
    """Return a parser from words of a closed list, French or English, to codes; it returns unknown words unchanged."""
    codes = _codes(name)
    return lambda cell: codes.get(normalize_label(cell), cell)


def words(name: str) -> Parser:
    codes = _codes(name)

    def parse(cell: str) -> list[str]:
        parts = [cell] if normalize_label(cell) in codes else [part.strip() for part in re.split(r"[|;,\n]", cell)]
        translated = [codes.get(normalize_label(part), part) for part in parts]
        return [code for code in translated if code]

    return parse


def boolean(cell: str) -> bool:
    answer = _codes("boolean").get(normalize_label(cell))
    if answer is None:
        raise ValueError("oui ou non attendu")
    return answer == "true"


def department(cell: str) -> str:
    """Read `7`, `07`, `Ardèche`, `Ardèche (07)`, `26 - Drôme`."""
    department_codes = _codes("department")
    normal_name = normalize_label(cell)
    if normal_name in department_codes:
        return department_codes[normal_name]
    if match := re.fullmatch(r"(\d?\d|2[ab])([a-z]+)|([a-z]+?)(\d?\d|2[ab])", normal_name):
        department_name, department_code = match[2] or match[3], (match[1] or match[4]).zfill(2)
        if department_codes.get(department_name) == department_code:
            return department_code
    return code(cell)


def departments(cell: str) -> list[str]:
    """A list of départements by number or by name: `07, 26`, `Drôme | Ardèche`."""
    return [
        number_or_code
        for part in re.split(r"[|;,\n]", cell)
        if part.strip()
        for number_or_code in ([department(part.strip())] if re.search(r"[a-z]{3}", part, re.I) else code_list(part))
    ]


def is_department_name(cell: str) -> bool:
    name = normalize_label(cell)
    return name.strip("0123456789") in _codes("department") and not name.isdigit()


def actor_kind_of(legal_category: str | None) -> str | None:
    """Return the default kind of an actor with an INSEE legal category; a declared kind takes precedence."""
    return _legal_categories().get(legal_category, "company") if legal_category else None


def accepted_words(name: str) -> list[str]:
    """Return a word for each code that a list of `vocabulary()["values"]` has, as a person would write it."""
    return [synonyms[0] for code, synonyms in vocabulary()["values"][name].items() if code]


@cache
def _codes(name: str) -> dict[str, str]:
    codes: dict[str, str] = {}
    for value, synonyms in vocabulary()["values"][name].items():
        codes |= {normalize_label(synonym): value for synonym in (value, *synonyms)}
    return codes


@cache
def _legal_categories() -> dict[str, str]:
    return {category: kind for kind, codes in vocabulary()["legal_categories"].items() for category in codes}
