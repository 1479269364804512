"""The history of a row, the undoing of its last change, the archive."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import col, select

from api.catalogue import record_changes, records
from api.catalogue.archiving import archived_page, set_archived
from api.catalogue.confidentiality_acts import change_confidentiality
from api.catalogue.places.book import PlacesBook
from api.catalogue.row_history import Author, edits_of, forget_old_edits, last_edit
from api.catalogue.rows_by_kind import row_of
from api.catalogue.schemas import ActorIn, LotIn, OpportunityIn, RecordKind, TakeoverIn
from api.catalogue.undone_edits import undo_last_edit
from api.core.errors import ConflictError
from models.base import utc_now
from models.database import reading, writing
from models.row_history import RowEdit
from models.tables import Lot, Membership, TakeoverCase
from tests.support.proof_share import examples

BY = "account:camille"
PLACES = PlacesBook()
CHANGES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Les Jardins", "Les Vergers"]),
        "headcount": st.none() | st.integers(0, 40),
        "commune_name": st.sampled_from(["Valence", "Crest", "Privas"]),
        "activities": st.lists(st.sampled_from(["taille", "tonte", "maçonnerie"]), max_size=3, unique=True),
        "seeks": st.sampled_from([[], ["markets"]]),
        "member_of": st.sampled_from([[], ["reseau"]]),
    },
)


def an_actor(engine: Engine, number: str = "1", **fields: Any) -> str:
    return record_changes.create_actor(
        engine, ActorIn(source_id=number, name="Les Jardins", kind="scop", **fields), by=BY
    )


def content_of(engine: Engine, kind: RecordKind, row_id: str) -> dict[str, Any]:
    """Return all of a row and its parts, but when it was last written."""
    with reading(engine) as session:
        row = row_of(session, kind, row_id).model_dump(exclude={"updated_at"})
        carriers = session.exec(select(Membership.carrier_id).where(Membership.member_id == row_id)).all()
        lots = session.exec(select(Lot).where(Lot.opportunity_id == row_id).order_by(Lot.number)).all()
        case = session.get(TakeoverCase, row_id)
        return row | {
            "carriers": sorted(carriers),
            "lots": [lot.model_dump() for lot in lots],
            "case": case and case.model_dump(),
        }


def undo(engine: Engine, kind: RecordKind, row_id: str) -> None:
    with writing(engine) as session:
        edit = last_edit(session, kind, row_id)
        assert edit is not None
        assert edit.number is not None
        undo_last_edit(session, kind, row_id, edit.number, by=BY, now=utc_now())


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(CHANGES, min_size=1, max_size=3))
def test_undoing_the_last_change_of_an_actor_gives_back_what_it_was(
    engine: Engine, steps: list[dict[str, Any]]
) -> None:
    with writing(engine) as session:
        network = records.queries.actor_by_key(session, "actor:saisie:reseau")
    if network is None:
        record_changes.create_actor(engine, ActorIn(source_id="reseau", name="Le Réseau", kind="network"), by=BY)
        an_actor(engine)
    with reading(engine) as session:
        actor = records.queries.actor_by_key(session, "actor:saisie:1")
        assert actor is not None
        actor_id = actor.id
    for changes in steps:
        before = content_of(engine, "actors", actor_id)
        record_changes.change_actor(engine, actor_id, changes, by=BY, places=PLACES)
        after = content_of(engine, "actors", actor_id)
        if before == after:
            continue
        undo(engine, "actors", actor_id)
        assert content_of(engine, "actors", actor_id) == before
        undo(engine, "actors", actor_id)
        assert content_of(engine, "actors", actor_id) == after


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Taille", "lots": []},
        {"lots": [{"number": "2", "title": "Haies", "amount_eur": 900}, {"number": "3", "title": "Arbres"}]},
        {"deadline": None, "published_on": "2026-11-02", "status": "closed"},
    ],
)
def test_undoing_the_last_change_of_an_opportunity_gives_its_lots_and_days_back(
    engine: Engine, changes: dict[str, Any]
) -> None:
    lots = [LotIn(number="1", title="Tonte"), LotIn(number="2", title="Haies")]
    tender = OpportunityIn(source_id="1", title="Entretien", lots=lots, deadline="2026-12-20")
    row_id = record_changes.create_opportunity(engine, tender, by=BY)
    before = content_of(engine, "opportunities", row_id)
    record_changes.change_opportunity(engine, row_id, changes, by=BY)
    assert content_of(engine, "opportunities", row_id) != before
    undo(engine, "opportunities", row_id)
    assert content_of(engine, "opportunities", row_id) == before


def test_the_takeover_case_is_part_of_the_history_and_of_its_undoing(engine: Engine) -> None:
    case = OpportunityIn(source_id="1", title="Menuiserie", kind="takeover", takeover=TakeoverIn(cause="retirement"))
    row_id = record_changes.create_opportunity(engine, case, by=BY)
    before = content_of(engine, "opportunities", row_id)
    record_changes.change_opportunity(engine, row_id, {"takeover": {"cause": "retirement", "headcount": 9}}, by=BY)
    with reading(engine) as session:
        edit = last_edit(session, "opportunities", row_id)
        assert edit is not None
        assert [side["headcount"] for side in edit.changes["takeover"]] == [None, 9]
    undo(engine, "opportunities", row_id)
    assert content_of(engine, "opportunities", row_id) == before


def test_each_edit_says_who_changed_what_when(engine: Engine) -> None:
    actor_id = an_actor(engine, headcount=4)
    record_changes.change_actor(engine, actor_id, {"headcount": 12, "name": "Les Jardins"}, by="key:1")
    with reading(engine) as session:
        changed, created = edits_of(session, "actors", actor_id, 10)
        assert (created.is_new, created.edited_by, created.changes) == (True, BY, {})
        assert (changed.edited_by, changed.through, changed.changes) == ("key:1", "", {"headcount": [4, 12]})
        assert changed.edited_at >= created.edited_at
        assert changed.hash_after == row_of(session, "actors", actor_id).content_hash


def test_what_changed_since_is_not_undone(engine: Engine) -> None:
    actor_id = an_actor(engine, headcount=4)
    record_changes.change_actor(engine, actor_id, {"headcount": 12}, by=BY)
    with reading(engine) as session:
        seen = last_edit(session, "actors", actor_id)
    assert seen is not None
    assert seen.number is not None
    record_changes.change_actor(engine, actor_id, {"headcount": 13}, by=BY)
    with writing(engine) as session, pytest.raises(ConflictError):
        undo_last_edit(session, "actors", actor_id, seen.number, by=BY, now=utc_now())
    assert content_of(engine, "actors", actor_id)["headcount"] == 13


def test_neither_a_creation_nor_an_act_with_a_reason_is_undone(engine: Engine) -> None:
    actor_id = an_actor(engine)
    with pytest.raises(ConflictError, match="archivez"):
        undo(engine, "actors", actor_id)
    act = {"confidential": True, "new_kind": "scop", "reason": "", "by": BY, "now": utc_now()}
    change_confidentiality(engine, "actors", actor_id, **act)
    with pytest.raises(ConflictError, match="Diffusion"):
        undo(engine, "actors", actor_id)
    assert content_of(engine, "actors", actor_id)["confidential"]


def test_an_archived_row_keeps_all_it_is_is_found_and_comes_back(engine: Engine) -> None:
    actor_id = an_actor(engine, headcount=4)
    before = content_of(engine, "actors", actor_id)
    with writing(engine) as session:
        assert set_archived(session, "actors", actor_id, True, Author(BY))
        assert not set_archived(session, "actors", actor_id, True, Author(BY))
        assert [row.id for row in archived_page(session, "actors", "jardin", offset=0, limit=5)[0]] == [actor_id]
        assert archived_page(session, "opportunities", "", offset=0, limit=5) == ([], 0)
    # A file or a source that speaks of it changes its fields, and leaves it where a person put it.
    record_changes.change_actor(engine, actor_id, {"headcount": 5}, by=BY)
    assert content_of(engine, "actors", actor_id)["archived_at"] is not None
    undo(engine, "actors", actor_id)
    with writing(engine) as session:
        set_archived(session, "actors", actor_id, False, Author(BY))
    undo(engine, "actors", actor_id)
    assert content_of(engine, "actors", actor_id)["archived_at"] is not None
    undo(engine, "actors", actor_id)
    assert content_of(engine, "actors", actor_id) == before


def test_old_edits_are_forgotten(engine: Engine) -> None:
    actor_id = an_actor(engine)
    record_changes.change_actor(engine, actor_id, {"headcount": 12}, by=BY)
    with writing(engine) as session:
        newest = last_edit(session, "actors", actor_id)
        assert newest is not None
        assert forget_old_edits(session, newest.edited_at) == 1
        assert session.exec(select(col(RowEdit.number))).all() == [newest.number]
