"""Actors as records, each made of its row and of what other tables say of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlmodel import Session

from api.catalogue.company_states import company_states, siren_of
from api.catalogue.places.places_in_text import Gazetteer
from api.confidentiality.queries import PublicEstablishment
from api.matching import queries
from api.matching.answer import ActorCard
from api.matching.conversion import actor_value
from matcher import text_fields
from matcher.types import Actor, ActorKind, FinanceProduct
from models.tables import Actor as ActorRow


@dataclass(frozen=True)
class ActorRecord:
    """An actor by itself. value: without members; establishment: what a teaser counts, None for a network.

    siret: its own, if known. left: a register says that it is closed or insolvent, and nobody keeps it in the lists.
    archived: a person took it from the desk.
    """

    value: Actor
    card: ActorCard
    confidential: bool
    establishment: PublicEstablishment | None
    siret: str | None = None
    left: bool = False
    archived: bool = False

    @property
    def texts(self) -> set[str]:
        """The texts that must be encoded before it can be shown."""
        return {phrase.text for phrase in text_fields.actor_phrases(self.value)} or {""}


def read_actors(session: Session, gazetteer: Gazetteer, ids: Collection[str] | None) -> dict[str, ActorRecord]:
    """Return the actors of some ids, or all of them (None), by id; those that are not there are left out."""
    rows = list(queries.actors_among(session, ids))
    sirets = None if ids is None else {row.siret for row in rows if row.siret}
    contracts = queries.contract_titles(session, sirets)
    states = company_states(session, None if sirets is None else {siren_of(siret) for siret in sirets})
    products = queries.finance_products(session, ids)
    return {
        row.id: _actor_record(
            row,
            gazetteer,
            contracts.get(row.siret or "", ()),
            products.get(row.id, ()),
            left=not row.stays_listed and states.of(row.siret) is not None,
        )
        for row in rows
    }


def _actor_record(
    row: ActorRow, gazetteer: Gazetteer, references: Iterable[str], products: Iterable[FinanceProduct], *, left: bool
) -> ActorRecord:
    establishment = PublicEstablishment(
        row.id, row.siret, row.naf, row.commune_code, row.department, row.headcount, row.headcount_band
    )
    return ActorRecord(
        actor_value(row, gazetteer.point(row), tuple(dict.fromkeys(references)), tuple(products)),
        ActorCard(row.id, row.name, row.kind, gazetteer.name(row), row.department),
        row.confidential,
        None if row.kind == ActorKind.NETWORK else establishment,
        row.siret,
        left,
        row.archived_at is not None,
    )
