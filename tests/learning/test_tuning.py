"""What partners say is learned from, and ranks only if the gate lets it; the verdict is kept with the weights."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from api.core.errors import ConflictError
from api.core.json_values import to_json
from api.learning import queries, tuning, weights
from api.learning.tuning import TuneReport, tune
from api.learning.weights import active_weights, read_weights
from matcher.features import FEATURES
from matcher.learning.gate import Verdict
from matcher.learning.observations import Objection, Outcome
from matcher.learning.simulation import Habits, true_weights
from matcher.priors import PRIORS
from matcher.scoring import WeightsByRole, contributions, logits
from matcher.types import OpportunityKind, Role
from models.database import reading, writing
from models.tables import Actor, Impression, Opportunity, Partner, RankedList, Rating, Suggestion, WeightsVersion
from tests.support.night_world import NIGHT, moment

pytestmark = pytest.mark.slow

NOW = moment(NIGHT)
FIRST = NOW - timedelta(days=60)


def said(engine: Engine, needs: int, *, each: int = 6, seed: int = 1, start: int = 0, backwards: bool = False) -> None:
    """Write ratings of lists as the mail shows them, by partners who go by weights of their own."""
    rng = np.random.default_rng(seed)
    truth = true_weights(np.random.default_rng(11), Habits(spread=1.5))
    prior = active_weights(engine)[0]
    with writing(engine) as session:
        for number in range(12):
            session.merge(Partner(id=f"p{number}", email=f"p{number}@exemple.invalid", status="active"))
        for number in range(each):
            session.merge(
                Actor(
                    id=f"a{number}",
                    natural_key=f"a{number}",
                    content_hash="",
                    source="test",
                    name=f"Acteur {number}",
                    kind="scop",
                    department="26",
                )
            )
        session.flush()
        for need in range(start, start + needs):
            add_need(session, rng, truth, need, each, prior, backwards=backwards)


def add_need(
    session: Session,
    rng: np.random.Generator,
    truth: WeightsByRole,
    need: int,
    each: int,
    weights_id: str,
    *,
    backwards: bool,
) -> None:
    """Write one need, shown in a list of `each` actors, each rated by somebody."""
    at = FIRST + timedelta(hours=need)
    role = Role.SUPPLY
    session.add(
        Opportunity(
            id=f"o{need}",
            natural_key=f"o{need}",
            content_hash="",
            source="test",
            source_id=str(need),
            kind=OpportunityKind.MARKET,
            title="",
        )
    )
    session.add(
        RankedList(
            id=f"l{need}",
            direction="actors_for_opportunity",
            subject=f"o{need}",
            weights_id=weights_id,
            encoder_revision="",
        )
    )
    session.flush()
    values = rng.random((each, len(FEATURES)))
    utility = logits(contributions(values, truth[role]), truth[role])
    order = np.argsort(np.argsort(utility if not backwards else -utility))
    for row in range(each):
        reasons = [
            {"code": name, "contribution": 0.0, "value": float(value), "figures": {}}
            for name, value in zip(FEATURES, values[row], strict=True)
        ]
        suggestion, impression = f"s{need}-{row}", f"i{need}-{row}"
        session.add(
            Suggestion(id=suggestion, actor_id=f"a{row}", subject=f"opportunity:o{need}", opportunity_id=f"o{need}")
        )
        session.flush()
        session.add(
            Impression(
                id=impression,
                list_id=f"l{need}",
                suggestion_id=suggestion,
                rank=row + 1,
                score=0.5,
                breakdown={"bias": 0.0, "via_member": None, "reasons": reasons},
            )
        )
        session.flush()
        grade = int(min(3, 4 * order[row] // each))
        session.add(
            Rating(
                id=f"r{need}-{row}",
                partner_id=f"p{int(rng.integers(12))}",
                suggestion_id=suggestion,
                impression_id=impression,
                interest=grade,
                created_at=at,
            )
        )


def versions(engine: Engine) -> list[WeightsVersion]:
    with reading(engine) as session:
        return list(session.exec(select(WeightsVersion)).all())


def run(engine: Engine, number: int = 0) -> TuneReport:
    return tune(engine, night=NIGHT + timedelta(days=number), now=NOW + timedelta(days=number))


@pytest.fixture
def rated(engine: Engine) -> Engine:
    said(engine, 80)
    return engine


def test_without_enough_new_ratings_nothing_is_tested(engine: Engine) -> None:
    assert run(engine) == TuneReport("skipped", "too_few_new_ratings", 0)
    said(engine, 3)
    assert (run(engine).done, run(engine).reason) == ("skipped", "too_few_new_ratings")
    assert [one.note for one in versions(engine)] == ["prior"]


def test_few_ratings_are_tested_and_the_active_weights_stay(engine: Engine) -> None:
    said(engine, 5)
    found = run(engine)
    assert found.done == "kept"
    assert "too_few_queries" in found.reason
    assert active_weights(engine)[1] == PRIORS
    (candidate,) = [one for one in versions(engine) if one.status == "candidate"]
    assert candidate.verdict
    assert candidate.verdict["passed"] is False
    # Undefined is null, not a number that JSON does not know.
    assert candidate.verdict["ratings"] == 30
    assert all(value == value for value in candidate.verdict.values())


def test_ratings_by_which_partners_agree_rank_from_then_on_and_can_be_gone_back_on(rated: Engine) -> None:
    found = run(rated)
    assert (found.done, found.reason) == ("activated", "passed")
    assert found.verdict
    assert found.verdict["candidate"] > found.verdict["active"]
    weights_id, active = active_weights(rated)
    assert weights_id == found.weights_id
    assert active != PRIORS
    stored = next(one for one in versions(rated) if one.id == weights_id)
    assert (stored.verdict, read_weights(stored.values)) == (found.verdict, active)
    assert weights.rollback(rated).note == "prior"
    assert active_weights(rated)[1] == PRIORS
    # What was taken back is not brought back by the same ratings.
    assert run(rated, 1).reason == "too_few_new_ratings"
    assert run(rated).done == "activated"
    assert active_weights(rated)[1] == PRIORS


def test_the_same_ratings_are_tested_once_and_new_ones_again(rated: Engine) -> None:
    first = run(rated)
    assert run(rated) == first
    assert run(rated, 1).done == "skipped"
    said(rated, 4, start=2000, seed=2)
    assert run(rated, 2).done in ("kept", "activated")
    assert len(versions(rated)) == 3


def test_the_same_ratings_on_the_same_night_give_the_same_verdict(rated: Engine) -> None:
    dry = tune(rated, night=NIGHT, now=NOW, dry_run=True)
    assert len(versions(rated)) == 1
    assert vars(run(rated)) == vars(dry)


def test_a_night_that_died_between_the_verdict_and_the_change_makes_it(
    rated: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **_by: object) -> None:
        raise ConflictError("mort")

    monkeypatch.setattr(tuning, "activate", die)
    with pytest.raises(ConflictError):
        run(rated)
    assert active_weights(rated)[1] == PRIORS
    monkeypatch.undo()
    assert run(rated).done == "activated"
    assert active_weights(rated)[1] != PRIORS
    assert len(versions(rated)) == 2


def test_what_is_worse_where_it_was_not_learned_is_not_let_through(rated: Engine) -> None:
    """After the active weights were learned, partners say the opposite for a while, then what they said before."""
    run(rated)
    active = active_weights(rated)
    said(rated, 40, start=1000, seed=3, backwards=True)
    said(rated, 60, start=3000, seed=4)
    found = run(rated, 1)
    assert found.verdict
    assert (found.done, found.verdict["difference"] < 0) == ("kept", True)
    assert active_weights(rated) == active


def test_a_rating_becomes_what_the_matcher_learns_from(engine: Engine) -> None:
    """Values as shown, NaN where unknown; the place in the list; a no with its reason; an outcome beside."""
    said(engine, 1)
    with writing(engine) as session:
        rating = session.get_one(Rating, "r0-2")
        rating.interest, rating.reasons = 0, ["duplicate", "too_far"]
        rating.answered, rating.retained = True, False
        impression = session.get_one(Impression, "i0-2")
        reasons = [dict(one) for one in impression.breakdown["reasons"]]
        reasons[list(FEATURES).index("words")] |= {"code": "words_unknown", "value": None}
        impression.breakdown = impression.breakdown | {"reasons": reasons}
        # A mail that leaves out what was told before keeps the ranks: the place is what was looked at.
        impression.rank, impression.propensity = 30, 0.5
        session.delete(session.get_one(Rating, "r0-1"))
        session.delete(session.get_one(Impression, "i0-1"))
    with reading(engine) as session:
        (row,) = [one for one in queries.judgments_in_use(session) if one.rating.id == "r0-2"]
    grade, outcome = tuning.observations_of(row)
    assert (grade.query_id, grade.candidate_id, grade.role) == ("opportunity:o0", "a2", Role.SUPPLY)
    assert (grade.grade, grade.objection, grade.rank, grade.propensity) == (0, Objection.TOO_FAR, 5, 0.5)
    assert (outcome.outcome, outcome.grade) == (Outcome.LOST, None)
    assert np.isnan(grade.features).tolist() == [name == "words" for name in FEATURES]
    assert grade.groups == ("actor_kind:scop", "department:26")


def test_a_verdict_is_plain_values(rated: Engine) -> None:
    found = run(rated).verdict
    assert found
    assert set(Verdict.__dataclass_fields__) <= set(found)
    assert to_json({"a": (float("nan"), 1.0)}) == {"a": [None, 1.0]}
    assert datetime.fromisoformat(found["until"]) <= NOW
