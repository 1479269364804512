"""Reference actors: the networks that accompany and finance takeovers here, from a list that ships with the program.

The list (`api/resources/reference_actors.toml`) is read as a public source is: what a person corrected, removed or put
into the archive stays so, and reading it again changes nothing.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.catalogue.finance_products import FinanceProductIn, columns_of_product
from api.catalogue.row_history import source_author
from api.catalogue.schemas import ActorIn
from api.catalogue.upsert import write_actors
from api.open_data.merging import merge_values, to_json
from api.open_data.provenance import RowProvenance, read_provenances, write_provenances
from api.open_data.row_drafts import RowDraft
from api.open_data.source_values import FieldValues
from models.actors import Actor
from models.base import identifier
from models.database import writing
from models.finance_products import FinanceProduct

SOURCE = "reference"
GRADES = {"primary": "source première", "secondary": "non vérifié à la source"}
# Of an entry of the list, what is no field of the actor.
_BESIDES = frozenset({"key", "product", "source", "page_of", "grade", "member_of"})


@dataclass(frozen=True)
class ReferenceActor:
    """An entry: the actor, where it was read, and its products by their keys."""

    key: str
    actor: ActorIn
    fields: FieldValues
    member_of: Sequence[str]
    reference: str
    products: Mapping[str, FinanceProductIn]


@dataclass(frozen=True)
class ReferenceCounts:
    created: int
    changed: int
    products: int


def reference_actors() -> Sequence[ReferenceActor]:
    """Return the list, validated. Raises ValidationError."""
    content = tomllib.loads(files("api.resources").joinpath("reference_actors.toml").read_text("utf-8"))
    read_on = content["read_on"]
    entries = []
    for row in content["actor"]:
        fields = {name: value for name, value in row.items() if name not in _BESIDES}
        actor = ActorIn.model_validate(fields | {"source": SOURCE, "source_id": row["key"]})
        dated = f"page du {row['page_of']:%d/%m/%Y}, " if "page_of" in row else ""
        products = {
            product["key"]: FinanceProductIn.model_validate(
                {name: value for name, value in product.items() if name != "key"} | {"read_on": read_on}
            )
            for product in row.get("product", [])
        }
        values = actor.model_dump(mode="python")
        entries.append(
            ReferenceActor(
                row["key"],
                actor,
                {name: values[name] for name in fields} | {"information_date": row.get("page_of", read_on)},
                row.get("member_of", []),
                f"{row['source']} ({dated}lu le {read_on:%d/%m/%Y}, {GRADES[row['grade']]})",
                products,
            )
        )
    return entries


def load_reference_actors(engine: Engine, *, now: datetime) -> ReferenceCounts:
    """Write the list in one unit of work, and return what it changed."""
    created, changed, n_products = 0, 0, 0
    with writing(engine, durable=True) as session:
        entries = reference_actors()
        known = read_provenances(session, SOURCE, [entry.key for entry in entries])
        provenances: dict[str, RowProvenance] = {}
        for entry in entries:
            before = known.get(entry.key)
            stored = _stored(session, entry, before)
            if before and stored is None:
                continue  # a person deleted it
            draft = RowDraft(
                stored,
                "actors",
                stored["natural_key"] if stored else entry.actor.natural_key,
                {"source": SOURCE, "source_id": entry.key, "confidential": False},
            )
            draft.merge(before.last_values if before else {}, dict(entry.fields))
            record = draft.to_record()
            if stored is None:
                record.member_of = list(entry.member_of)
            written = write_actors(session, [record], author=source_author(SOURCE, now))
            created, changed = created + len(written.created), changed + len(written.changed_ids)
            actor_id = stored["id"] if stored else written.created[entry.actor.natural_key]
            n_products += _write_products(session, actor_id, entry.products, now)
            said = to_json(dict(entry.fields))
            provenance = RowProvenance("actors", entry.reference, actor_id, said, entry.fields["information_date"])
            if before != provenance:
                provenances[entry.key] = provenance
        if provenances:
            write_provenances(session, SOURCE, provenances, known, now)
    return ReferenceCounts(created, changed, n_products)


def _stored(session: Session, entry: ReferenceActor, provenance: RowProvenance | None) -> FieldValues | None:
    """Return the row that the list made, whatever its natural key has become; or one that bears its key."""
    if provenance and provenance.row_id:
        row = session.get(Actor, provenance.row_id)
    else:
        row = session.exec(select(Actor).where(Actor.natural_key == entry.actor.natural_key)).first()
    return row.model_dump() if row else None


def _write_products(session: Session, actor_id: str, products: Mapping[str, FinanceProductIn], now: datetime) -> int:
    """Write the products of an actor; return how many were added, changed or taken away."""
    question = select(FinanceProduct).where(FinanceProduct.actor_id == actor_id, col(FinanceProduct.reference) != "")
    stored = {product.reference: product for product in session.exec(question)}
    n_written = 0
    for key, product in products.items():
        values = columns_of_product(product)
        row = stored.get(key)
        if row is None:
            own_id = identifier("finance_products", actor_id, key)
            row = FinanceProduct(id=own_id, actor_id=actor_id, reference=key, created_at=now, updated_at=now, **values)
        elif row.removed or row.last_values == to_json(values):
            continue
        else:
            changes, _ = merge_values(row.model_dump(), row.last_values, values)
            for name, value in changes.items():
                setattr(row, name, value)
            row.updated_at = now
        row.last_values = to_json(values)
        session.add(row)
        n_written += 1
    for key, row in stored.items():
        as_said = all(to_json(getattr(row, name)) == value for name, value in row.last_values.items())
        if key not in products and as_said and not row.removed:
            session.delete(row)
            n_written += 1
    return n_written
