"""Where a record comes from, as the house's pages show it. Nothing of it is for a partner's page."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.catalogue.schemas import RecordKind
from api.core.clock import day_in_france
from api.core.french import day
from api.open_data.origins import Holding, origins_of
from api.open_data.wording import source_in_words
from api.web.components.field_names import field_in_words, value_in_words

_HOLDINGS = {
    Holding.AS_SAID: "",
    Holding.OTHER_SOURCE: "la fiche suit une autre source",
    Holding.PERSON: "la fiche garde la valeur d’une personne",
}


@dataclass(frozen=True)
class ShownValue:
    """A value that a source gave. marked: why the record holds another one; empty where it holds this one."""

    name: str
    value: str
    marked: str


@dataclass(frozen=True)
class ShownSource:
    """A source, its record and when it was read. kept_count: how many of its values the record does not hold."""

    name: str
    reference: str
    read_on: str
    values: Sequence[ShownValue]
    kept_count: int


@dataclass(frozen=True)
class ShownOrigins:
    """typed_source: the name of the source of a record of which neither a public source nor a file speaks."""

    sources: Sequence[ShownSource]
    files: Sequence[str]
    typed_source: str


def shown_origins(session: Session, kind: RecordKind, row_id: str, source: str) -> ShownOrigins:
    """Return the origins of a record. source: its own column."""
    origins = origins_of(session, kind, row_id)
    return ShownOrigins(
        sources=[
            ShownSource(
                source_in_words(origin.source),
                origin.reference,
                day(day_in_france(origin.said_at).isoformat()),
                [
                    ShownValue(
                        field_in_words(said.field), value_in_words(said.field, said.value), _HOLDINGS[said.holding]
                    )
                    for said in origin.values
                ],
                sum(said.holding == Holding.PERSON for said in origin.values),
            )
            for origin in origins.sources
        ],
        files=[
            f"« {origin.name} », {'qui l’a créée' if origin.created else 'qui l’a modifiée'},"
            f" le {day(day_in_france(origin.imported_at).isoformat())}"
            for origin in origins.files
        ],
        typed_source="" if origins.sources or origins.files else source,
    )
