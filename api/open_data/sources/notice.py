"""Content of a BOAMP notice, the same for every form."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.core import official_codes
from api.core.text import without_accents
from api.open_data.sources.written_places import NOWHERE, WrittenPlace
from matcher.types import Reservation

_BY_ARTICLE = {"12": Reservation.EA_ESAT, "13": Reservation.SIAE, "15": Reservation.ESS}
# « marché réservé … L. 2113-13 », in either order, and not « non réservé », « n’est pas réservé ».
_ARTICLE = re.compile(r"l\s?\.?\s?2113-(12|13|15)")
_RESERVED = re.compile(r"(?<!non )(?<!pas )reserve(?:e|s|es)?\b")
_NEAR = 200
_CLAUSE = re.compile(r"clauses? (?:sociales?|d.insertion)|heures? d.insertion")


@dataclass(slots=True)
class Notice:
    """Content of a notice. None and empty: not given. lots: LotIn's keyword arguments.

    postcode, city, department: where the work is done; the buyer's place is another. is_place_told: some commune or
    postcode is told, perhaps several, which then leave `postcode` and `city` empty.
    remarks: what a reader must know besides, in French.
    cancelled: the notice withdraws the tender. fruitless: it announces that nothing was awarded. ongoing: it announces
    an award, and the tender goes on. european: a notice in eForms. two_stages: its deadline is that of the requests to
    participate.
    """

    title: str | None = None
    description: str | None = None
    cpv: list[str] = field(default_factory=list)
    lots: list[dict[str, Any]] = field(default_factory=list)
    reserved: list[Reservation] = field(default_factory=list)
    social_clause: bool | None = None
    amount_eur: float | None = None
    deadline: date | None = None
    buyer_siret: str | None = None
    buyer_place: WrittenPlace = NOWHERE
    postcode: str | None = None
    city: str | None = None
    department: str | None = None
    is_place_told: bool = False
    remarks: list[str] = field(default_factory=list)
    procedure: str | None = None
    cancelled: bool = False
    fruitless: bool = False
    european: bool = False
    ongoing: bool = False
    two_stages: bool = False


def usable_cpv(typed_codes: list[str | None]) -> list[str]:
    """Return the valid CPV codes among the typed ones, each once."""
    usable_codes: list[str] = []
    for typed_code in typed_codes:
        try:
            usable_codes.append(official_codes.cpv(typed_code or ""))
        except ValueError:
            continue
    return list(dict.fromkeys(usable_codes))


def usable_siret(typed_identifier: str | None) -> str | None:
    """Return the identifier if it is a SIRET: some buyers give that of a platform."""
    try:
        has_length = len(re.sub(r"\D", "", typed_identifier or "")) == 14
        return official_codes.siret(typed_identifier or "") if has_length else None
    except ValueError:
        return None


def usable_amount(euros: float | None) -> float | None:
    """Return a plausible amount: forms that require one are filled with 0 or 1."""
    return euros if euros is not None and 1 < euros <= 1e12 else None


def cited_reservations(text: str | None) -> list[Reservation]:
    """Return the reservations of a text: the articles that it cites close to « réservé »."""
    if not text or "2113" not in text:
        return []
    folded_text = without_accents(text.lower())
    reserved_positions = [reserved_match.start() for reserved_match in _RESERVED.finditer(folded_text)]
    cited_kinds = {
        _BY_ARTICLE[article_match[1]]
        for article_match in _ARTICLE.finditer(folded_text)
        if _is_near(article_match.start(), reserved_positions)
    }
    return [reservation for reservation in Reservation if reservation in cited_kinds]


def _is_near(position: int, sorted_positions: list[int]) -> bool:
    """Return whether one of some positions is near this one."""
    following = bisect_left(sorted_positions, position - _NEAR)
    return following < len(sorted_positions) and sorted_positions[following] <= position + _NEAR


def social_clause_in(text: str | None) -> bool | None:
    """Return True where a text mentions insertion hours or a social clause, else None."""
    lowered_text = (text or "").lower()
    if "socia" not in lowered_text and "insertion" not in lowered_text:
        return None
    return True if _CLAUSE.search(without_accents(lowered_text)) else None
