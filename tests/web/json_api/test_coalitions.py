"""Who together: what is proposed, that it adds up, that it can be read, and that it betrays nobody."""

from __future__ import annotations

import ast
import math
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, func, select

from api.matching import coalition_wording
from api.matching.coalition_wording import bound_sentence, lack_sentence, member_sentence, percent, verdict_sentence
from matcher.coalition import proposal
from matcher.coalition.needs import Part
from matcher.coalition.proposal import PARTNER_COST, Coalition, Verdict
from matcher.types import Reason
from models.database import reading
from models.suggestions import Impression
from models.tables import Actor, Lot, Membership, Opportunity
from models.vectors import TextVector
from tests.matching.test_reasons import check
from tests.support.world import ABSENT, Doors, demo_opportunity

pytestmark = pytest.mark.slow

OPENING, CLEANING, BUILDING = (demo_opportunity(one) for one in ("m001", "m005", "m008"))
SECRET_CASE, PUBLIC_CASE = demo_opportunity("r001"), demo_opportunity("r002")


def propose(doors: Doors, question: dict[str, Any], *, door: TestClient | None = None) -> dict[str, Any]:
    """Return a proposal that must be given, once it is checked."""
    answer = (door or doors.facilitator).post("/api/coalitions", json=question)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    check_proposal(found)
    return found


def check_proposal(found: dict[str, Any]) -> None:
    """It adds up, each part of it is in words, and the verdict is that of what is given."""
    read(found["text"])
    together, alone = found["coalition"], found["alone"]
    assert (together is not None) == (found["verdict"] == "coalition")
    assert alone is not None or found["verdict"] != "alone"
    assert (found["considered"] == 0) == (found["verdict"] == "nobody")
    for team in filter(None, (together, alone)):
        members = team["members"]
        assert [one["leads"] for one in members] == [True] + [False] * (len(members) - 1)
        assert math.isclose(sum(one["share"] for one in members), team["value"], abs_tol=1e-6)
        for one in members:
            assert math.isclose(sum(reason["contribution"] for reason in one["reasons"]), one["share"], abs_tol=1e-6)
        assert 0 < team["value"] <= team["at_most"] + 1e-9 <= 1 + 1e-6
        assert 1 - 1 / math.e <= team["proven"] <= 1
        read(team["bound"])
        for reason in [*(reason for one in members for reason in one["reasons"]), *team["lacks"]]:
            read(reason["text"])
    if together:
        assert 2 <= len(together["members"]) <= 5
        assert len({one["actor"]["id"] for one in together["members"]}) == len(together["members"])
        assert all(one["actor"]["name"] in found["text"] for one in together["members"])
        assert together["value"] - PARTNER_COST * (len(together["members"]) - 1) > alone["value"] - 1e-6
        assert found["lacks"] == together["lacks"]


def read(text: str) -> None:
    """Names and titles are as their sources wrote them, straight apostrophes too; our own words are checked below."""
    check(text.replace("'", "’"))


def ids(team: dict[str, Any] | None) -> list[str]:
    return [one["actor"]["id"] for one in team["members"]] if team else []


def all_opportunities(doors: Doors) -> list[str]:
    with reading(doors.engine) as session:
        return list(session.exec(select(Opportunity.id).order_by(Opportunity.id)).all())


def test_an_opening_with_lots_gets_a_coalition_for_all_of_them(doors: Doors) -> None:
    """Each lot has a holder or is told as lacking one; the card is the whole's, not a lot's."""
    found = propose(doors, {"opportunity_id": BUILDING})
    assert (found["opportunity"]["id"], found["opportunity"]["lot_id"]) == (BUILDING, None)
    assert found["verdict"] == "coalition"
    with reading(doors.engine) as session:
        lots = set(session.exec(select(Lot.id).where(col(Lot.opportunity_id) == BUILDING)).all())
    held = {
        reason["figures"]["need"]
        for member in found["coalition"]["members"]
        for reason in member["reasons"]
        if reason["code"] == "coalition_holds"
    }
    missing = {lack["figures"]["need"] for lack in found["lacks"] if lack["code"] == "lack_nobody"}
    assert len(lots) > 2
    assert held <= lots
    assert held | missing == lots


def test_every_opportunity_of_the_world_gets_a_stated_verdict(doors: Doors) -> None:
    """Closed or open, market or takeover; and several verdicts come out of it."""
    asked = all_opportunities(doors)
    found = [propose(doors, {"opportunity_id": one, "even_closed": True}) for one in asked]
    assert {"coalition", "alone"} <= {one["verdict"] for one in found}


def test_a_lot_can_be_asked_alone(doors: Doors) -> None:
    with reading(doors.engine) as session:
        lot = session.exec(select(Lot.id).where(col(Lot.opportunity_id) == BUILDING)).first()
    found = propose(doors, {"opportunity_id": lot})
    assert found["opportunity"]["lot_id"] == lot
    needs = {reason["figures"].get("need") for one in found["alone"]["members"] for reason in one["reasons"]}
    assert needs <= {lot, None}


def test_a_takeover_gets_roles(doors: Doors) -> None:
    found = propose(doors, {"opportunity_id": PUBLIC_CASE})
    parts = {
        reason["figures"]["part"]
        for member in found["coalition"]["members"]
        for reason in member["reasons"]
        if "part" in reason["figures"]
    }
    assert "takes_over" in parts
    assert parts <= {"takes_over", "supports", "finances"}
    assert len(parts) > 1
    leader = found["coalition"]["members"][0]
    assert leader["reasons"][0]["text"] == "porte la reprise"
    assert "mandataire" not in str(found)


def test_named_trades_are_what_is_asked_and_are_not_kept(doors: Doors) -> None:
    with reading(doors.engine) as session:
        before = session.exec(select(func.count()).select_from(TextVector)).one()
    trades = ["tonte et taille de haies", "comptabilité et paie"]
    found = propose(doors, {"opportunity_id": OPENING, "trades": trades})
    titles = {
        reason["figures"]["title"]
        for team in (found["coalition"], found["alone"])
        if team
        for reason in [*(reason for one in team["members"] for reason in one["reasons"]), *team["lacks"]]
        if reason["figures"].get("part") == "trade"
    }
    assert titles <= set(trades)
    assert titles
    with reading(doors.engine) as session:
        assert session.exec(select(func.count()).select_from(TextVector)).one() == before


def test_trades_are_refused_where_lots_or_roles_are_asked(doors: Doors) -> None:
    for one in (BUILDING, PUBLIC_CASE):
        answer = doors.facilitator.post("/api/coalitions", json={"opportunity_id": one, "trades": ["tonte"]})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "trades")


def test_without_a_member_another_set_is_found_that_is_worth_no_more(doors: Doors) -> None:
    """One after the other is left out: each answer lacks all those left out, and is proven against the first."""
    for opportunity in (BUILDING, PUBLIC_CASE):
        first = propose(doors, {"opportunity_id": opportunity})
        for member in ids(first["coalition"]):
            other = propose(doors, {"opportunity_id": opportunity, "without": [member]})
            assert member not in str(other)
            assert other["considered"] == first["considered"] - 1
            if first["coalition"]["proven"] == 1 and len(ids(other["coalition"])) == len(ids(first["coalition"])):
                assert other["coalition"]["value"] <= first["coalition"]["value"] + 1e-9
    everyone = propose(doors, {"opportunity_id": BUILDING})
    assert propose(doors, {"opportunity_id": BUILDING, "without": [ABSENT]}) == everyone


def test_who_is_left_out_is_not_offered_through_a_carrier(doors: Doors) -> None:
    """A member through whom its network or CAE would answer said no: nothing is offered through it."""
    with reading(doors.engine) as session:
        members = sorted(set(session.exec(select(Membership.member_id)).all()))
        names = set(session.exec(select(Actor.name).where(col(Actor.id).in_(members))).all())

    def through(found: dict[str, Any]) -> set[str]:
        teams = [team for team in (found["coalition"], found["alone"]) if team]
        reasons = [reason for team in teams for one in team["members"] for reason in one["reasons"]]
        return {reason["figures"]["via"] for reason in reasons if "via" in reason["figures"]}

    questions = [{"opportunity_id": one, "even_closed": True} for one in all_opportunities(doors)]
    carried = next((question for question in questions if through(propose(doors, question))), None)
    assert carried, "nothing in the world is done through a carrier"
    assert through(propose(doors, carried)) <= names
    assert not through(propose(doors, carried | {"without": members}))


def test_figures_name_actors_and_give_no_ids(doors: Doors) -> None:
    with reading(doors.engine) as session:
        actors = set(session.exec(select(Actor.id)).all())
    for opportunity in all_opportunities(doors)[:20]:
        found = propose(doors, {"opportunity_id": opportunity, "even_closed": True})
        for team in filter(None, (found["coalition"], found["alone"])):
            for reason in [*(reason for one in team["members"] for reason in one["reasons"]), *team["lacks"]]:
                said = f"{reason['text']} {list(reason['figures'].values())}"
                assert not any(actor in said for actor in actors)


def test_the_same_question_gets_the_same_answer_and_nothing_is_recorded(doors: Doors) -> None:
    with reading(doors.engine) as session:
        before = session.exec(select(func.count()).select_from(Impression)).one()
    assert propose(doors, {"opportunity_id": CLEANING}) == propose(doors, {"opportunity_id": CLEANING})
    with reading(doors.engine) as session:
        assert session.exec(select(func.count()).select_from(Impression)).one() == before


@pytest.mark.slow
def test_to_a_client_the_hidden_leave_no_trace(doors: Doors) -> None:
    """Whether a hidden actor is left out or not, the answer is the same."""
    with reading(doors.engine) as session:
        hidden = list(session.exec(select(Actor.id).where(col(Actor.confidential))).all())
        names = list(session.exec(select(Actor.name).where(col(Actor.confidential))).all())
        public = session.exec(select(Opportunity.id).where(~col(Opportunity.confidential))).all()
        cases = session.exec(select(Opportunity.id).where(col(Opportunity.kind) == "takeover")).all()
    # The hidden plan takeovers: there they count.
    plans = [str(propose(doors, {"opportunity_id": case, "even_closed": True})) for case in cases]
    assert any(one in plan for one in hidden for plan in plans)
    for number, opportunity in enumerate(sorted(public)):
        question = {"opportunity_id": opportunity, "even_closed": True}
        seen = propose(doors, question, door=doors.client)
        assert not any(one in str(seen) for one in (*hidden, *names))
        if seen != propose(doors, question) or number % 5 == 0:
            assert seen == propose(doors, question | {"without": hidden}, door=doors.client)
            assert seen == propose(doors, question | {"without": hidden})


def test_a_secret_case_is_as_absent_as_what_does_not_exist(doors: Doors) -> None:
    answers = [
        doors.client.post("/api/coalitions", json={"opportunity_id": one}).content for one in (SECRET_CASE, ABSENT)
    ]
    assert answers[0] == answers[1]
    assert doors.client.post("/api/coalitions", json={"opportunity_id": SECRET_CASE}).status_code == 404
    propose(doors, {"opportunity_id": SECRET_CASE})


def test_a_key_is_asked_and_unknown_fields_are_refused(doors: Doors) -> None:
    assert doors.anonymous.post("/api/coalitions", json={"opportunity_id": OPENING}).status_code == 401
    for wrong in ({}, {"opportunity_id": OPENING, "k": 3}, {"opportunity_id": OPENING, "trades": [" "]}):
        assert doors.facilitator.post("/api/coalitions", json=wrong).status_code == 422


# The words.


def codes_of_the_matcher() -> set[str]:
    """Every code that `matcher.coalition.proposal` can give: its strings that begin as codes do."""
    tree = ast.parse(Path(proposal.__file__).read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if text.startswith(("coalition_", "lack_")) and " " not in text}


def test_every_code_has_its_words_and_no_words_are_left_over() -> None:
    standing = {"coalition_leads", "coalition_network", "coalition_near"}
    assert codes_of_the_matcher() == standing | set(coalition_wording._BRINGS) | set(coalition_wording._LACKS)
    assert set(coalition_wording.PARTS) == set(Part) - {Part.LOT, Part.TRADE, Part.LEAD}


def a_reason(code: str, part: Part, value: float | None) -> Reason:
    title = "Peinture" if part in (Part.LOT, Part.TRADE) else ""
    figures: dict[str, str | float | int] = {"need": "n", "part": part, "title": title, "unknown": "Atelier Vert"}
    return Reason(code, 0.1, value, figures | {"networks": "Réseau Bleu", "km": 12.4, "exact": 0, "kind": "scop"})


@pytest.mark.parametrize("part", sorted(set(Part) - {Part.LEAD}))
def test_every_sentence_is_french_for_every_part(part: Part) -> None:
    for code, value, takeover in product(codes_of_the_matcher(), (0.0, 0.004, 0.5, 0.998, 7.2), (False, True)):
        reason = a_reason(code, part, value)
        check(lack_sentence(reason) if code.startswith("lack_") else member_sentence(reason, takeover=takeover))


def test_figures_are_told_as_they_are() -> None:
    means = a_reason("coalition_means", Part.WHOLE, 0.457)
    assert member_sentence(means, takeover=False) == "apporte 45 % des moyens demandés pour l’ensemble"
    ample = a_reason("coalition_means", Part.LOT, 1.2)
    assert member_sentence(ample, takeover=False) == "a tous les moyens demandés pour « Peinture »"
    near = Reason("coalition_near", figures={"km": 12.4, "exact": 0})
    assert member_sentence(near, takeover=False) == "à environ 12 km du mandataire"
    assert "environ" not in member_sentence(Reason("coalition_near", figures={"km": 12.4, "exact": 1}), takeover=True)
    beside = Reason("coalition_near", figures={"km": 0.4, "exact": 1})
    assert member_sentence(beside, takeover=False) == "au même endroit que le mandataire"


def test_a_share_is_never_rounded_up() -> None:
    assert [percent(one) for one in (0, 0.004, 0.29, 0.994, 0.9999, 1.0)] == [
        "0 %",
        "moins de 1 %",
        "29 %",
        "99 %",
        "99 %",
        "100 %",
    ]
    coalition = Coalition((), 0.9, 0.91, 0.989, ())
    assert bound_sentence(coalition) == "au moins 98 % du meilleur possible"


def test_who_lacks_only_what_nobody_told_suffices() -> None:
    unknown, nobody = (a_reason(code, Part.LOT, 0.0) for code in ("lack_means_unknown", "lack_nobody"))
    names = ["Atelier Vert"]
    assert verdict_sentence(Verdict.ALONE, takeover=False, names=names, lacks=[unknown]) == (
        "Un seul acteur suffit : Atelier Vert."
    )
    assert verdict_sentence(Verdict.ALONE, takeover=False, names=names, lacks=[nobody, unknown]) == (
        "Aucun partenaire n’apporterait assez ; Atelier Vert seul·e, il manque : personne pour « Peinture »."
    )
