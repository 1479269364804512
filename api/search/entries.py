"""What may be found, as the search reads it: an actor or an opportunity, with its words by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.wording import KINDS
from api.core.french import DEPARTMENTS
from api.search.parts import Part
from api.search.queries import ActorRow, OpportunityRow
from matcher.nomenclature import cpv_name, naf_classes
from matcher.types import Point

DESCRIPTION_LENGTH = 500


class Found(StrEnum):
    """What is found."""

    ACTOR = "actor"
    OPPORTUNITY = "opportunity"


@dataclass(frozen=True)
class Entry:
    """An actor or an opportunity as it is found and shown. kind: of the actor, or of the opportunity.

    status: of an opportunity, "" of an actor. archived: a person took it from the desk.
    """

    id: str
    found: Found
    name: str
    kind: str
    commune: str | None
    department: str | None
    confidential: bool
    status: str
    archived: bool
    point: Point | None
    texts: Mapping[Part, str]

    @property
    def may_stand(self) -> bool:
        """Whether nobody archived it, and it is no opportunity that is closed."""
        return not self.archived and (self.found is Found.ACTOR or self.status in ("open", "expected"))


def actor_entry(row: ActorRow, gazetteer: Gazetteer) -> Entry:
    """Return an actor as it is found."""
    commune = gazetteer.name(row)
    texts = {
        Part.NAME: row.name,
        Part.NUMBER: _numbers(row.siret),
        Part.PLACE: _place(row, gazetteer),
        Part.TRADE: " ; ".join(row.activities),
        Part.KIND: KINDS.get(row.kind, row.kind),
        Part.CODE: _naf_words(row.naf),
    }
    return Entry(
        row.id,
        Found.ACTOR,
        row.name,
        row.kind,
        commune,
        row.department,
        row.confidential,
        "",
        row.archived_at is not None,
        gazetteer.point(row),
        _without_empty(texts),
    )


def opportunity_entry(row: OpportunityRow, lot_titles: list[str], gazetteer: Gazetteer) -> Entry:
    """Return an opportunity, with its lots, as it is found."""
    commune = gazetteer.name(row)
    subjects = [name for code in row.cpv if (name := cpv_name(code))]
    texts = {
        Part.TITLE: row.title,
        Part.LOT: " ; ".join(lot_titles),
        Part.NUMBER: " ".join(filter(None, (_numbers(row.buyer_siret), row.holder_siren))),
        Part.PLACE: _place(row, gazetteer),
        Part.BUYER: row.buyer_name or "",
        Part.TRADE: row.teaser or "",
        Part.CODE: " ; ".join([*subjects, _naf_words(row.naf)]),
        Part.DESCRIPTION: (row.description or "")[:DESCRIPTION_LENGTH],
    }
    return Entry(
        row.id,
        Found.OPPORTUNITY,
        row.title,
        row.kind,
        commune,
        row.department,
        row.confidential,
        row.status,
        row.archived_at is not None,
        gazetteer.point(row),
        _without_empty(texts),
    )


def _numbers(siret: str | None) -> str:
    """Return the numbers that an establishment is found by: its SIRET, and its company's SIREN."""
    return f"{siret} {siret[:9]}" if siret else ""


def _place(row: ActorRow | OpportunityRow, gazetteer: Gazetteer) -> str:
    """Return the words of a place: its commune, its postcode (else those of its commune), its département."""
    commune = gazetteer.commune(row.commune_code or "")
    postcodes = [row.postcode] if row.postcode else commune.postcodes if commune else []
    words = (gazetteer.name(row), *postcodes, DEPARTMENTS.get(row.department or ""))
    return " ".join(word for word in words if word)


def _naf_words(naf: list[dict[str, str]]) -> str:
    known = naf_classes()
    return " ; ".join(known[code].name for entry in naf if (code := entry["code"]) in known)


def _without_empty(texts: dict[Part, str]) -> dict[Part, str]:
    return {part: text for part, text in texts.items() if text.strip()}
