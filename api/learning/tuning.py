"""Tune: ratings, and refusals told to a facilitator → weights learned around the prior → the gate → active, or kept.

What does not pass is kept as a candidate with its verdict.

Repeated tests add up: a useless candidate passes one test in ten. So candidates are tested only after LEAST_NEW new
ratings, not every night on the same ratings.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Engine

from api.audit.log import NIGHT
from api.core.clock import night_of
from api.core.json_values import to_json
from api.learning import queries
from api.learning.queries import JudgmentInUse, ReportedRefusal
from api.learning.weights import activate, active_weights, stored_weights
from matcher.features import FEATURES
from matcher.learning.gate import gate
from matcher.learning.holdout import split
from matcher.learning.observations import OBJECTS_TO, Objection, Observation, Outcome
from matcher.learning.posterior import learn
from matcher.priors import PRIORS
from matcher.scoring import revision
from matcher.types import Form, OpportunityKind, Role, roles_of
from models.base import identifier
from models.database import reading, writing
from models.weights import WeightsVersion

LEAST_NEW = 20


@dataclass(frozen=True)
class TuneReport:
    """done: skipped, kept (the active weights stay) or activated. reason: why. ratings: how many were learned from."""

    done: str
    reason: str
    ratings: int
    weights_id: str | None = None
    verdict: dict[str, Any] | None = None


def tune(engine: Engine, *, night: date, now: datetime, dry_run: bool = False) -> TuneReport:
    """Learn weights from the current ratings, and activate them if they pass the gate.

    A night that crashed after its test does not test again: the stored verdict is applied.
    """
    with reading(engine) as session:
        last_judged = queries.last_judged_weights(session)
        judgments, refusals = queries.judgments_in_use(session), queries.reported_refusals(session)
        last_until = (
            datetime.fromisoformat(last_judged.verdict["until"]) if last_judged and last_judged.verdict else None
        )
        new_count = queries.current_ratings_since(session, last_until)
    if last_judged and last_judged.verdict and last_judged.verdict["night"] == night.isoformat():
        return _apply_verdict(engine, last_judged, dry_run)
    moments = [
        *(judgment.rating.created_at for judgment in judgments),
        *(refusal.step.at for refusal in refusals),
    ]
    if new_count < LEAST_NEW or not moments:
        return TuneReport("skipped", "too_few_new_ratings", len(moments))
    observations = observations_in_use(judgments, refusals)
    early_observations, late_observations = split(observations)
    learned_posterior = learn(early_observations, PRIORS)
    _, active_by_role = active_weights(engine)
    rng = np.random.default_rng(night.toordinal())
    gate_result = gate(
        learned_posterior.weights, active_by_role, late_observations, rng, reliability=learned_posterior.reliability
    )
    verdict = to_json(asdict(gate_result)) | {
        "passed": gate_result.passed,
        "night": night.isoformat(),
        "until": max(moments).isoformat(),
        "ratings": len(moments),
        "new_ratings": new_count,
    }
    weights_version = WeightsVersion(
        id=identifier("weights", night.isoformat(), revision(learned_posterior.weights)),
        status="candidate",
        values=stored_weights(learned_posterior.weights, {role: learned_posterior.deviations(role) for role in Role}),
        verdict=verdict,
        note=f"apprises de {len(moments)} avis, nuit du {night.isoformat()}",
        created_at=now,
    )
    if not dry_run:
        with writing(engine, durable=True) as session:
            if session.get(WeightsVersion, weights_version.id) is None:
                session.add(weights_version)
    return _apply_verdict(engine, weights_version, dry_run)


def observations_in_use(judgments: Sequence[JudgmentInUse], refusals: Sequence[ReportedRefusal]) -> list[Observation]:
    """Return all that is learned from. Of a refusal and the partners' grades of its suggestion the last word counts."""
    refused_at = {refusal.suggestion.id: refusal.step.at for refusal in refusals}
    graded_at: dict[str, datetime] = {}
    observations = []
    for judgment in judgments:
        suggestion_id, rating = judgment.suggestion.id, judgment.rating
        if rating.interest is not None:
            graded_at[suggestion_id] = max(rating.created_at, graded_at.get(suggestion_id, rating.created_at))
        is_last_word = suggestion_id not in refused_at or rating.created_at > refused_at[suggestion_id]
        observations += [
            observation for observation in observations_of(judgment) if is_last_word or observation.outcome is not None
        ]
    for refusal in refusals:
        graded = graded_at.get(refusal.suggestion.id)
        if graded is None or graded <= refusal.step.at:
            observations.append(observation_of_refusal(refusal))
    return observations


def observation_of_refusal(refusal: ReportedRefusal) -> Observation:
    """Return a refusal as a grade of 0. Its rater is the actor, whoever noted it: no partner answers for it."""
    rater_id = f"actor:{refusal.suggestion.actor_id or refusal.suggestion.subscription_id}"
    return Observation(
        grade=0, objection=_objection(refusal.step.reasons), **_as_shown(refusal, rater_id, refusal.step.at)
    )


def observations_of(judgment: JudgmentInUse) -> list[Observation]:
    """Return the observations of one rating: the grade and the outcome, as far as they are known."""
    rating = judgment.rating
    common_fields = _as_shown(judgment, rating.partner_id, rating.created_at)
    observations = []
    if rating.interest is not None:
        objection = _objection(rating.reasons) if rating.interest == 0 else None
        observations.append(Observation(grade=rating.interest, objection=objection, **common_fields))
    if rating.retained is not None and rating.answered is not False:
        observations.append(Observation(outcome=Outcome.WON if rating.retained else Outcome.LOST, **common_fields))
    return observations


def _as_shown(judgment: JudgmentInUse | ReportedRefusal, rater_id: str, given_at: datetime) -> dict[str, Any]:
    """Return the fields of an observation that are those of the pair, as it was shown."""
    breakdown = judgment.impression.breakdown
    reasons = breakdown["reasons"]
    # Impressions of before have no role: they were shown in the leading one.
    leading = roles_of(OpportunityKind(judgment.opportunity_kind or OpportunityKind.MARKET))[0]
    reason_values = {reason["code"]: reason["value"] for reason in reasons}
    group_names = [
        *([f"actor_kind:{judgment.actor_kind}"] if judgment.actor_kind else []),
        *([f"department:{judgment.actor_department}"] if judgment.actor_department else []),
    ]
    return {
        "query_id": judgment.suggestion.subject,
        "candidate_id": judgment.suggestion.actor_id or judgment.suggestion.subscription_id,
        "rater_id": rater_id,
        "role": Role(breakdown.get("role", leading)),
        "form": Form(breakdown.get("form", Form.FULL)),
        "day": night_of(given_at),
        "features": tuple(
            math.nan if reason_values.get(feature_name) is None else float(reason_values[feature_name])
            for feature_name in FEATURES
        ),
        # The place among the shown candidates, not the rank in the list: a mail leaves out earlier announcements.
        "rank": judgment.place,
        "propensity": judgment.impression.propensity,
        "groups": tuple(group_names),
    }


def _objection(reasons: Sequence[str]) -> Objection | None:
    """Return the objection to learn from: the first that concerns a measured feature, else the first."""
    objections = [Objection(reason) for reason in reasons]
    return next((objection for objection in objections if OBJECTS_TO[objection]), objections[0] if objections else None)


def _apply_verdict(engine: Engine, weights_version: WeightsVersion, dry_run: bool) -> TuneReport:
    """Activate a version that passed and was not retired since."""
    verdict = weights_version.verdict or {}
    if not verdict["passed"]:
        return TuneReport("kept", ", ".join(verdict["obstacles"]), verdict["ratings"], weights_version.id, verdict)
    if weights_version.status == "candidate" and not dry_run:
        activate(engine, weights_version.id, by=NIGHT)
    return TuneReport("activated", "passed", verdict["ratings"], weights_version.id, verdict)
