"""A facilitator proposes a told case to an actor, and takes it back; both are in the journal."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from api.core.clock import day_in_france
from api.core.errors import ConflictError, NotFoundError
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.case_file.changes import FileChange, GivenDay, change_file
from api.takeovers.reach.proposals import (
    MADE,
    WITHDRAWN,
    is_proposed,
    proposals_of,
    propose,
    proposed_cases,
    summary,
    withdraw,
)
from models.actors import Actor
from models.audit import AuditEntry
from models.database import reading, writing
from tests.support.night_world import NIGHT, OPTIONS, add_actor, add_case, add_need, moment, small

NOW = moment(NIGHT)
FACILITATOR = "f"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    return small(engine)


def acts(engine: Engine, case_id: str) -> list[tuple[str, str, str]]:
    with reading(engine) as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.object_id == case_id).order_by(AuditEntry.seq)).all()
    return [(one.actor, one.action, one.detail) for one in entries if one.action.startswith("proposal.")]


def test_a_case_is_proposed_until_it_is_taken_back_and_the_journal_says_both(engine: Engine) -> None:
    actor_id, case_id = add_actor(engine, 1), add_case(engine, 1, "Une menuiserie")
    assert propose(engine, case_id, actor_id, account_id=FACILITATOR, now=NOW, options=OPTIONS)
    assert not propose(engine, case_id, actor_id, account_id=FACILITATOR, now=NOW, options=OPTIONS)
    with reading(engine) as session:
        assert is_proposed(session, case_id, actor_id)
        assert proposed_cases(session, [actor_id, "other"]) == {actor_id: {case_id}}
        assert summary(session, case_id).standing == 1
    assert withdraw(engine, case_id, actor_id, account_id=FACILITATOR, now=NOW)
    assert not withdraw(engine, case_id, actor_id, account_id=FACILITATOR, now=NOW)
    with reading(engine) as session:
        assert not is_proposed(session, case_id, actor_id)
        assert proposed_cases(session, [actor_id]) == {}
        assert [row.actor.id for row in proposals_of(session, case_id)] == [actor_id]
    detail = f'{{"actor":"{actor_id}"}}'
    by = f"account:{FACILITATOR}"
    assert acts(engine, case_id) == [(by, MADE, detail), (by, WITHDRAWN, detail)]
    assert propose(engine, case_id, actor_id, account_id=FACILITATOR, now=NOW, options=OPTIONS)


def test_while_a_letter_of_intent_binds_the_owner_nobody_else_is_proposed(engine: Engine) -> None:
    actor_id, case_id = add_actor(engine, 1), add_case(engine, 1, "Une menuiserie")
    signed = day_in_france(NOW)
    letter = FileChange(days=[GivenDay(DateKind.INTENT_SIGNED, signed, "le cédant")])
    change_file(engine, case_id, letter, seen=0, by="cli", now=NOW, options=OPTIONS)
    with pytest.raises(ConflictError, match="lettre d’intention"):
        propose(engine, case_id, actor_id, account_id=FACILITATOR, now=NOW, options=OPTIONS)
    assert acts(engine, case_id) == []
    later = NOW + timedelta(days=OPTIONS.exclusivity_days + 1)
    assert propose(engine, case_id, actor_id, account_id=FACILITATOR, now=later, options=OPTIONS)


def test_what_may_not_be_told_is_proposed_to_nobody_and_nothing_is_noted(engine: Engine) -> None:
    actor_id, untold, need = add_actor(engine, 1), add_case(engine, 1, None), add_need(engine, 1)
    told = add_case(engine, 2, "Une menuiserie")
    public = add_case(engine, 3, None, confidential=False)
    archived = add_actor(engine, 2)
    with writing(engine) as session:
        session.execute(update(Actor).where(col(Actor.id) == archived).values(archived_at=NOW))
    refused = ((untold, actor_id, ConflictError), (told, archived, ConflictError), (need, actor_id, NotFoundError))
    for case_id, to, error in (*refused, (told, "unknown", NotFoundError), ("unknown", actor_id, NotFoundError)):
        with pytest.raises(error):
            propose(engine, case_id, to, account_id=FACILITATOR, now=NOW, options=OPTIONS)
        assert acts(engine, case_id) == []
    assert propose(engine, public, actor_id, account_id=FACILITATOR, now=NOW, options=OPTIONS)
