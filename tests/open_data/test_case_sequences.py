"""Takeover cases read from BODACC: what their notices make of the desk's rows, in whatever order they arrive."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue import record_changes
from api.demo.fake_services import Served, served
from models.database import open_database, reading
from models.open_data import Provenance
from models.tables import Opportunity
from tests.support.case_notices import bodacc_notice, random_case
from tests.support.databases import copy_database, url_of
from tests.support.notices import read
from tests.support.open_data_dump import dump
from tests.support.proof_share import examples


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    with served() as running:
        yield running


def told(engine: Engine, service: Served, *notices: dict[str, Any]) -> list[Opportunity]:
    """Read these notices, and return the opportunities."""
    service.records["bodacc"] = list(notices)
    report = read(engine, service, "bodacc")["bodacc"]
    assert report.complete, report.error
    assert not report.counts.get("refused")
    with reading(engine) as session:
        return list(session.exec(select(Opportunity)).all())


def test_civil_courts_close_cases_by_their_words_and_make_none(engine: Engine, service: Served) -> None:
    opening = bodacc_notice(1, text="Ouvre les opérations de la liquidation judiciaire - N° RG : 26/00016")
    closing = bodacc_notice(9, text="Clôture pour insuffisance d'actif - Jugement du 8 novembre 2026.")
    words = "Le tribunal PRONONCE la clôture des opérations de liquidation judiciaire pour insuffisance d'actif."
    other = bodacc_notice(10, text=words, siren="000400036")
    (row,) = told(engine, service, opening)
    assert (row.kind, row.status) == ("takeover", "open")
    (row,) = told(engine, service, opening, closing, other)
    assert (row.source_id, row.status) == ("siren:000400010", "closed")


def test_a_closing_is_annulled_and_the_case_is_open_again(engine: Engine, service: Served) -> None:
    opening, closing = bodacc_notice(1), bodacc_notice(5, "insufficient_assets")
    annulment = bodacc_notice(9, "insufficient_assets", kind="annulation", amends=5)
    statuses = [told(engine, service, *seen)[0].status for seen in ([opening], [opening, closing])]
    assert statuses == ["open", "closed"]
    (row,) = told(engine, service, opening, closing, annulment)
    assert row.status == "open"
    # The annulment is itself annulled.
    (row,) = told(engine, service, opening, closing, annulment, bodacc_notice(12, kind="annulation", amends=9))
    assert row.status == "closed"


def test_a_corrected_opening_does_not_open_a_closed_case_and_gives_what_it_corrects(
    engine: Engine, service: Served
) -> None:
    opening, closing = bodacc_notice(1, ville="Valence", cp="26000"), bodacc_notice(5, "debts_paid")
    (row,) = told(engine, service, opening, closing, bodacc_notice(9, kind="rectificatif", amends=1))
    assert (row.status, row.commune_name) == ("closed", "Crest")
    assert row.teaser
    assert "Tissage 9" in row.teaser


def test_what_only_an_annulled_notice_gave_is_taken_back(engine: Engine, service: Served) -> None:
    offers = "Convertit en liquidation judiciaire. Les offres sont reçues jusqu'au 4 décembre 2026."
    opening, conversion = bodacc_notice(1), bodacc_notice(5, text=offers)
    (row,) = told(engine, service, opening, conversion)
    assert row.deadline
    (row,) = told(engine, service, opening, conversion, bodacc_notice(9, "conversion", kind="annulation", amends=5))
    assert row.deadline is None
    assert row.teaser
    assert "Tissage 1," in row.teaser


def test_a_notice_that_is_served_anew_with_another_meaning_is_that(engine: Engine, service: Served) -> None:
    opening = bodacc_notice(1)
    (row,) = told(engine, service, opening, bodacc_notice(5, "sold"))
    assert row.status == "closed"
    (row,) = told(engine, service, opening, bodacc_notice(5, "nothing"))
    assert row.status == "open"
    moved = told(engine, service, opening | {"registre": ["000400036"], "listepersonnes": PERSON_OF_ANOTHER})
    assert {one.source_id: one.status for one in moved} == {
        "siren:000400010": "open",
    }, "the notice's own id leads to the case that it first opened"


PERSON_OF_ANOTHER = bodacc_notice(1, siren="000400036")["listepersonnes"]


def test_a_status_that_a_person_set_stays_and_so_does_a_field(engine: Engine, service: Served) -> None:
    opening = bodacc_notice(1)
    (row,) = told(engine, service, opening)
    record_changes.change_opportunity(engine, row.id, {"status": "closed", "title": "Tissages de Crest"})
    (row,) = told(engine, service, opening, bodacc_notice(5, "conversion"))
    assert (row.status, row.title) == ("closed", "Tissages de Crest")
    (row,) = told(engine, service, opening, bodacc_notice(5, "conversion"), bodacc_notice(9, "plan"))
    assert (row.status, row.title) == ("closed", "Tissages de Crest")


@settings(deadline=None, max_examples=examples(8), suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), count=st.integers(2, 7), order=st.randoms(use_true_random=False))
def test_any_order_of_arrival_duplicates_and_replays_make_the_same_case(
    empty_database: Path,
    tmp_path_factory: pytest.TempPathFactory,
    service: Served,
    seed: int,
    count: int,
    order: random.Random,
) -> None:
    """Read at once by day; or in batches of any order, some twice and some served anew with needless spaces."""
    folder = tmp_path_factory.mktemp("sequence")
    notices = random_case(random.Random(seed), count)
    at_once, in_parts = (open_database(url_of(copy_database(empty_database, folder / name))) for name in ("a", "b"))
    told(at_once, service, *notices)
    for batch in batches(notices, order):
        told(in_parts, service, *batch)
    assert case_rows(in_parts) == case_rows(at_once)
    at_once.dispose()
    in_parts.dispose()


@settings(deadline=None, max_examples=examples(5), suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), order=st.randoms(use_true_random=False))
def test_what_a_person_changed_stays_in_any_order(
    empty_database: Path,
    tmp_path_factory: pytest.TempPathFactory,
    service: Served,
    seed: int,
    order: random.Random,
) -> None:
    database = copy_database(empty_database, tmp_path_factory.mktemp("changed") / "a.db")
    engine = open_database(url_of(database))
    notices = [bodacc_notice(1), *random_case(random.Random(seed), 6)[1:]]
    (row,) = told(engine, service, notices[0])
    record_changes.change_opportunity(engine, row.id, {"title": "Toiles de Crest"})
    for batch in batches(notices, order):
        (row,) = told(engine, service, *batch)
        assert row.title == "Toiles de Crest"
    engine.dispose()


def batches(notices: Sequence[dict[str, Any]], order: random.Random) -> Iterator[list[dict[str, Any]]]:
    left = order.sample(notices, len(notices))
    while left:
        size = order.randint(1, 3)
        batch, left = left[:size], left[size:]
        repeated = [one | {"tribunal": f"{one['tribunal']} {order.random()}"} for one in order.sample(batch, 1)]
        yield repeated + batch[1:] + batch[:1]
    yield list(notices)


def case_rows(engine: Engine) -> Any:
    """Return what the desk and the provenances hold, but for when, and from which of two equal sayings."""
    with reading(engine) as session:
        provenances = session.exec(select(Provenance).order_by(Provenance.source_id)).all()
        said = [(one.source_id, one.reference, one.last_values, one.as_of, one.closed_as) for one in provenances]
    tables = dump(engine)
    return tables["opportunities"], tables["takeover_cases"], tables["case_notices"], said
