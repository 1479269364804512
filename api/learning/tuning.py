"""Tune: what partners said → weights learned around the prior → the gate → active, or kept aside with its verdict.

Tests add up: a useless candidate passes one in ten times, whenever one is tested. So a new one is tested only once
LEAST_NEW ratings were given since the last, never every night on the same ones.
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
from api.core.json_values import plain_values
from api.learning import queries
from api.learning.queries import Said
from api.learning.weights import activate, active_weights, stored_weights
from matcher.features import FEATURES
from matcher.learning.gate import gate
from matcher.learning.holdout import split
from matcher.learning.observations import OBJECTS_TO, Objection, Observation, Outcome
from matcher.learning.posterior import learn
from matcher.scoring import PRIOR, revision
from matcher.types import OpportunityKind
from models.base import identifier
from models.database import reading, writing
from models.weights import WeightsVersion

LEAST_NEW = 20


@dataclass(frozen=True)
class TuneReport:
    """What tuning did: skipped, kept (the active weights stay) or activated; why; by which verdict, on how much."""

    done: str
    reason: str
    ratings: int
    weights_id: str | None = None
    verdict: dict[str, Any] | None = None


def tune(engine: Engine, *, night: date, now: datetime, dry_run: bool = False) -> TuneReport:
    """Learn from what was said, and let it rank if the gate lets it.

    A night that died after its test does not test again: what had passed becomes active.
    """
    with reading(engine) as session:
        last = queries.last_judged_weights(session)
        said = queries.all_said(session)
        until = datetime.fromisoformat(last.verdict["until"]) if last and last.verdict else None
        new = queries.current_ratings_since(session, until)
    if last and last.verdict and last.verdict["night"] == night.isoformat():
        return _settle(engine, last, dry_run)
    if new < LEAST_NEW or not said:
        return TuneReport("skipped", "too_few_new_ratings", len(said))
    observations = [one for row in said for one in observed(row)]
    early, late = split(observations)
    learned = learn(early, PRIOR)
    _, active = active_weights(engine)
    rng = np.random.default_rng(night.toordinal())
    found = gate(learned.weights, active, late, rng, reliability=learned.reliability)
    verdict = plain_values(asdict(found)) | {
        "passed": found.passed,
        "night": night.isoformat(),
        "until": max(row.rating.created_at for row in said).isoformat(),
        "ratings": len(said),
        "new_ratings": new,
    }
    version = WeightsVersion(
        id=identifier("weights", night.isoformat(), revision(learned.weights)),
        status="candidate",
        values=stored_weights(learned.weights, {kind: learned.deviations(kind) for kind in OpportunityKind}),
        verdict=verdict,
        note=f"apprises de {len(said)} avis, nuit du {night.isoformat()}",
        created_at=now,
    )
    if not dry_run:
        with writing(engine, durable=True) as session:
            if session.get(WeightsVersion, version.id) is None:
                session.add(version)
    return _settle(engine, version, dry_run)


def observed(row: Said) -> list[Observation]:
    """Return what one rating says: how interesting it was, and how it ended; the parts that are known of either."""
    rating, reasons = row.rating, row.impression.breakdown["reasons"]
    values = {reason["code"]: reason["value"] for reason in reasons}
    groups = [
        *([f"actor_kind:{row.actor_kind}"] if row.actor_kind else []),
        *([f"department:{row.actor_department}"] if row.actor_department else []),
    ]
    common: dict[str, Any] = {
        "query_id": row.suggestion.subject,
        "candidate_id": row.suggestion.actor_id or row.suggestion.subscription_id,
        "rater_id": rating.partner_id,
        "kind": OpportunityKind(row.opportunity_kind or OpportunityKind.MARKET),
        "day": night_of(rating.created_at),
        "features": tuple(math.nan if values.get(name) is None else float(values[name]) for name in FEATURES),
        # Where it stood among what was shown, which is what was looked at: a mail leaves out what was told before.
        "rank": row.place,
        "propensity": row.impression.propensity,
        "groups": tuple(groups),
    }
    found = []
    if rating.interest is not None:
        objection = _objection(rating.reasons) if rating.interest == 0 else None
        found.append(Observation(grade=rating.interest, objection=objection, **common))
    if rating.retained is not None and rating.answered is not False:
        found.append(Observation(outcome=Outcome.WON if rating.retained else Outcome.LOST, **common))
    return found


def _objection(reasons: Sequence[str]) -> Objection | None:
    """Return the one objection that is learned from: the first that speaks of what is measured."""
    said = [Objection(reason) for reason in reasons]
    return next((one for one in said if OBJECTS_TO[one]), said[0] if said else None)


def _settle(engine: Engine, version: WeightsVersion, dry_run: bool) -> TuneReport:
    """Act on a verdict: what passed and was not retired since becomes active."""
    verdict = version.verdict or {}
    if not verdict["passed"]:
        return TuneReport("kept", ", ".join(verdict["obstacles"]), verdict["ratings"], version.id, verdict)
    if version.status == "candidate" and not dry_run:
        activate(engine, version.id, by=NIGHT)
    return TuneReport("activated", "passed", verdict["ratings"], version.id, verdict)
