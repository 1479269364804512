"""POST /api/matches answers its three questions, says why, and keeps a trace of what it showed."""

import math
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from api.accounts import api_keys
from matcher.priors import PRIORS
from matcher.scoring import PRIOR, revision
from matcher.types import Form, Role
from models.base import identifier
from models.database import reading
from models.tables import Impression, RankedList, Suggestion
from tests.support.databases import stored_bytes
from tests.support.proof_share import examples
from tests.support.world import ABSENT, CLIENT_BASE, Doors, demo_actor, demo_opportunity

GARDENERS = demo_actor("a001", "00017926700026")
OPENING, OPENING_WITH_LOTS, CASE = demo_opportunity("m001"), demo_opportunity("m002"), demo_opportunity("r001")
TEXT = "Tonte et débroussaillage de deux hectares autour de l’école, à Crest"

QUESTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "opportunity": ({"opportunity_id": OPENING}, "actors_for_opportunity"),
    "case": ({"opportunity_id": CASE}, "actors_for_opportunity"),
    "actor": ({"actor_id": GARDENERS}, "opportunities_for_actor"),
    "text": ({"text": TEXT}, "actors_for_text"),
}


def candidates(ranking: dict[str, Any]) -> list[str]:
    return [entry["candidate"]["id"] for entry in ranking["suggestions"]]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_gets_a_ranked_list_with_reasons(doors: Doors, name: str) -> None:
    """Ranks count from 1, each candidate stands once, and each says in French why it is there.

    The order is that of the scores, whatever was asked.
    """
    question, direction = QUESTIONS[name]
    (ranking,) = doors.ask(question | {"k": 20})
    assert ranking["direction"] == direction
    entries = ranking["suggestions"]
    assert [entry["rank"] for entry in entries] == list(range(1, 21))
    scores = [entry["score"] for entry in entries]
    assert all(0 < score < 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert len(set(candidates(ranking))) == 20
    for entry in entries:
        codes = [reason["code"] for reason in entry["reasons"]]
        assert {code.removesuffix("_unknown") for code in codes} <= set(PRIOR.values)
        assert all(reason["text"] and reason["value"] != "" for reason in entry["reasons"])
        parts = [abs(reason["contribution"]) for reason in entry["reasons"]]
        total = math.fsum(reason["contribution"] for reason in entry["reasons"])
        biases = [prior.calibrated(form).bias for prior in PRIORS.values() for form in Form]
        chances = [1 / (1 + math.exp(-bias - total)) for bias in biases]
        assert any(math.isclose(entry["score"], chance, rel_tol=1e-6) for chance in chances), parts
    assert ranking["considered"] > len(entries)
    assert ranking["question"] is None if name == "text" else ranking["question"]["id"] in question.values()


def test_the_right_trade_comes_first(doors: Doors) -> None:
    """Green spaces at Crest, three ways: the insertion gardeners of Crest are among the first three."""
    for question in ({"opportunity_id": OPENING, "k": 3}, {"text": TEXT, "k": 3}):
        assert GARDENERS in candidates(doors.ask(question)[0])
    assert OPENING in candidates(doors.ask({"actor_id": GARDENERS, "k": 3})[0])


def test_both_directions_give_a_pair_the_same_score_and_the_same_suggestion(doors: Doors) -> None:
    (forward,), (backward,) = doors.ask({"opportunity_id": OPENING}), doors.ask({"actor_id": GARDENERS})
    one = next(entry for entry in forward["suggestions"] if entry["candidate"]["id"] == GARDENERS)
    other = next(entry for entry in backward["suggestions"] if entry["candidate"]["id"] == OPENING)
    assert one["id"] == other["id"]
    assert one["score"] == other["score"]
    parts = [
        {reason["code"]: (reason["contribution"], reason["value"]) for reason in entry["reasons"]}
        for entry in (one, other)
    ]
    assert parts[0] == parts[1]


def test_the_same_question_gets_the_same_answer(doors: Doors) -> None:
    for question, _ in QUESTIONS.values():
        assert doors.ask(question) == doors.ask(question)


def test_an_opening_with_lots_gets_a_list_for_each_lot_in_their_order(doors: Doors) -> None:
    rankings = doors.ask({"opportunity_id": OPENING_WITH_LOTS, "k": 5})
    numbers = [ranking["question"]["lot_number"] for ranking in rankings]
    assert numbers == sorted(numbers, key=int)
    assert len(numbers) > 1
    assert {ranking["question"]["opportunity_id"] for ranking in rankings} == {OPENING_WITH_LOTS}
    # A lot can be asked for alone: the same list.
    assert doors.ask({"opportunity_id": rankings[1]["question"]["lot_id"], "k": 5}) == [rankings[1]]


@settings(deadline=None, max_examples=examples(30))
@given(st.sets(st.sampled_from(["opportunity_id", "actor_id", "text"])))
def test_one_question_and_one_only(doors: Doors, asked: set[str]) -> None:
    """Any number of questions but one is refused, in French."""
    known = {"opportunity_id": OPENING, "actor_id": GARDENERS, "text": TEXT}
    answer = doors.facilitator.post("/api/matches", json={name: known[name] for name in asked} | {"k": 1})
    assert answer.status_code == (200 if len(asked) == 1 else 422)
    if len(asked) != 1:
        assert "un seul" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"text": TEXT, "k": 0}, "k"),
        ({"text": TEXT, "k": 101}, "k"),
        ({"text": TEXT, "k": "dix"}, "k"),
        ({"text": "  a "}, "text"),
        ({"text": TEXT, "filters": {"departments": ["99"]}}, "filters.departments.0"),
        ({"text": TEXT, "filters": {"actor_kinds": ["boulanger"]}}, "filters.actor_kinds.0"),
        ({"text": TEXT, "filters": {"opportunity_kinds": ["market"]}}, "corps"),
        ({"actor_id": GARDENERS, "filters": {"actor_kinds": ["scop"]}}, "corps"),
        ({"text": TEXT, "filtre": {}}, "filtre"),
    ],
)
def test_a_wrong_question_is_refused_by_its_field(doors: Doors, question: dict[str, Any], field: str) -> None:
    answer = doors.facilitator.post("/api/matches", json=question)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_filters_narrow_the_candidates_and_change_nothing_else(doors: Doors) -> None:
    """What remains keeps its score."""
    (whole,) = doors.ask({"text": TEXT, "k": 100})
    scores = {entry["candidate"]["id"]: entry["score"] for entry in whole["suggestions"]}
    filters = {"departments": ["07"], "actor_kinds": ["aci", "esat", "scop"]}
    (part,) = doors.ask({"text": TEXT, "k": 100, "filters": filters})
    wanted = [
        entry["candidate"]["id"]
        for entry in whole["suggestions"]
        if entry["candidate"]["department"] == "07" and entry["candidate"]["kind"] in filters["actor_kinds"]
    ]
    assert wanted
    assert set(wanted) <= set(candidates(part))
    for entry in [*part["suggestions"], *part["refused"]]:
        assert entry["candidate"]["department"] == "07"
        assert entry["candidate"]["kind"] in filters["actor_kinds"]
    assert {entry["candidate"]["id"]: entry["score"] for entry in part["suggestions"]}.items() >= {
        candidate: scores[candidate] for candidate in wanted
    }.items()
    assert 0 < part["considered"] < whole["considered"]


def test_the_kinds_of_opportunities_are_filtered_too(doors: Doors) -> None:
    seen = {}
    for kind in ("market", "takeover"):
        (ranking,) = doors.ask({"actor_id": GARDENERS, "k": 100, "filters": {"opportunity_kinds": [kind]}})
        assert {entry["candidate"]["kind"] for entry in [*ranking["suggestions"], *ranking["refused"]]} == {kind}
        seen[kind] = ranking["considered"]
    (whole,) = doors.ask({"actor_id": GARDENERS})
    assert sum(seen.values()) == whole["considered"]


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(20))
@given(st.integers(1, 100))
def test_a_shorter_list_is_the_beginning_of_a_longer_one(doors: Doors, k: int) -> None:
    (whole,) = doors.ask({"opportunity_id": OPENING, "k": 100})
    (short,) = doors.ask({"opportunity_id": OPENING, "k": k})
    assert short["suggestions"] == whole["suggestions"][:k]
    assert short["refused"] == whole["refused"]


def test_those_whom_a_condition_excludes_are_told_with_the_condition(doors: Doors) -> None:
    """A market reserved for insertion structures: no other kind is proposed, the nearest misses are named."""
    created = doors.facilitator.post(
        "/api/opportunities",
        json={
            "source_id": "reserve-1",
            "title": "Entretien d’espaces verts réservé",
            "commune_code": "26108",
            "reserved": ["siae"],
        },
    ).json()
    (ranking,) = doors.ask({"opportunity_id": created["id"], "k": 100})
    assert {entry["candidate"]["kind"] for entry in ranking["suggestions"]} <= {
        "ei",
        "ai",
        "aci",
        "etti",
        "eiti",
        "cae",
        "network",
    }
    refused = [one for one in ranking["refused"] if one["reason"]["code"] == "reserved"]
    assert refused
    assert all("réservé" in one["reason"]["text"] for one in refused)
    assert not set(candidates(ranking)) & {one["candidate"]["id"] for one in ranking["refused"]}


def test_a_member_s_skill_is_proposed_through_its_carrier(doors: Doors) -> None:
    """An entrepreneur of a CAE cannot sign: the CAE is proposed, the entrepreneur named beside it."""
    (ranking,) = doors.ask({"text": "cartographie numérique et systèmes d’information géographique", "k": 10})
    through = {entry["via_member"]["name"] for entry in ranking["suggestions"] if entry["via_member"]}
    assert any("cartographie" in name for name in through)
    assert "entrepreneur" not in {entry["candidate"]["kind"] for entry in ranking["suggestions"]}


def test_what_does_not_exist_is_not_found(doors: Doors) -> None:
    for question in ({"opportunity_id": ABSENT}, {"actor_id": ABSENT}, {"opportunity_id": GARDENERS}):
        answer = doors.facilitator.post("/api/matches", json=question)
        assert answer.status_code == 404
        assert answer.json()["title"] == "Introuvable"


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_was_shown_is_recorded_as_it_was_shown(doors: Doors, name: str) -> None:
    """Rank, score, bias, contributions, the weights and the key: what tuning and an audit need."""
    # A key of its own: what another was shown today would not be recorded again.
    secret = api_keys.replace_key(doors.engine, f"recorded {name}", api_keys.FACILITATOR)
    door = TestClient(doors.app, base_url=CLIENT_BASE, headers={"X-API-Key": secret})
    with reading(doors.engine) as session:
        before = set(session.exec(select(RankedList.id)))
    question, direction = QUESTIONS[name]
    (ranking,) = doors.ask(question | {"k": 7}, door=door)
    with reading(doors.engine) as session:
        (recorded,) = session.exec(select(RankedList).where(col(RankedList.id).not_in(before))).all()
        rows = session.exec(
            select(Impression).where(Impression.list_id == recorded.id).order_by(col(Impression.rank))
        ).all()
        pairs = {row.id: row for row in session.exec(select(Suggestion)).all()}
    assert recorded.direction == direction
    assert recorded.weights_id == identifier("weights", revision(PRIORS))
    assert recorded.api_key_id is not None
    assert recorded.encoder_revision == doors.app.state.desk.encoder.revision
    for row, entry in zip(rows, ranking["suggestions"], strict=True):
        assert (row.rank, row.score, row.suggestion_id) == (entry["rank"], entry["score"], entry["id"])
        prior = PRIORS[Role(row.breakdown["role"])].calibrated(Form(row.breakdown["form"]))
        assert row.breakdown["bias"] == prior.bias
        assert [(one["code"], one["contribution"]) for one in row.breakdown["reasons"]] == [
            (one["code"], one["contribution"]) for one in entry["reasons"]
        ]
        assert row.breakdown["via_member"] == (entry["via_member"] or {}).get("id")
        pair = {pairs[row.suggestion_id].actor_id, pairs[row.suggestion_id].opportunity_id}
        assert entry["candidate"]["id"] in pair or entry["candidate"]["opportunity_id"] in pair


def test_a_pasted_text_is_not_kept(doors: Doors) -> None:
    """It may name people: no byte of the database, nor of its journal, holds its words."""
    words = "Bertille Quenouvrier cherche un repreneur discret pour sa fabrique de chaises"
    (ranking,) = doors.ask({"text": words})
    content = stored_bytes(doors.engine)
    # The trace of the answer is there …
    assert ranking["suggestions"][0]["id"].encode() in content
    # … without the question.
    assert b"Quenouvrier" not in content
    assert b"repreneur discret" not in content
    again = doors.facilitator.get(f"/api/suggestions/{ranking['suggestions'][0]['id']}")
    assert again.status_code == 200
    assert "Quenouvrier" not in again.text


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_suggestion_read_again_is_its_score_taken_apart(doors: Doors, name: str) -> None:
    """bias + contributions = logit of the score, the very one that was shown."""
    # A key of its own: the pair may have been shown today at another rank, from its other side.
    secret = api_keys.replace_key(doors.engine, f"read again {name}", api_keys.FACILITATOR)
    door = TestClient(doors.app, base_url=CLIENT_BASE, headers={"X-API-Key": secret})
    (ranking,) = doors.ask(QUESTIONS[name][0] | {"k": 3}, door=door)
    assert doors.app.state.background.drain(60)
    for entry in ranking["suggestions"]:
        answer = doors.facilitator.get(f"/api/suggestions/{entry['id']}")
        assert answer.status_code == 200
        whole = answer.json()
        assert (whole["id"], whole["score"], whole["rank"]) == (entry["id"], entry["score"], entry["rank"])
        logit = whole["bias"] + math.fsum(reason["contribution"] for reason in whole["reasons"])
        assert math.isclose(logit, math.log(whole["score"] / (1 - whole["score"])), abs_tol=1e-5)
        assert {reason["code"] for reason in whole["reasons"]} == {reason["code"] for reason in entry["reasons"]}
        assert whole["weights_id"] == identifier("weights", revision(PRIORS))
        assert whole["via_member"] == entry["via_member"]
        sides = [whole["actor"], whole["opportunity"]]
        assert entry["candidate"] in sides
        assert ranking["question"] in sides


def test_an_unknown_suggestion_is_not_found(doors: Doors) -> None:
    answer = doors.facilitator.get(f"/api/suggestions/{ABSENT}")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "Cette suggestion n’existe pas."
