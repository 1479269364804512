"""Which actors carry which others (a CAE, a network), found from the references that records give."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from api.catalogue.natural_keys import stored_or_birth_ids
from api.catalogue.row_changes import Record
from api.core import official_codes
from api.core.chunks import in_chunks
from models.base import table_of
from models.tables import Actor, Membership


class MissingCarrier(NamedTuple):
    """A reference that leads to no carrier: to nobody, or (`itself`) to the member. `row` is the record's."""

    row: int
    reference: str
    itself: bool


def stored_carriers(session: Session, actor_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the ids of the stored carriers of these actors, by actor."""
    links = table_of(Membership)
    carriers: dict[str, list[str]] = {}
    if not actor_ids:
        return carriers
    question = select(links.c.member_id, links.c.carrier_id).where(links.c.member_id.in_(actor_ids))
    for member, carrier in session.execute(question):
        carriers.setdefault(member, []).append(carrier)
    return carriers


def replace_carriers(session: Session, carriers: Mapping[str, Sequence[str]]) -> None:
    """Make these the only carriers of these actors."""
    for members in in_chunks(list(carriers)):
        session.execute(delete(Membership).where(table_of(Membership).c.member_id.in_(members)))
    links = [{"carrier_id": carrier, "member_id": member} for member, own in carriers.items() for carrier in own]
    if links:
        session.execute(insert(Membership), links)


def find_carriers(
    session: Session, records: Sequence[Record], named: Mapping[tuple[str, str], str]
) -> tuple[dict[int, list[str]], list[MissingCarrier]]:
    """Return, by row, the ids of the actors that `member_of` refers to, and the references that lead to none.

    A reference is a SIRET, or the identifier of an actor of the same source, stored, among these records, or in
    `named`: ids by (source, identifier).
    """
    members = [record for record in records if record.member_of is not None]
    references = {reference for record in members for reference in record.member_of or ()}
    if not references:
        return {record.row: [] for record in members}, []
    sirets = {reference: siret for reference in references if (siret := _siret(reference))}
    own_ids: dict[str, str] = {}
    for chunk in in_chunks(records):
        own_ids |= stored_or_birth_ids(session, table_of(Actor), [record.known_as for record in chunk])
    known = _known_actors(session, records, own_ids, references, sirets)
    carriers: dict[int, list[str]] = {}
    missing: list[MissingCarrier] = []
    for record in members:
        source, own = (record.weak | record.fields).get("source", "saisie"), carriers.setdefault(record.row, [])
        for reference in record.member_of or ():
            name = source, reference
            carrier = known.get(name) or named.get(name) or known.get(("", sirets.get(reference, reference)))
            if carrier is None or carrier == own_ids[record.known_as]:
                missing.append(MissingCarrier(record.row, reference, carrier is not None))
            elif carrier not in own:
                own.append(carrier)
    return carriers, missing


def _known_actors(
    session: Session,
    records: Sequence[Record],
    own_ids: Mapping[str, str],
    references: set[str],
    sirets: Mapping[str, str],
) -> dict[tuple[str, str | None], str]:
    """Return ids by (source, identifier) and by ("", SIRET): of stored actors referred to, and of these records."""
    table, known = table_of(Actor), dict[tuple[str, str | None], str]()
    columns = table.c["id", "source", "source_id", "siret"]
    for names in in_chunks(sorted(references)):
        here = [sirets[name] for name in names if name in sirets]
        for row in session.execute(select(*columns).where(table.c.source_id.in_(names) | table.c.siret.in_(here))):
            known |= {(row.source, row.source_id): row.id, ("", row.siret): row.id}
    for record in records:
        fields, ident = record.weak | record.fields, own_ids[record.known_as]
        if fields.get("source_id"):
            known[fields.get("source", "saisie"), fields["source_id"]] = ident
        if fields.get("siret"):
            known["", fields["siret"]] = ident
    return known


def _siret(text: str) -> str | None:
    try:
        return official_codes.siret(text)
    except ValueError:
        return None
