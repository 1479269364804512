"""Parsers of cells typed by people: dates, lists, words of closed lists (numbers: `api.core.french_numbers`).

A parser takes a non-empty cell and raises ValueError, in French, if it cannot read it. Codes of registers (SIRET, CPV…)
are validated by the schemas, with their own messages.
"""

import csv
import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from api.core.digits import is_digits, plain_digits
from api.core.text import normalize_label, without_accents

Parser = Callable[[str], Any]

_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_SEPARATORS = re.compile(r"[|;\n]")
_CODE_SEPARATORS = re.compile(r"[\s|;,]+")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:[ T].*)?$")
_WRITTEN = re.compile(r"(\d{1,2})(?:er)?\s+([a-z]+)\.?\s+(\d{4})$")
# Of the kinds of actors: forms that another word beside them makes precise.
_LEGAL_FORMS = frozenset({"association", "company", "cooperative"})
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
    cell = plain_digits(cell)
    match = _EATEN_CODE.match(cell)
    return match[1] if match else cell


def postcode(cell: str) -> str:
    digits = code(cell).replace(" ", "")
    return digits.zfill(5) if is_digits(digits) else digits


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


def axis(cell: str) -> int:
    """Read `1`, `2.0`, `Axe 3`, `axe n° 1 : métiers`. Raises ValueError."""
    match = _AXIS.match(code(cell))
    if not match:
        raise ValueError("axe attendu : 1, 2 ou 3")
    return int(match[1])


def day(cell: str) -> date:
    """Read `2026-11-24`, `24/11/2026`, `24/11/26`, `24 novembre 2026`, `20261124`, an ISO moment. Raises ValueError."""
    cell = plain_digits(cell)
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
    """Return a parser from words of a closed list, French or English, to codes; it returns unknown words unchanged.

    Of a name with its acronym (`Entreprise d’insertion (EI)`, `EI - Entreprise d’insertion`), either will do.
    """
    codes = _codes(name)
    return lambda cell: codes.get(normalize_label(cell)) or _code_within(cell, codes) or cell


def _code_within(cell: str, codes: dict[str, str]) -> str | None:
    """Return the only code that the parts of a cell name; a legal form beside another word says nothing more."""
    parts = re.split(r"[(),;:/|]|\s[-–—]\s", cell)
    named = {codes[label] for label in map(normalize_label, parts) if label in codes} if len(parts) > 1 else set()
    named = (named - _LEGAL_FORMS) or named
    return named.pop() if len(named) == 1 else None


def state(cell: str) -> str:
    """Read whether an establishment or an association is open. Raises ValueError for any other word."""
    code_of_state: str = word("state")(cell)
    if code_of_state not in ("open", "closed"):
        raise ValueError("état inconnu : attendu actif ou fermé")
    return code_of_state


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
    """A list of départements by number or by name: `07, 26`, `Drôme | Ardèche`, `Drôme et Ardèche`, `Drôme-Ardèche`."""
    return [
        number_or_code
        for part in re.split(r"[|;,\n/&+]|(?<=\s)et(?=\s)", cell)
        if part.strip()
        for number_or_code in (_named_departments(part.strip()) if _is_name(part) else code_list(part))
    ]


def _is_name(words: str) -> bool:
    return re.search(r"[a-z]{3}", without_accents(words.lower())) is not None


def _named_departments(words: str) -> list[str]:
    whole = department(words)
    if whole in _codes("department").values():
        return [whole]
    # Names that only a hyphen or a blank joins; « Alpes » is part of several.
    names, rest, read = _codes("department"), normalize_label(words), list[str]()
    while rest:
        name = next((name for name in sorted(names, key=len, reverse=True) if rest.startswith(name)), None)
        if name is None or name.isdecimal():
            return [whole]
        read.append(names[name])
        rest = rest.removeprefix(name)
    return read


def is_department_name(cell: str) -> bool:
    name = normalize_label(cell)
    return name.strip("0123456789") in _codes("department") and not is_digits(name)


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
    if name == "department":
        codes |= {normalize_label(label): code_of for code_of, label in _department_names()}
    return codes


def _department_names() -> list[tuple[str, str]]:
    text = files("matcher.resources").joinpath("departments.csv").read_text("utf-8")
    return [(row["code"], row["name"]) for row in csv.DictReader(text.splitlines())]


@cache
def _legal_categories() -> dict[str, str]:
    return {category: kind for kind, codes in vocabulary()["legal_categories"].items() for category in codes}
