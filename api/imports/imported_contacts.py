"""The contacts of a file's rows, by the actor or the opportunity that each row became."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlmodel import Session, col

from api.catalogue.row_changes import Record
from api.catalogue.schemas import RecordKind
from api.catalogue.upsert import UpsertResult
from api.contacts.cells import CellContact
from api.core.chunks import in_chunks
from api.imports.known_rows import Sorted
from models.base import table_of
from models.tables import Actor, Contact, Opportunity


def contacts_by_owner(
    session: Session,
    kind: RecordKind,
    contacts: Mapping[int, Sequence[CellContact]],
    incoming: Sequence[Record],
    ready: Sorted,
    result: UpsertResult,
) -> dict[str, list[CellContact]]:
    """Return the contacts of these rows by the id of what each is on the desk, or will be.

    contacts: by the row of their record. Those of rows that are not written are left out, unless the desk has them
    already.
    """
    refused = {lowering.row for lowering in (*ready.lowered, *result.lowered)}
    told = [record for record in incoming if record.row in contacts and record.row not in refused]
    ids = {**_ids(session, kind, told), **result.created}
    by_owner: dict[str, list[CellContact]] = {}
    for record in told:
        values = record.weak | record.fields
        present = ready.named.get((values["source"], values.get("source_id", "")))
        if owner_id := ids.get(record.key) or ids.get(record.known_as) or present:
            by_owner.setdefault(owner_id, []).extend(contacts[record.row])
    return by_owner


def contact_counts(session: Session, import_ids: Sequence[str]) -> dict[str, int]:
    """Return how many contacts each of these imports added, that nobody has changed or deleted since."""
    question = select(col(Contact.import_id), func.count()).where(col(Contact.import_id).in_(import_ids))
    return {str(import_id): count for import_id, count in session.execute(question.group_by(col(Contact.import_id)))}


def _ids(session: Session, kind: RecordKind, told: Sequence[Record]) -> dict[str, str]:
    table, ids = table_of(Actor if kind == "actors" else Opportunity), dict[str, str]()
    keys = list(dict.fromkeys(key for record in told for key in (record.key, record.known_as)))
    for chunk in in_chunks(keys):
        rows = session.execute(select(table.c.natural_key, table.c.id).where(table.c.natural_key.in_(chunk)))
        ids |= {row.natural_key: row.id for row in rows}
    return ids
