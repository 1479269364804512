"""Stored versions of a financing plan: added one by one, never lost, never of something that is no takeover."""

from decimal import Decimal

import pytest
from sqlalchemy import Engine

from api.core.errors import ChangedMeanwhileError, InvalidError, NotFoundError
from api.imports.attachments import attached
from api.takeovers.financing.plan import Accounts, Plan, PlanLine, Source, Use
from api.takeovers.financing.records import newest_plan, plan_version, plan_versions, save_plan, summary
from models.base import utc_now
from models.database import reading, writing
from models.tables import Opportunity
from tests.support.secret_rows import opportunity_row

DRAFT = Plan(uses={Use.PRICE: PlanLine(amount=100_000)}, sources={Source.OWN_MONEY: PlanLine(amount=30_000)})
BALANCED = DRAFT.model_copy(
    update={
        "sources": {Source.OWN_MONEY: PlanLine(amount=30_000), Source.BANK_LOAN: PlanLine(amount=70_000)},
        "jobs_kept": 4,
        "accounts": Accounts(ebe=25_000),
    }
)


@pytest.fixture
def case(engine: Engine) -> str:
    rows = [opportunity_row("cas", kind="takeover", confidential=True), opportunity_row("marché")]
    with writing(engine) as session:
        session.add_all([Opportunity(**row) for row in rows])
    return str(rows[0]["id"])


def save(engine: Engine, case: str, plan: Plan, seen: int) -> int:
    return save_plan(engine, case, plan, seen=seen, by="account:someone", now=utc_now()).number


def test_versions_are_added_and_the_last_one_is_the_plan(engine: Engine, case: str) -> None:
    with reading(engine) as session:
        assert summary(session, case) is None
        assert attached(session, "opportunities", [case]) == set()
    assert save(engine, case, DRAFT, 0) == 1
    assert save(engine, case, DRAFT, 0) == 1, "the same form sent twice"
    assert save(engine, case, BALANCED, 1) == 2
    with pytest.raises(ChangedMeanwhileError):
        save(engine, case, DRAFT, 1)
    with reading(engine) as session:
        newest, known = newest_plan(session, case), summary(session, case)
        assert newest
        assert known
        assert newest.plan == BALANCED
        assert plan_version(session, case, 1).plan == DRAFT
        assert [stored.number for stored in plan_versions(session, case)] == [2, 1]
        assert (known.gap, known.is_balanced, known.jobs_kept, known.own_share) == (0, True, 4, Decimal("0.3"))
        # An import that added the case cannot be undone over its plan.
        assert attached(session, "opportunities", [case]) == {case}


def test_nothing_is_stored_of_an_empty_plan_nor_for_what_is_no_takeover(engine: Engine, case: str) -> None:
    with pytest.raises(InvalidError):
        save(engine, case, Plan(comment="rien"), 0)
    for other in (str(opportunity_row("marché")["id"]), "inconnu"):
        with pytest.raises(NotFoundError):
            save(engine, other, DRAFT, 0)
    with reading(engine) as session:
        assert newest_plan(session, case) is None
        with pytest.raises(NotFoundError):
            plan_version(session, case, 1)
