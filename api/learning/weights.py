"""Which weights rank: what there is, and how to change it. The desk follows by itself, for its stamp holds their id."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.core.errors import ConflictError, NotFoundError
from api.learning import queries
from matcher.learning.posterior import prior_deviations
from matcher.scoring import PRIOR, Weights, WeightsByKind, same_for_all_kinds
from matcher.types import OpportunityKind
from models.base import identifier, utc_now
from models.database import reading, writing
from models.weights import WeightsVersion

# Of each weight, by kind of opportunity.
Deviations = Mapping[OpportunityKind, Mapping[str, float]]


def list_weights(session: Session) -> Sequence[WeightsVersion]:
    """Return all versions, newest first; where there was none yet, the prior, which ranks."""
    return queries.all_weights(session) or [_prior_version()]


def activate(engine: Engine, weights_id: str, *, by: str = log.CLI) -> WeightsVersion:
    """Let a version rank, and retire the one that did. Nothing changes where it is active already.

    Raises NotFoundError for an unknown id.
    """
    # The prior that ranks without being stored yet is what a rollback must find.
    active_weights(engine)
    with writing(engine) as session:
        chosen = session.get(WeightsVersion, weights_id)
        if chosen is None:
            raise NotFoundError("Ces poids n’existent pas ; `weights` liste ceux qui existent.")
        if chosen.status != "active":
            log.note(session, by=by, action="weights.activated", kind="weights", of=chosen.id)
        _let_rank(session, chosen)
    return chosen


def rollback(engine: Engine, *, by: str = log.CLI) -> WeightsVersion:
    """Let the version retired last rank again. A second rollback undoes the first.

    Raises ConflictError where none was ever retired.
    """
    with writing(engine) as session:
        chosen = queries.last_retired_weights(session)
        if chosen is None:
            raise ConflictError("Aucuns poids n’ont précédé ceux qui sont actifs : il n’y a rien à rétablir.")
        log.note(session, by=by, action="weights.rolled_back", kind="weights", of=chosen.id)
        _let_rank(session, chosen)
    return chosen


def _let_rank(session: Session, chosen: WeightsVersion) -> None:
    for version in queries.all_active_weights(session):
        if version.id != chosen.id:
            version.status, version.retired_at = "retired", utc_now()
            session.add(version)
    chosen.status, chosen.retired_at = "active", None
    session.add(chosen)


def active_version(engine: Engine) -> WeightsVersion:
    """Return the version of the weights that ranks; with none, the prior becomes the first."""
    with reading(engine) as session:
        version = queries.active_weights(session)
    if version is None:
        version = _prior_version()
        with writing(engine) as session:
            session.merge(version)
    return version


def _prior_version() -> WeightsVersion:
    return WeightsVersion(
        id=identifier("weights", PRIOR.revision),
        status="active",
        values=stored_weights(same_for_all_kinds(PRIOR)),
        note="prior",
    )


def active_weights(engine: Engine) -> tuple[str, WeightsByKind]:
    """Return the weights that rank, and their version's id."""
    version = active_version(engine)
    return version.id, read_weights(version.values)


def stored_weights(weights: WeightsByKind, deviations: Deviations | None = None) -> dict[str, Any]:
    """Return weights as a version holds them, `{"market": {...}, "takeover": {...}}`, and how sure they are."""
    stored: dict[str, Any] = {
        kind.value: {"bias": one.bias, "values": dict(one.values), "neutral": dict(one.neutral)}
        for kind, one in weights.items()
    }
    if deviations:
        stored["deviations"] = {kind.value: dict(one) for kind, one in deviations.items()}
    return stored


def read_weights(values: Mapping[str, Any]) -> WeightsByKind:
    """Return what a version holds; versions of before had one set for all kinds."""
    if "bias" in values:
        return same_for_all_kinds(Weights(**values))
    return {kind: Weights(**values[kind]) for kind in OpportunityKind}


def read_deviations(values: Mapping[str, Any]) -> Deviations:
    """Return how sure the weights of a version are; where nothing was learned, what is believed before any rating."""
    stored = values.get("deviations")
    return {kind: stored[kind] if stored else prior_deviations(PRIOR) for kind in OpportunityKind}
