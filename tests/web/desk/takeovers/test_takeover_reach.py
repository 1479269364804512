"""A case is proposed, opened and taken back on the desk; the partner who speaks for the actor sees it at once."""

from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from api.accounts import accounts
from api.confidentiality.disclosure import ConsentSide, grant_consent, revoke_consent
from api.confidentiality.told_lines import last_lines
from api.core.french import NBSP
from models.base import utc_now
from tests.support.night_world import OPTIONS
from tests.support.outline import Outline
from tests.support.reads import read_once
from tests.support.signed_in import PASSWORD, browser, open_partner, sessions, signed_in
from tests.support.world import ABSENT, Doors, demo_opportunity

pytestmark = pytest.mark.slow

CASE, UNTOLD = demo_opportunity("r001"), demo_opportunity("r002")
EMAIL = "camille@example.org"
NAME = "Les Repas du Vercors"


@dataclass(frozen=True)
class Reach:
    """A facilitator, and a partner whose only actor fits no takeover case."""

    doors: Doors
    house: TestClient
    partner: TestClient
    actor: str
    line: str

    def space(self) -> str:
        return Outline(self.partner.get("/espace").text).words

    def propose(self, acte: str = "proposer", case: str = CASE, actor: str = "", **more: str) -> int:
        sent = {"acte": acte, "acteur": actor or self.actor} | more
        return self.house.post(f"/opportunites/{case}/reprise/proposer", data=sent).status_code

    def page(self, name: str, case: str = CASE, **asked: str) -> str:
        answer = self.house.get(f"/opportunites/{case}/reprise/{name}", params=asked)
        assert answer.status_code == 200
        return Outline(answer.text).words


@pytest.fixture(scope="module")
def reach(doors: Doors) -> Reach:
    body = {"source_id": "repas", "name": NAME, "kind": "association", "activities": ["repas livrés à domicile"]}
    actor = doors.facilitator.post("/api/actors", json=body).json()["id"]
    open_partner(doors.engine, EMAIL, actor, name="Camille Repas")
    partner = browser(
        doors,
        sessions.sign_in(doors.engine, EMAIL, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS),
    )
    house = signed_in(doors, accounts.FACILITATOR)
    house.post(f"/opportunites/{UNTOLD}/confidentialite", data={"acte": "retire"})
    doors.settle()
    line = read_once(doors.engine, last_lines, [CASE])[CASE].text.replace(NBSP, " ")
    return Reach(doors, house, partner, actor, line)


def test_what_no_ranking_proposes_is_in_the_space_once_a_facilitator_proposes_it(reach: Reach) -> None:
    assert reach.line not in reach.space()
    assert reach.propose() == 303
    assert f"Proposé par l’équipe de Pôle Sud {reach.line}" in reach.space()
    assert NAME in reach.page("proposer")
    assert reach.propose("reprendre") == 303
    assert reach.line not in reach.space()
    assert "Propositions reprises (1)" in reach.page("proposer")


def test_a_consent_of_either_side_is_in_the_space_at_once_whatever_the_score(reach: Reach) -> None:
    for side, words in ((ConsentSide.HOLDER, "un accord donné"), (ConsentSide.ACTOR, "l’identité de l’entreprise")):
        grant_consent(reach.doors.engine, CASE, reach.actor, side, account_id="f", now=utc_now())
        assert f"Ce qui vous est ouvert {reach.line}" in (space := reach.space())
        assert words in space
    for side in (ConsentSide.HOLDER, ConsentSide.ACTOR):
        revoke_consent(reach.doors.engine, CASE, reach.actor, side, account_id="f", now=utc_now())
    assert "Ce qui vous est ouvert" not in reach.space()


def test_who_saw_what_is_read_by_person_act_actor_and_day(reach: Reach) -> None:
    reach.propose()
    everything = reach.page("vu")
    assert f"cas proposé à un acteur {NAME}" in everything
    assert f"({reach.line})" in everything
    narrowed = reach.page("vu", quoi="proposal.made", pour=reach.actor)
    assert NAME in narrowed
    assert f"({reach.line})" not in narrowed
    assert "Rien de tel n’est noté" in reach.page("vu", au="2020-01-01")
    # What the house read is noted in the background.
    assert reach.doors.app.state.background.drain(60)
    assert "opportunité confidentielle lue" in reach.page("vu", quoi="opportunity.seen")
    wrong = reach.house.get(f"/opportunites/{CASE}/reprise/vu", params={"du": "hier"})
    assert wrong.status_code == 422
    assert 'value="hier"' in wrong.text


def test_what_may_not_be_told_or_is_unknown_is_refused_in_words_and_nothing_is_done(reach: Reach) -> None:
    refused = reach.house.post(
        f"/opportunites/{UNTOLD}/reprise/proposer", data={"acte": "proposer", "acteur": reach.actor}
    )
    assert refused.status_code == 409
    assert "n’est pas diffusé" in Outline(refused.text).words
    assert reach.propose("rien") == 422
    assert reach.propose(actor=ABSENT) == 404
    assert reach.propose(case=demo_opportunity("m001")) == 404
    assert "À personne encore" in reach.page("proposer", UNTOLD)


def test_from_the_page_of_consents_one_comes_back_to_it(reach: Reach) -> None:
    sent = {"acte": "proposer", "acteur": reach.actor, "retour": "confidentialite"}
    answer = reach.house.post(f"/opportunites/{CASE}/reprise/proposer", data=sent)
    assert answer.headers["location"].startswith(f"/opportunites/{CASE}/confidentialite?fait=proposer")
    assert "Le cas est proposé" in Outline(reach.house.get(answer.headers["location"]).text).words
