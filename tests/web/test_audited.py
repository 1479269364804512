"""What people do by the API is in the journal, under their key, with no word of what or whom it was about."""

import pytest

from api.accounts import queries
from api.audit.log import journal_page, verify
from models.audit import AuditEntry
from models.database import reading
from tests.support.reads import read_once
from tests.support.world import Doors, demo_opportunity

CASE = demo_opportunity("r001")


def newest(doors: Doors, count: int = 1) -> list[AuditEntry]:
    return list(read_once(doors.engine, journal_page, limit=count))


@pytest.fixture(scope="module")
def key(doors: Doors) -> str:
    with reading(doors.engine) as session:
        found = queries.key_by_name(session, "test facilitator")
        assert found is not None
        return f"key:{found.id}"


def test_who_reads_a_confidential_case_is_noted_and_who_is_refused_reads_nothing(doors: Doors, key: str) -> None:
    assert doors.facilitator.get(f"/api/opportunities/{CASE}").status_code == 200
    (entry,) = newest(doors)
    assert (entry.actor, entry.action, entry.object_id) == (key, "opportunity.seen", CASE)
    before = read_once(doors.engine, verify).count
    assert doors.client.get(f"/api/opportunities/{CASE}").status_code == 404
    assert doors.facilitator.get(f"/api/opportunities/{demo_opportunity('m001')}").status_code == 200
    assert read_once(doors.engine, verify).count == before


def test_what_is_created_and_changed_is_noted_with_the_names_of_fields_alone(doors: Doors, key: str) -> None:
    made = doors.facilitator.post(
        "/api/actors", json={"source_id": "canari", "name": "Canari SCOP", "kind": "scop"}
    ).json()["id"]
    doors.facilitator.patch(f"/api/actors/{made}", json={"name": "Canari SARL", "headcount": 4})
    need = doors.facilitator.post("/api/opportunities", json={"source_id": "canari", "title": "Canari"}).json()["id"]
    doors.facilitator.patch(f"/api/opportunities/{need}", json={"status": "closed"})
    entries = newest(doors, 4)[::-1]
    assert [(one.action, one.object_id) for one in entries] == [
        ("actor.created", made), ("actor.changed", made), ("opportunity.created", need), ("opportunity.changed", need),
    ]  # fmt: skip
    assert {one.actor for one in entries} == {key}
    assert entries[1].detail == '{"fields":["headcount","name"]}'
    assert "anari" not in "".join(one.detail for one in entries)


def test_a_refused_change_leaves_no_entry(doors: Doors) -> None:
    before = read_once(doors.engine, verify).count
    assert doors.facilitator.post("/api/actors", json={"name": "Canari SCOP"}).status_code == 422
    again = {"source_id": "m001", "source": "demo", "title": "Encore"}
    assert doors.facilitator.post("/api/opportunities", json=again).status_code == 409
    assert read_once(doors.engine, verify).count == before


def test_a_subscription_is_noted_without_the_address(doors: Doors, key: str) -> None:
    asked = doors.facilitator.post("/api/subscriptions", json={"email": "canari@exemple.invalid", "search": "tonte"})
    made = asked.json()["id"]
    doors.facilitator.delete(f"/api/subscriptions/{made}")
    entries = newest(doors, 2)[::-1]
    assert [(one.actor, one.action, one.object_id) for one in entries] == [
        (key, "subscription.asked", made), (key, "subscription.removed", made),
    ]  # fmt: skip
    assert "canari" not in repr([one.model_dump() for one in entries])


def test_the_files_of_the_world_are_in_it_and_the_chain_holds(doors: Doors) -> None:
    imported = [one for one in read_once(doors.engine, journal_page, limit=10_000) if one.action == "file.imported"]
    assert [one.actor for one in imported] == ["cli"] * 3
    assert '"created":' in imported[0].detail
    assert read_once(doors.engine, verify).problem == ""
