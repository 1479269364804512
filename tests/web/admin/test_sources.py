"""The page of public sources: what is late says so, what is refused says why, and people decide on duplicates."""

from collections import deque
from datetime import timedelta

import pytest

from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn
from api.demo import recorded
from api.demo.fake_services import Fault, served
from models.base import utc_now
from models.database import writing
from models.open_data import SyncRun
from tests.support.notices import TODAY, notice, read
from tests.support.outline import Outline
from tests.support.signed_in import signed_in
from tests.support.world import Doors

pytestmark = pytest.mark.slow

NAME = "Recyclerie des trois vallées"


@pytest.fixture(scope="module")
def filled(doors: Doors) -> Doors:
    content = {"source_id": "r3v", "name": NAME, "kind": "association", "department": "26"}
    record_changes.create_actor(doors.engine, ActorIn.model_validate(content))
    with served(recorded.own()) as service:
        service.records["boamp"] = [notice(1, day=20), notice(2, nature="<b>INCONNUE</b>")]
        read(doors.engine, service, "recherche_entreprises boamp")
        service.faults = deque([Fault(status=404)])
        read(doors.engine, service, "decp", today=TODAY)
    with writing(doors.engine) as session:
        run = session.get_one(SyncRun, ("recherche_entreprises", 1))
        run.ended_at = utc_now() - timedelta(days=5)
        boamp = session.get_one(SyncRun, ("boamp", 1))
        boamp.ended_at = utc_now()
        session.add_all([run, boamp])
    return doors


def test_what_is_late_stopped_or_refused_says_so(filled: Doors) -> None:
    by_hand = Outline(signed_in(filled, "facilitator").get("/sources").text).words
    # Nothing is late that nobody asked for.
    assert (by_hand.count("en retard"), by_hand.count("lue à la demande")) == (0, 3)
    settings = filled.app.state.settings
    nightly = {"open_data_sources": ("recherche_entreprises", "boamp", "decp")}
    filled.app.state.settings = settings.model_copy(update=nightly)
    try:
        page = signed_in(filled, "facilitator").get("/sources")
    finally:
        filled.app.state.settings = settings
    words = Outline(page.text).words
    assert "Recherche d’entreprises" in words
    # The companies are five days old; the contracts were never read whole; BOAMP is fresh, save that Ardèche is silent.
    assert words.count("en retard") == 3
    assert "Ardèche (07) : rien n’a encore été reçu" in words
    assert "Drôme (26) :" not in words
    assert "refuse la demande (réponse 404)" in words
    assert "26-100002naturenature d’avis inconnue : « <b>INCONNUE</b> »" in words
    assert "<b>INCONNUE" not in page.text


def test_a_field_that_fell_says_so_and_the_shares_of_the_last_reading_are_shown(filled: Doors) -> None:
    with writing(filled.engine) as session:
        last = session.get_one(SyncRun, ("boamp", 1))
        last.number, last.coverage = 2, {"FNSimple": {"deadline": [3, 40]}}
        session.flush()
        before = SyncRun(**last.model_dump() | {"number": 1, "coverage": {"FNSimple": {"deadline": [99, 100]}}})
        session.add(before)
    words = Outline(signed_in(filled, "facilitator").get("/sources").text).words
    assert "à vérifier BOAMP, FNSimple : « date limite » n’est lu que 3 fois sur 40" in words
    assert "date limite3 sur 40" in words


def test_a_person_decides_on_a_duplicate_and_may_come_back(filled: Doors) -> None:
    browser = signed_in(filled, "facilitator")
    page = Outline(browser.get("/sources").text)
    assert "Doublons à trancher 1 paire" in page.words
    (form,) = [one["action"] or "" for one in page.all("form") if "doublons" in (one["action"] or "")]
    keep = next(one["value"] or "" for one in page.all("button", name="decision"))
    assert browser.post(form, data={"decision": keep}).headers["location"] == "/sources#doublons"
    page = Outline(browser.get("/sources").text)
    assert "Aucun doublon à trancher" in page.words
    assert "Écartée :" in page.words
    assert browser.post(form, data={"decision": "revoir"}).status_code == 303
    assert "Doublons à trancher 1 paire" in Outline(browser.get("/sources").text).words
    assert browser.post(form, data={"decision": "n’importe quoi"}).status_code == 422


def test_prometheus_reads_how_fresh_each_source_is(filled: Doors) -> None:
    text = filled.facilitator.get("/metrics").text
    assert 'polesud_source_late{source="boamp"} 1.0' in text
    assert 'polesud_source_silent_departments{source="boamp"} 1.0' in text
    assert 'polesud_source_silent_departments{source="recherche_entreprises"} 0.0' in text
    assert 'polesud_source_late{source="recherche_entreprises"} 1.0' in text
    assert 'polesud_source_stopped{source="decp"} 1.0' in text
    assert 'polesud_source_refused{source="boamp"} 1.0' in text
    assert 'polesud_source_complete_seconds{source="decp"}' not in text
