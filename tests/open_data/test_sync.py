"""Reading public sources: what comes in, what a person changed, what is rectified, cancelled, refused, asked again."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue import record_changes
from api.demo.fake_services import Served
from models.database import reading
from models.open_data import Provenance, RawRecord, RefusedRecord
from models.tables import Opportunity
from tests.support.notices import notice, read


def openings(engine: Engine) -> dict[str, Opportunity]:
    with reading(engine) as session:
        return {row.source_id: row for row in session.exec(select(Opportunity)).all()}


def rows(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as session:
        return list(session.exec(select(table)).all())


def test_notices_become_openings_and_a_second_reading_changes_nothing(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [notice(number, 1 + number % 20) for number in range(250)]
    first = read(engine, service)["boamp"]
    assert first.complete
    assert (first.counts["created"], first.counts["records"], first.counts["pages"]) == (250, 250, 3)
    before = openings(engine)
    assert {row.source for row in before.values()} == {"boamp"}
    assert len(rows(engine, Provenance)) == len(rows(engine, RawRecord)) == 250
    again = read(engine, service)["boamp"]
    assert again.complete
    assert again.counts == {"pages": 3, "unchanged_pages": 3}
    assert openings(engine) == before


def test_a_notice_is_rectified_then_cancelled_under_its_first_identity(engine: Engine, service: Served) -> None:
    first = notice(1)
    correction = notice(
        2, 10, nature="RECTIFICATIF", annonce_lie=["26-100001"], datelimitereponse="2026-12-22T12:00:00+01:00"
    )
    cancelled = notice(3, 20, nature="ANNULATION", etat="ANNULATION", annonce_lie=["26-100002"])
    service.records["boamp"] = [first]
    read(engine, service)
    service.records["boamp"] = [first, correction]
    assert read(engine, service)["boamp"].counts["changed"] == 1
    (row,) = openings(engine).values()
    assert (row.deadline.isoformat(), row.status) == ("2026-12-22", "open")
    service.records["boamp"] = [first, correction, cancelled]
    assert read(engine, service)["boamp"].counts["closed"] == 1
    (row,) = openings(engine).values()
    assert (row.source_id, row.status) == ("26-100001", "cancelled")
    # The first notice is served with other words: it does not undo what followed it.
    service.records["boamp"] = [first | {"objet": "Autre objet"}, correction, cancelled]
    assert read(engine, service)["boamp"].counts["outdated"] == 1
    assert openings(engine) == {"26-100001": row}


def test_an_end_that_is_told_before_its_opening_closes_it(engine: Engine, service: Served) -> None:
    cancelled = notice(3, 2, nature="ANNULATION", etat="ANNULATION", annonce_lie=["26-100001"])
    service.records["boamp"] = [cancelled]
    read(engine, service)
    assert openings(engine) == {}
    service.records["boamp"] = [cancelled, notice(1, 2)]
    read(engine, service)
    assert openings(engine)["26-100001"].status == "cancelled"


def test_what_a_person_changed_is_kept_and_the_rest_follows_the_source(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [notice(1)]
    read(engine, service)
    (row,) = openings(engine).values()
    record_changes.change_opportunity(engine, row.id, {"title": "Tonte, à Crest", "amount_eur": 12_000.0})
    service.records["boamp"] = [notice(1, objet="Espaces verts, lots 1 à 3", nomacheteur="Ville de Crest")]
    found = read(engine, service)["boamp"].counts
    (row,) = openings(engine).values()
    assert (row.title, row.amount_eur, row.buyer_name) == ("Tonte, à Crest", 12_000.0, "Ville de Crest")
    assert (found["kept"], found["changed"]) == (1, 1)


def test_one_bad_record_is_refused_by_name_and_the_others_come_in(engine: Engine, service: Served) -> None:
    bad = [notice(1, nature=["x"]), {"objet": "sans identifiant"}, notice(2, datelimitereponse="bientôt")]
    # What has no day of publication answers no query: those are put into the window.
    bad[1] |= {"dateparution": "2026-11-03", "code_departement": ["26"]}
    service.records["boamp"] = [*bad, notice(3)]
    found = read(engine, service)["boamp"]
    assert found.complete
    assert (found.counts["created"], found.counts["refused"]) == (1, 3)
    refused = {row.reference: (row.field, row.reason) for row in rows(engine, RefusedRecord)}
    assert refused["26-100001"][0] == "nature"
    assert refused["26-100002"] == ("datelimitereponse", "date attendue, par exemple 2026-11-24")
    assert any(name.startswith("sans identifiant") for name in refused)
    # Once the source is mended, they come in, and are no longer refused.
    service.records["boamp"] = [notice(1), notice(2), notice(3)]
    assert read(engine, service)["boamp"].counts["created"] == 2
    assert [row.reference for row in rows(engine, RefusedRecord) if row.reference.startswith("26-")] == []


def test_a_refused_record_is_read_again_although_it_did_not_change(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [notice(1, nature="NOUVELLE")]
    assert read(engine, service)["boamp"].counts["refused"] == 1
    assert read(engine, service)["boamp"].counts["refused"] == 1
    assert len(rows(engine, RefusedRecord)) == len(rows(engine, RawRecord)) == 1
