"""Takeovers to come: companies are read, counted and dropped; nothing of a person is anywhere afterwards."""

import random
import re
from collections import Counter, deque
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from api.demo.employers import demo_employers, employer
from api.demo.fake_services import Fault, Served, served
from api.open_data.freshness import source_states
from api.open_data.handovers.grouping import LEAST
from api.open_data.handovers.report import figures_of, shown_groups
from api.open_data.refresh import refresh
from api.open_data.sources import handovers
from api.open_data.sources.catalogue import IN_ALL, SOURCES
from api.open_data.sources.contract import BadRecord
from models.database import open_database, reading, writing
from models.handovers import HandoverGroup, HandoverTally
from models.open_data import PageStamp, Provenance, RawRecord, RefusedRecord
from tests.support.databases import copy_database, stored_bytes, url_of
from tests.support.notices import NOW, TODAY, options, read
from tests.support.open_data_dump import dump
from tests.support.open_data_samples import records
from tests.support.proof_share import examples

SOURCE = handovers.SOURCE
SAMPLES = {record["nom_complet"]: record for record in records(handovers)}
HOME = ("26", "07")


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    with served() as running:
        yield running


def groups(engine: Engine) -> dict[tuple[str, int, str], tuple[int, int, int | None, int | None]]:
    with reading(engine) as session:
        return {
            (group.territory, group.section, group.division): (
                *(group.companies, group.seniors),
                *(group.older, group.larger),
            )
            for group in shown_groups(session)
        }


def counted(name: str) -> handovers.Company | None:
    return handovers.company_of(SAMPLES[name], HOME)


def test_what_is_counted_of_a_company_is_its_place_trade_headcount_and_birthday() -> None:
    assert counted("MECANIQUE DES ESSAIS") == handovers.Company(
        SAMPLES["MECANIQUE DES ESSAIS"]["siren"], "07324", "25", "12", date(1988, 1, 11)
    )
    assert counted("EARL DES ESSAIS") is not None


@pytest.mark.parametrize(
    "name",
    [
        "CANARIARTISAN CAMILLE",  # a sole trader is a person
        "ASSOCIATION DES ESSAIS",  # nobody owns it
        "GROUPE DES ESSAIS",  # its seat is elsewhere
        "TRANSPORTS CLOS DES ESSAIS",
        "[NON-DIFFUSIBLE]",
    ],
)
def test_persons_associations_seats_elsewhere_closed_and_hidden_companies_are_not_counted(name: str) -> None:
    assert counted(name) is None


def test_no_function_of_the_source_keeps_a_record_or_gives_a_fact() -> None:
    for record in SAMPLES.values():
        assert handovers.public(record) == {}
        assert handovers.read(record, TODAY) == []


def test_a_field_of_another_type_refuses_the_company() -> None:
    with pytest.raises(BadRecord) as refusal:
        handovers.company_of(SAMPLES["MECANIQUE DES ESSAIS"] | {"date_creation": 1988}, HOME)
    assert refusal.value.field == "date_creation"


def test_the_second_reading_asks_for_directors_of_sixty_and_no_answer_is_larger_than_the_service_shows() -> None:
    asked = list(handovers.requests(HOME, TODAY, TODAY))
    seniors = [request for request in asked if handovers.is_of_seniors(request)]
    assert asked[len(asked) // 2 :] == seniors
    assert {request.params["date_naissance_personne_max"] for request in seniors} == {"1966-10-31"}
    assert all(
        request.params["minimal"] == "true" and "dirigeants" not in request.params["include"] for request in asked
    )
    split = Counter((request.params["departement"], request.params["section_activite_principale"]) for request in asked)
    assert set(split.values()) == {2 * len(handovers.HEADCOUNTS)}


def test_companies_are_counted_by_territory_and_trade(engine: Engine, service: Served) -> None:
    service.records[SOURCE] = [
        *(employer(number, born="1958-04", headcount_band="12") for number in range(12)),
        *(employer(100 + number, born="1980-04", founded="2020-01-01") for number in range(13)),
        *(employer(200 + number, born="1958-04", commune="07186") for number in range(9)),
    ]
    report = read(engine, service, SOURCE)[SOURCE]
    assert report.complete
    assert (report.counts["records"], report.counts["counted"]) == (34, 34)
    # The nine of Privas are too few to be told, and nobody is there to be told with them.
    assert groups(engine) == {("200068781", 41, "43"): (25, 12, 12, 12)}


def test_a_company_with_a_published_sale_is_not_counted(engine: Engine, service: Served) -> None:
    service.records[SOURCE] = [
        *(employer(number, born="1958-04") for number in range(12)),
        *(employer(100 + number, born="1980-04") for number in range(13)),
    ]
    siren = service.records[SOURCE][0]["siren"]
    with writing(engine) as session:
        session.add(
            Provenance(
                source="bodacc",
                source_id=f"siren:{siren}",
                kind="opportunities",
                reference="A1",
                closed_as="closed",
                said_at=NOW,
            )
        )
    report = read(engine, service, SOURCE)[SOURCE]
    assert report.counts["sold"] == 1
    assert groups(engine) == {("200068781", 41, "43"): (24, 11, None, None)}


@settings(deadline=None, max_examples=examples(16), suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), count=st.integers(0, 260))
def test_nothing_of_a_person_is_anywhere_in_the_file(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory, service: Served, seed: int, count: int
) -> None:
    """The service is the worst there is: it sends every director, with the year of birth, whatever was asked."""
    path = copy_database(empty_database, tmp_path_factory.mktemp("persons") / "persons.db")
    rng = random.Random(seed)
    service.records[SOURCE] = [
        employer(
            number,
            commune=rng.choice(("26362", "26198", "26108")),
            trade=rng.choice((("F", "43.32A"), ("F", "41.20A"), ("C", "10.71C"))),
            born=f"{rng.randrange(1940, 2000)}-{rng.randrange(1, 13):02}",
        )
        | ({"date_creation": 7} if rng.random() < 0.05 else {})
        for number in range(count)
    ]
    # A filter that keeps everybody stops the run: one is too young.
    service.records[SOURCE].append(employer(900, born="1990-05"))
    people = [who for record in service.records[SOURCE] for who in record["dirigeants"]]
    engine = open_database(url_of(path))
    before = dump(engine)
    read(engine, service, SOURCE, departments=["26"])
    kept = dump(engine)
    assert kept[RawRecord.__tablename__] == kept[PageStamp.__tablename__] == kept[HandoverTally.__tablename__] == []
    with reading(engine) as session:
        told = session.exec(select(HandoverGroup)).all()
    for group in told:
        for part in (group.seniors, group.older, group.larger):
            assert part is None or LEAST <= part <= group.companies - LEAST
    engine.dispose()
    content = stored_bytes(engine)
    assert b"CANARI" not in content
    assert b"naissance" not in content
    assert not any(who["date_de_naissance"].encode() in content for who in people)
    written = {table for table, rows in kept.items() if rows != before[table]}
    assert written <= {"sync_runs", "refused_records", "handover_groups", "audit", "audit_head"}
    words = " ".join(str(kept[table]) for table in ("sync_runs", "refused_records"))
    assert not {who["annee_de_naissance"] for who in people} & set(re.findall(r"(?<!\d)\d{4}(?!\d)", words))


def test_a_reading_that_stopped_goes_on_and_ends_as_one_that_did_not(
    empty_database: Path, tmp_path: Path, service: Served
) -> None:
    service.records[SOURCE] = list(demo_employers(300))
    whole, broken = (open_database(url_of(copy_database(empty_database, tmp_path / name))) for name in ("a.db", "b.db"))
    service.asked.clear()
    read(whole, service, SOURCE)
    n_requests = len(service.asked)
    assert groups(whole)
    for answered in (7, 20, n_requests - 27 - 30, 40, 5):
        # The service refuses after some pages: twice in the first reading, then in the second.
        service.faults = deque([*[None] * answered, Fault(status=404)])
        read(broken, service, SOURCE)
        with reading(broken) as session:
            assert session.exec(select(HandoverGroup)).all() == []
    service.faults.clear()
    report = read(broken, service, SOURCE)[SOURCE]
    assert report.complete
    assert report.resumed
    assert groups(broken) == groups(whole)
    with reading(broken) as session:
        assert session.exec(select(HandoverTally)).all() == []
    whole.dispose()
    broken.dispose()


def test_while_the_second_reading_goes_on_no_count_of_ages_is_in_the_tables(engine: Engine, service: Served) -> None:
    """A reading that died in the second reading left the same tables as one that died before it."""
    service.records[SOURCE] = list(demo_employers(120))
    first = len(list(handovers.requests(HOME, TODAY, TODAY))) // 2
    asked: list[tuple[int, dict[str, object]]] = []

    def look(_number: int) -> None:
        _, params, _ = service.asked[-1]
        if "date_naissance_personne_max" in params:
            tables = dump(engine)
            tables.pop("sync_runs")
            asked.append((len(asked), tables))

    service.before = look
    service.faults = deque()
    try:
        assert read(engine, service, SOURCE)[SOURCE].complete
    finally:
        service.before = None
    assert len(asked) >= first
    assert all(tables == asked[0][1] for _, tables in asked)


def test_a_new_reading_replaces_the_figures_and_refused_companies_are_told_once(
    engine: Engine, service: Served
) -> None:
    service.records[SOURCE] = [
        *(employer(number, born="1958-04") for number in range(12)),
        *(employer(100 + number, born="1980-04") for number in range(13)),
        employer(300) | {"date_creation": 1988},
    ]
    assert read(engine, service, SOURCE)[SOURCE].counts["refused"] == 1
    before = groups(engine)
    with reading(engine) as session:
        (refused,) = session.exec(select(RefusedRecord)).all()
    assert (refused.field, refused.reason) == ("date_creation", "texte attendu, nombre reçu")
    service.records[SOURCE] = service.records[SOURCE][:-1]
    assert not read(engine, service, SOURCE)[SOURCE].counts.get("refused")
    assert groups(engine) == before
    with reading(engine) as session:
        assert session.exec(select(RefusedRecord)).all() == []


def test_a_service_that_does_not_filter_by_age_stops_the_reading_and_leaves_the_figures(
    engine: Engine, service: Served
) -> None:
    service.records[SOURCE] = [
        *(employer(number, born="1958-04") for number in range(12)),
        *(employer(100 + number, born="1980-04") for number in range(13)),
    ]
    read(engine, service, SOURCE)
    before = groups(engine)
    service.records[SOURCE] = [employer(number, born="1958-04") for number in range(30)]
    report = read(engine, service, SOURCE)[SOURCE]
    assert not report.complete
    assert "date_naissance_personne_max" in report.error
    assert groups(engine) == before


def test_it_is_read_where_it_is_named_and_the_night_reads_it_once_in_thirty_days(
    engine: Engine, service: Served
) -> None:
    assert SOURCE in SOURCES
    assert SOURCE not in IN_ALL
    service.records[SOURCE] = list(demo_employers(30))
    chosen = options(service, open_data_sources=SOURCE, departments="26")

    def night(days: int) -> dict[str, object]:
        return refresh(engine, today=TODAY + timedelta(days=days), now=lambda: NOW, options=chosen)

    assert night(0)["failed"] == {}
    assert night(29) == {"sources": 0, "reason": "no_source_due"}
    for days, late in ((29, False), (34, True)):
        with reading(engine) as session:
            (state,) = source_states(session, chosen, NOW + timedelta(days=days))
        assert state.late == late
    assert night(30)["sources"] == 1


def test_sums_hide_what_one_of_their_groups_hides() -> None:
    known = HandoverGroup(territory="a", section=41, division="43", companies=30, seniors=12, older=11, larger=None)
    hidden = HandoverGroup(territory="a", section=10, division="", companies=40, seniors=15, older=None, larger=20)
    total = figures_of([known, hidden])
    assert total
    assert (total.companies, total.seniors, total.older, total.larger) == (70, 27, None, None)
    assert figures_of([]) is None
