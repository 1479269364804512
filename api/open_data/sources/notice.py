"""What a BOAMP notice says inside, whatever the form that it was written in."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.core import official_codes
from api.core.text import without_accents
from matcher.types import Reservation

_BY_ARTICLE = {"12": Reservation.EA_ESAT, "13": Reservation.SIAE, "15": Reservation.ESS}
# « marché réservé … L. 2113-13 », in either order, and not « non réservé », « n’est pas réservé ».
_ARTICLE = re.compile(r"l\s?\.?\s?2113-(12|13|15)")
_RESERVED = re.compile(r"(?<!non )(?<!pas )reserve(?:e|s|es)?\b")
_NEAR = 200
_CLAUSE = re.compile(r"clauses? (?:sociales?|d.insertion)|heures? d.insertion")


@dataclass(slots=True)
class Notice:
    """The inside of a notice. None and empty: it does not say. `lots` are LotIn's keyword arguments.

    `cancelled`: it withdraws what it concerns; `fruitless`: it announces that nothing was awarded.
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
    postcode: str | None = None
    city: str | None = None
    procedure: str | None = None
    cancelled: bool = False
    fruitless: bool = False


def usable_cpv(found: list[str | None]) -> list[str]:
    """Return the CPV codes among what buyers typed, each once; what is no code says nothing."""
    kept: list[str] = []
    for code in found:
        try:
            kept.append(official_codes.cpv(code or ""))
        except ValueError:
            continue
    return list(dict.fromkeys(kept))


def usable_siret(found: str | None) -> str | None:
    """Return a SIRET among the identifiers that buyers have (some are of a platform's own), else None."""
    try:
        return official_codes.siret(found or "") if len(re.sub(r"\D", "", found or "")) == 14 else None
    except ValueError:
        return None


def usable_postcode(found: str | None) -> str | None:
    return found if found and re.fullmatch(r"\d{5}", found) else None


def usable_amount(euros: float | None) -> float | None:
    """Return an amount; forms that demand one are filled with 0 or 1."""
    return euros if euros is not None and 1 < euros <= 1e12 else None


def reservations_said(text: str | None) -> list[Reservation]:
    """Return for whom a text says that the market is reserved, by the articles that it cites beside that word."""
    plain = without_accents((text or "").lower())
    reserved = [match.start() for match in _RESERVED.finditer(plain)]
    cited = {_BY_ARTICLE[match[1]] for match in _ARTICLE.finditer(plain) if _is_near(match.start(), reserved)}
    return [reservation for reservation in Reservation if reservation in cited]


def _is_near(place: int, places: list[int]) -> bool:
    """Whether one of the places, in their order, is near this one."""
    following = bisect_left(places, place - _NEAR)
    return following < len(places) and places[following] <= place + _NEAR


def social_clause_said(text: str | None) -> bool | None:
    """True where insertion hours or a social clause are spoken of; else nothing is known."""
    return True if _CLAUSE.search(without_accents((text or "").lower())) else None
