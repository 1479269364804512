"""Versions of the weights: list, activate, roll back. The desk reloads by itself: its stamp holds the active id."""

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

# Standard deviation of each weight, by kind of opportunity.
Deviations = Mapping[OpportunityKind, Mapping[str, float]]


def list_weights(session: Session) -> Sequence[WeightsVersion]:
    """Return all versions, newest first; the prior if none is stored yet."""
    return queries.all_weights(session) or [_prior_version()]


def activate(engine: Engine, weights_id: str, *, by: str = log.CLI) -> WeightsVersion:
    """Activate a version and retire the active one. Nothing changes if it is active already.

    Raises NotFoundError for an unknown id.
    """
    # Stores the prior if it ranks without being stored yet, so that a rollback finds it.
    active_weights(engine)
    with writing(engine) as session:
        chosen_version = session.get(WeightsVersion, weights_id)
        if chosen_version is None:
            raise NotFoundError("Ces poids n’existent pas ; `weights` liste ceux qui existent.")
        if chosen_version.status != "active":
            log.note(session, by=by, action="weights.activated", kind="weights", of=chosen_version.id)
        _activate_version(session, chosen_version)
    return chosen_version


def rollback(engine: Engine, *, by: str = log.CLI) -> WeightsVersion:
    """Activate the version retired last. A second rollback undoes the first.

    Raises ConflictError if no version was ever retired.
    """
    with writing(engine) as session:
        chosen_version = queries.last_retired_weights(session)
        if chosen_version is None:
            raise ConflictError("Aucuns poids n’ont précédé ceux qui sont actifs : il n’y a rien à rétablir.")
        log.note(session, by=by, action="weights.rolled_back", kind="weights", of=chosen_version.id)
        _activate_version(session, chosen_version)
    return chosen_version


def _activate_version(session: Session, chosen_version: WeightsVersion) -> None:
    for version in queries.all_active_weights(session):
        if version.id != chosen_version.id:
            version.status, version.retired_at = "retired", utc_now()
            session.add(version)
    chosen_version.status, chosen_version.retired_at = "active", None
    session.add(chosen_version)


def active_version(engine: Engine) -> WeightsVersion:
    """Return the active version; without one, the prior is stored as the first."""
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
    """Return the active version's id and its weights."""
    version = active_version(engine)
    return version.id, read_weights(version.values)


def stored_weights(weights: WeightsByKind, deviations: Deviations | None = None) -> dict[str, Any]:
    """Return weights as a version stores them, `{"market": {...}, "takeover": {...}}`, with their deviations."""
    stored_values: dict[str, Any] = {
        kind.value: {"bias": kind_values.bias, "values": dict(kind_values.values), "neutral": dict(kind_values.neutral)}
        for kind, kind_values in weights.items()
    }
    if deviations:
        stored_values["deviations"] = {kind.value: dict(kind_values) for kind, kind_values in deviations.items()}
    return stored_values


def read_weights(values: Mapping[str, Any]) -> WeightsByKind:
    """Return the weights of a version; older versions hold one set for all kinds."""
    if "bias" in values:
        return same_for_all_kinds(Weights(**values))
    return {kind: Weights(**values[kind]) for kind in OpportunityKind}


def read_deviations(values: Mapping[str, Any]) -> Deviations:
    """Return the deviations of a version's weights; those of the prior if nothing was learned."""
    stored_deviations = values.get("deviations")
    return {kind: stored_deviations[kind] if stored_deviations else prior_deviations(PRIOR) for kind in OpportunityKind}
