"""How the cells of a column that feeds a field are read."""

import re
from functools import partial

from api.catalogue.approvals import read_approvals
from api.catalogue.schemas import Nomenclature, RecordKind
from api.core import french_input
from api.core.french_input import Parser, code_list
from api.core.french_numbers import decimal, euros, number, persons
from api.imports.lot_cells import lot_number, reservations
from api.imports.trades import trades

_EUROS = frozenset({"turnover_eur", "amount_eur", "lot.amount_eur"}) | {
    f"takeover.{name}_eur" for name in ("turnover", "price_min", "price_max")
}

_PERSONS = frozenset({"headcount", "takeover.headcount"})

_BOOLEANS = frozenset({"ess", "esus", "confidential", "social_clause"})

DATES = frozenset({"information_date", "published_on", "deadline", "takeover.transfer_on"})

# Different in each row of most files: a cache of parsed values would only cost.
_UNIQUE = frozenset({"siret", "source_id", "name", "title", "description", "teaser", "url", "website"})

_LOOSE_NAF = re.compile(r"(?<=[0-9])\s+(?=[A-Za-z]\b)")

# A spreadsheet eats the first zero of a code that it takes for a number.
_EATEN_NAF = re.compile(r"(?<![0-9.])([0-9]\.?[0-9]{2}[A-Za-z])\b")


# A person's words for « I do not know », where a number or a date stands in other rows.
UNKNOWN_WORDS = frozenset({
    *("-", "–", "—", "/", "?", "nc", "n.c.", "n.c", "nr", "n.r.", "na", "n/a", "#n/a", "nd", "inconnu", "inconnue"),
    *("néant", "non communiqué", "non renseigné", "non connu", "à définir", "à préciser"),
})  # fmt: skip


def may_be_unknown(field: str) -> bool:
    """Return whether a word of `UNKNOWN_WORDS` in this field's column is an empty cell."""
    return field in _EUROS | _PERSONS | DATES | {"radius_km", "lat", "lon"}


def is_remembered(field: str) -> bool:
    """Return whether the cells of a field repeat themselves, so that what they were read as is worth keeping."""
    return field not in _UNIQUE


def parser_of(field: str, kind: RecordKind, shift_days: int = 0, scale: float = 1.0) -> Parser:
    """Return the parser of a field's cells. shift_days: added to dates; scale: of the unit that the header gives."""
    if field in DATES:
        return french_input.shifted_day(shift_days)
    if field in _EUROS:
        return partial(euros, scale=scale)
    if field in _PERSONS:
        return persons
    if field in _BOOLEANS:
        return french_input.boolean
    if field == "kind":
        return french_input.word("actor_kind" if kind == "actors" else "opportunity_kind")
    return _PARSERS.get(field, french_input.text)


def web_address(cell: str) -> str:
    """Return a web address; people leave `https://` out."""
    is_bare = re.fullmatch(r"(?i)(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:[/?#]\S*)?", cell)
    return f"https://{cell}" if is_bare else cell


def activities_of(nomenclature: Nomenclature) -> Parser:
    def parse(cell: str) -> list[dict[str, str]]:
        return [
            {"code": part, "nomenclature": nomenclature}
            for part in code_list(_EATEN_NAF.sub(r"0\1", _LOOSE_NAF.sub("", cell)))
        ]

    return parse


_PARSERS: dict[str, Parser] = {
    "siret": french_input.code,
    "buyer_siret": french_input.code,
    "takeover.holder_siren": french_input.code,
    "legal_category": french_input.code,
    "source_id": french_input.code,
    "lot.number": lambda cell: lot_number(french_input.code(cell)),
    "commune_code": french_input.code,
    "headcount_band": french_input.code,
    "lat": decimal,
    "lon": decimal,
    "radius_km": number,
    "website": web_address,
    "url": web_address,
    "postcode": french_input.postcode,
    "department": french_input.department,
    "area_departments": french_input.departments,
    "area_communes": french_input.code_list,
    "cpv": french_input.code_list,
    "lot.cpv": french_input.code_list,
    "naf": activities_of(Nomenclature.NAF_REV2),
    "naf_2025": activities_of(Nomenclature.NAF_2025),
    "activities": trades,
    "member_of": french_input.texts,
    "approvals": read_approvals,
    "required_approvals": read_approvals,
    "seeks": french_input.words("seeks"),
    "reserved": reservations,
    "lot.reserved": reservations,
    "origin": french_input.word("origin"),
    "status": french_input.word("status"),
    "axis": french_input.axis,
    "state": french_input.state,
    "takeover.cause": french_input.word("cause"),
}
