"""A refusal that a facilitator notes is a judgment of the actor, as long as it stands, of pairs that a list showed."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from api.brokerage.cases import Origin, open_case_within
from api.brokerage.transitions import State
from api.learning import queries
from api.learning.ratings import rate
from api.learning.tuning import observations_in_use
from matcher.learning.observations import Objection
from models.base import utc_now
from models.database import reading, writing
from tests.brokerage.test_brokerage_cases import account, go
from tests.learning.test_tuning import said

pytestmark = pytest.mark.slow

# « s0-1 »: what was shown of need 0 to the actor a1, at the second place; a partner rated it long ago.
SHOWN, ACTOR = "s0-1", "actor:a1"


def learned(engine: Engine) -> list[tuple[str, int | None, Objection | None, int | None]]:
    """Return who said what of the pair, as it is learned from."""
    with reading(engine) as session:
        judged = observations_in_use(queries.judgments_in_use(session), queries.reported_refusals(session))
    return [(act.rater_id, act.grade, act.objection, act.rank) for act in judged if act.candidate_id == "a1"]


def opened(engine: Engine, origin: Origin = Origin.RANKING) -> str:
    facilitator = account(engine)
    with writing(engine) as session:
        return open_case_within(session, SHOWN, facilitator, origin=origin, by="cli", now=utc_now()).case_id


def test_a_refusal_is_the_last_word_of_the_actor_while_it_stands(engine: Engine) -> None:
    said(engine, 1)
    (by_partner,) = learned(engine)
    count = read_count(engine)
    case_id, later = opened(engine), utc_now() + timedelta(minutes=1)
    assert learned(engine) == [by_partner]
    go(engine, case_id, State.REFUSED, now=later)
    assert learned(engine) == [(ACTOR, 0, Objection.TOO_FAR, 2)]
    assert read_count(engine) == count + 1
    go(engine, case_id, State.CONTACTED, now=later)
    assert (learned(engine), read_count(engine)) == ([by_partner], count)
    go(engine, case_id, State.REFUSED, now=later)
    assert [act[0] for act in learned(engine)] == [ACTOR]
    rate(engine, by_partner[0], SHOWN, interest=2, now=later + timedelta(minutes=1))
    assert [(act[0], act[1]) for act in learned(engine)] == [(by_partner[0], 2)]


@pytest.mark.parametrize("origin", [Origin.BY_HAND, Origin.COALITION])
def test_of_a_pair_that_no_list_offered_nothing_is_learned(engine: Engine, origin: Origin) -> None:
    said(engine, 1)
    before = learned(engine), read_count(engine)
    go(engine, opened(engine, origin), State.REFUSED, now=utc_now() + timedelta(minutes=1))
    assert (learned(engine), read_count(engine)) == before


def test_a_refusal_of_before_any_list_teaches_nothing(engine: Engine) -> None:
    said(engine, 1)
    before = learned(engine)
    go(engine, opened(engine), State.REFUSED, now=utc_now() - timedelta(days=1))
    assert learned(engine) == before


def read_count(engine: Engine) -> int:
    with reading(engine) as session:
        return queries.current_ratings_since(session, None)
