"""Content of a BOAMP notice, the same for every form."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.core import official_codes
from api.core.text import without_accents
from api.open_data.sources.written_places import NOWHERE, WrittenPlace
from matcher.types import Reservation

# « clause sociale », « clause d’exécution à caractère social », « clause obligatoire d’insertion »…, and not
# « sans clause sociale », « ne comporte pas de clause d’insertion », « clause sociale : sans objet ».
# Only the surroundings of such a word are folded and searched: notices are long.
_CLAUSE_HINT = re.compile(r"socia|insertion", re.IGNORECASE)
_AROUND = 100
_CLAUSE = re.compile(
    r"(?<!sans )(?<!aucune )(?<!pas de )(?<!ni de )\b(?:clauses?(?: \w+){0,2}? (?:sociales?|d.insertion)"
    r"|clauses? d.execution(?: (?:a caractere|d.ordre|de nature))? social\w*"
    r"|conditions? d.execution(?: (?:a caractere|d.ordre|de nature))? social\w*"
    r"|considerations? sociales?|criteres? (?:sociaux|sociale?s?|d.insertion)|heures? d.insertion)\b"
    r"(?! ?: ?(?:sans objet|non\b|neant|aucune))"
)


@dataclass(slots=True)
class Notice:
    """Content of a notice. None and empty: not given. lots: LotIn's keyword arguments.

    postcode, city, department: where the work is done; the buyer's place is another. is_place_told: some commune or
    postcode is told, perhaps several, which then leave `postcode` and `city` empty.
    remarks: what a reader must know besides, in French.
    cancelled: the notice withdraws the tender. fruitless: it announces that nothing was awarded. ongoing: it announces
    an award, and the tender goes on. european: its moments are true UTC; a national notice's are local hours, which the
    service labels as UTC. two_stages: its deadline is that of the requests to participate.
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


def social_clause_in(text: str | None) -> bool | None:
    """Return True where a text mentions insertion hours, a social clause or a social criterion, else None."""
    for hint in _CLAUSE_HINT.finditer(text or ""):
        around = (text or "")[max(0, hint.start() - _AROUND) : hint.end() + _AROUND]
        if _CLAUSE.search(without_accents(around.lower())):
            return True
    return None
