"""Openings to come: closed by their notice or by time, never open meanwhile."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue import record_changes
from api.demo.fake_services import Served, served
from api.open_data.expected_openings import contract_end, first_possible
from models.audit import AuditEntry
from models.database import reading, writing
from models.open_data import Provenance
from models.tables import Opportunity
from tests.support.contracts import contract
from tests.support.notices import notice, read

CREST = {"nomacheteur": "Commune de Crest", "descripteur_libelle": ["Nettoyage de locaux"]}
NEW_FIELDS = {"status", "published_on"}
SAME_NEED = CREST | {"objet": "Nettoyage des groupes scolaires de la commune"}


@pytest.fixture
def service() -> Iterator[Served]:
    with served({"decp": [contract()]}) as running:
        yield running


def expected(engine: Engine) -> Opportunity:
    with reading(engine) as session:
        return session.exec(select(Opportunity).where(Opportunity.source == "decp")).one()


def test_a_renewal_comes_in_as_expected_on_its_day(engine: Engine, service: Served) -> None:
    assert read(engine, service, "decp")["decp"].complete
    row = expected(engine)
    assert (row.status, row.published_on, row.deadline) == ("expected", date(2026, 11, 4), None)


def test_the_published_notice_closes_it_is_noted_and_leads_to_the_notice(engine: Engine, service: Served) -> None:
    read(engine, service, "decp")
    service.records["boamp"] = [notice(1, 20, **SAME_NEED)]
    assert read(engine, service, "boamp")["boamp"].counts["published"] == 1
    row = expected(engine)
    assert (row.status, row.url) == ("closed", service.records["boamp"][0]["url_avis"])
    with reading(engine) as session:
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.action == "opportunity.published")).all()
        published = session.exec(select(Opportunity).where(Opportunity.source == "boamp")).one()
    assert (entry.object_id, entry.detail) == (row.id, f'{{"notice":"{published.id}"}}')
    # The contract is served again, with another rest of months: its opening stays closed.
    service.records["decp"] = [contract(dureeRestanteMois=3.2)]
    read(engine, service, "decp")
    assert expected(engine).status == "closed"


@pytest.mark.parametrize(
    "fields",
    [
        SAME_NEED | {"nomacheteur": "Commune de Die"},
        CREST | {"objet": "Restauration scolaire"},
        SAME_NEED | {"code_departement": ["07"]},
        SAME_NEED | {"dateparution": "2026-03-03"},
    ],
    ids=["another buyer", "another need", "another département", "of the running contract"],
)
def test_another_notice_closes_nothing(engine: Engine, service: Served, fields: dict[str, Any]) -> None:
    read(engine, service, "decp")
    service.records["boamp"] = [notice(1, 20, **fields)]
    read(engine, service, "boamp", since=date(2026, 1, 1))
    assert expected(engine).status == "expected"


def test_a_confidential_notice_closes_nothing(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [notice(1, 20, **SAME_NEED)]
    read(engine, service, "boamp")
    with reading(engine) as session:
        published = session.exec(select(Opportunity)).one()
    record_changes.change_opportunity(engine, published.id, {"confidential": True})
    read(engine, service, "decp")
    assert expected(engine).status == "expected"


def test_the_end_of_the_contract_closes_it_although_the_service_is_silent(engine: Engine, service: Served) -> None:
    read(engine, service, "decp")
    service.records["decp"] = []
    read(engine, service, "decp", today=date(2027, 3, 3))
    assert expected(engine).status == "expected"
    read(engine, service, "decp", today=date(2027, 3, 4))
    assert expected(engine).status == "closed"


def test_a_prolonged_contract_is_expected_again_and_a_short_delay_changes_nothing(
    engine: Engine, service: Served
) -> None:
    """Prolonged: the next notice is expected after the end of the contract that was known."""
    read(engine, service, "decp")
    service.records["decp"] = []
    read(engine, service, "decp", today=date(2027, 3, 4))
    late = {"modification_id": "1", "dateNotification": "2027-03-01"}
    service.records["decp"] = [contract(dureeMois=12, **late, dureeRestanteMois=2)]
    read(engine, service, "decp", today=date(2027, 3, 5))
    assert (expected(engine).status, expected(engine).published_on) == ("expected", date(2027, 11, 1))


def test_what_a_person_opened_or_closed_stays_so(engine: Engine, service: Served) -> None:
    read(engine, service, "decp")
    record_changes.change_opportunity(engine, expected(engine).id, {"status": "open"})
    service.records |= {"decp": [contract(dureeRestanteMois=3.2)], "boamp": [notice(1, 20, **SAME_NEED)]}
    read(engine, service, "decp boamp")
    assert expected(engine).status == "open"


def test_a_renewal_of_before_this_rule_is_no_longer_open(engine: Engine, service: Served) -> None:
    """It was stored as open, by the source, which then said nothing of its status."""
    read(engine, service, "decp")
    record_changes.change_opportunity(engine, expected(engine).id, {"status": "open", "published_on": None})
    with writing(engine) as session:
        provenance = session.exec(select(Provenance).where(Provenance.kind == "opportunities")).one()
        told_then = {name: provenance.last_values[name] for name in provenance.last_values.keys() - NEW_FIELDS}
        provenance.last_values = told_then
    service.records["decp"] = [contract(dureeRestanteMois=3.2)]
    read(engine, service, "decp")
    assert (expected(engine).status, expected(engine).published_on) == ("expected", date(2026, 11, 4))


def test_a_notice_counts_from_a_year_before_the_end_of_the_contract() -> None:
    assert contract_end(date(2026, 11, 4)) == date(2027, 3, 4)
    assert first_possible(date(2026, 11, 4)) == date(2026, 3, 4)
