"""What partners ask to correct in their card waits for a facilitator, and changes nothing before."""

from typing import Any

import pytest
from sqlalchemy import Engine

from api.catalogue import record_changes
from api.catalogue.card_corrections import (
    corrections_of,
    count_waiting_corrections,
    decide_correction,
    propose_correction,
    waiting_corrections,
)
from api.catalogue.row_history import last_edit
from api.catalogue.rows_by_kind import row_of
from api.catalogue.schemas import ActorIn
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError, NotFoundError
from models.base import utc_now
from models.database import reading, writing
from tests.support.signed_in import open_partner

BY = "account:camille"


@pytest.fixture
def actor_id(engine: Engine) -> str:
    actor = ActorIn(source_id="1", name="Les Jardins", kind="scop", headcount=4, commune_name="Crest", postcode="26400")
    return record_changes.create_actor(engine, actor)


@pytest.fixture
def account_id(engine: Engine, actor_id: str) -> str:
    return open_partner(engine, "dominique@jardins.example.org", actor_id, name="Dominique")


def propose(engine: Engine, actor_id: str, account_id: str, changes: dict[str, Any], note: str = "") -> str:
    with writing(engine) as session:
        return propose_correction(session, actor_id, account_id, changes, note, now=utc_now())


def decide(engine: Engine, correction_id: str, *accepted: str, answer: str = "", seen: str = "") -> None:
    with writing(engine) as session:
        decide_correction(session, correction_id, accepted, answer, by=BY, now=utc_now(), seen=seen)


def card(engine: Engine, actor_id: str) -> dict[str, Any]:
    with reading(engine) as session:
        return row_of(session, "actors", actor_id).model_dump(exclude={"updated_at", "content_hash"})


def test_a_proposal_changes_the_card_only_once_it_is_accepted(engine: Engine, actor_id: str, account_id: str) -> None:
    before = card(engine, actor_id)
    move = {"headcount": 12, "commune_code": "07186", "commune_name": "Privas"}
    correction_id = propose(engine, actor_id, account_id, move)
    assert card(engine, actor_id) == before
    with reading(engine) as session:
        (waiting,) = waiting_corrections(session)
        assert (waiting.account_name, waiting.actor.id) == ("Dominique", actor_id)
        assert waiting.correction.changes["headcount"] == [4, 12]
        assert waiting.correction.changes["commune_name"] == ["Crest", "Privas"]
    # The fields of the place go together.
    decide(engine, correction_id, "commune_name")
    after = card(engine, actor_id)
    assert (after["commune_name"], after["commune_code"], after["department"]) == ("Privas", "07186", "07")
    assert after["headcount"] == 4
    with reading(engine) as session:
        edit = last_edit(session, "actors", actor_id)
        assert edit is not None
        assert (edit.edited_by, edit.through) == (BY, f"correction:{correction_id}")
        assert count_waiting_corrections(session) == 0
    with pytest.raises(ConflictError):
        decide(engine, correction_id, "headcount")


def test_a_card_that_changed_since_it_was_shown_is_not_overwritten(
    engine: Engine, actor_id: str, account_id: str
) -> None:
    correction_id = propose(engine, actor_id, account_id, {"headcount": 12})
    with reading(engine) as session:
        seen = row_of(session, "actors", actor_id).content_hash
    record_changes.change_actor(engine, actor_id, {"headcount": 9}, seen=seen)
    with pytest.raises(ChangedMeanwhileError):
        record_changes.change_actor(engine, actor_id, {"headcount": 10}, seen=seen)
    with pytest.raises(ChangedMeanwhileError):
        decide(engine, correction_id, "headcount", seen=seen)
    assert card(engine, actor_id)["headcount"] == 9
    with reading(engine) as session:
        assert count_waiting_corrections(session) == 1
    # To decline it changes no card.
    decide(engine, correction_id, seen=seen)


def test_a_declined_proposal_leaves_the_card_and_tells_why(engine: Engine, actor_id: str, account_id: str) -> None:
    before = card(engine, actor_id)
    correction_id = propose(engine, actor_id, account_id, {"headcount": 12}, "Nous avons embauché.")
    decide(engine, correction_id, answer="Envoyez-nous le registre.")
    assert card(engine, actor_id) == before
    with reading(engine) as session:
        (own,) = corrections_of(session, actor_id, account_id)
        assert (own.status, own.answer) == ("declined", "Envoyez-nous le registre.")


def test_a_new_proposal_replaces_the_one_that_waits(engine: Engine, actor_id: str, account_id: str) -> None:
    former = propose(engine, actor_id, account_id, {"headcount": 12})
    propose(engine, actor_id, account_id, {"headcount": 13})
    with reading(engine) as session:
        assert [one.correction.changes["headcount"][1] for one in waiting_corrections(session)] == [13]
    with pytest.raises(ConflictError):
        decide(engine, former, "headcount")


@pytest.mark.parametrize(
    "changes",
    [{}, {"headcount": 4}, {"kind": "network"}, {"confidential": True}, {"siret": "73282932000074"}, {"ess": True}],
)
def test_neither_nothing_nor_what_partners_may_not_correct_is_proposed(
    engine: Engine, actor_id: str, account_id: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidError):
        propose(engine, actor_id, account_id, changes)


def test_a_wrong_field_is_refused_by_the_rules_of_imports(engine: Engine, actor_id: str, account_id: str) -> None:
    with pytest.raises(InvalidError) as refused:
        propose(engine, actor_id, account_id, {"headcount": -3})
    assert [name for name, _ in refused.value.fields] == ["headcount"]


def test_an_account_proposes_nothing_for_another_s_actor(engine: Engine, account_id: str) -> None:
    other = record_changes.create_actor(engine, ActorIn(source_id="2", name="Les Vergers", kind="scop"))
    with pytest.raises(NotFoundError):
        propose(engine, other, account_id, {"headcount": 12})
