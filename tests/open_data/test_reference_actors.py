"""Reference actors: a list of public facts, loaded as often as one likes; what a person changed stays."""

from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue import record_changes
from api.catalogue.finance_products import FinanceProductIn, change_product, product_by_id, remove_product
from api.catalogue.queries import members_of
from api.open_data.reference_actors import load_reference_actors, reference_actors
from models.database import reading, writing
from models.tables import Actor, FinanceProduct, Provenance

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 12, tzinfo=UTC)


def stored(engine: Engine) -> dict[str, Actor]:
    with reading(engine) as session:
        return {row.source_id or "": row for row in session.exec(select(Actor).where(Actor.source == "reference"))}


def test_each_entry_names_its_source_its_day_and_its_grade_and_no_number_of_a_register() -> None:
    entries = reference_actors()
    assert {"cress-aura", "coorace-aura", "adie", "urscop-aura", "archer-groupe", "archer-sas", "iedv"} <= {
        entry.key for entry in entries
    }
    for entry in entries:
        assert entry.reference.startswith("http")
        assert "lu le 29/11/2026" in entry.reference
        assert entry.actor.siret is None
        assert all(product.source and product.read_on and product.grade for product in entry.products.values())


def test_loading_again_changes_nothing(engine: Engine) -> None:
    first = load_reference_actors(engine, now=NOW)
    assert (first.created, first.products) == (
        len(reference_actors()),
        sum(len(entry.products) for entry in reference_actors()),
    )
    again = load_reference_actors(engine, now=LATER)
    assert (again.created, again.changed, again.products) == (0, 0, 0)
    with reading(engine) as session:
        assert {row.said_at for row in session.exec(select(Provenance).where(Provenance.source == "reference"))} == {
            NOW
        }


def test_what_a_person_corrected_or_removed_stays_so(engine: Engine) -> None:
    load_reference_actors(engine, now=NOW)
    adie = stored(engine)["adie"].id
    record_changes.change_actor(engine, adie, {"name": "Adie Valence", "department": "26"}, by="account:x")
    with reading(engine) as session:
        products = {row.reference: row.id for row in session.exec(select(FinanceProduct))}
    with writing(engine) as session:
        changed = FinanceProductIn(name="Microcrédit", form="loan", most_eur=12_000)
        change_product(session, adie, products["microcredit"], changed, seen="", by="account:x", now=LATER)
        union = stored(engine)["urscop-aura"].id
        remove_product(session, union, products["transmea"], by="account:x", now=LATER)
    again = load_reference_actors(engine, now=LATER)
    assert (again.created, again.changed, again.products) == (0, 0, 0)
    assert stored(engine)["adie"].name == "Adie Valence"
    with reading(engine) as session:
        assert product_by_id(session, adie, products["microcredit"]).most_eur == 12_000
        assert session.get_one(FinanceProduct, products["transmea"]).removed


def test_the_company_is_a_member_of_its_network(engine: Engine) -> None:
    load_reference_actors(engine, now=NOW)
    actors = stored(engine)
    with reading(engine) as session:
        assert [one.id for one in members_of(session, actors["archer-groupe"].id)] == [actors["archer-sas"].id]
