"""Versions of the weights: list, activate, roll back. The desk reloads by itself: its stamp holds the active id."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.core.errors import ConflictError, NotFoundError
from api.learning import queries
from matcher.features import FEATURES
from matcher.learning.posterior import prior_deviations
from matcher.priors import PRIORS
from matcher.scoring import Calibration, Weights, WeightsByRole, revision
from matcher.types import Form, Role
from models.base import identifier, utc_now
from models.database import reading, writing
from models.weights import WeightsVersion

# Standard deviation of each weight, by role.
Deviations = Mapping[Role, Mapping[str, float]]

PRIOR_NOTE = "prior"
# Names under which versions were stored before roles had weights of their own.
_FORMER_NAMES = {Role.SUPPLY: "market", Role.TAKE_OVER: "takeover"}


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
    if version is None or (version.note == PRIOR_NOTE and version.id != _prior_version().id):
        # A release may bring another prior; weights that were learned stay until better ones are.
        version = _prior_version()
        with writing(engine) as session:
            _activate_version(session, session.merge(version))
    return version


def _prior_version() -> WeightsVersion:
    return WeightsVersion(
        id=identifier("weights", revision(PRIORS)),
        status="active",
        values=stored_weights(PRIORS),
        note=PRIOR_NOTE,
    )


def active_weights(engine: Engine) -> tuple[str, WeightsByRole]:
    """Return the active version's id and its weights."""
    version = active_version(engine)
    return version.id, read_weights(version.values)


def stored_weights(weights: WeightsByRole, deviations: Deviations | None = None) -> dict[str, Any]:
    """Return weights as a version stores them, `{"supply": {...}, "take_over": {...}, …}`, with their deviations."""
    stored_values: dict[str, Any] = {role.value: _stored_role(role_weights) for role, role_weights in weights.items()}
    if deviations:
        stored_values["deviations"] = {role.value: dict(role_values) for role, role_values in deviations.items()}
    return stored_values


def read_weights(values: Mapping[str, Any]) -> WeightsByRole:
    """Return the weights of a version. Older versions hold a set for each kind of opportunity, or one for both, which
    stand for the leading roles; the other roles have the prior's.
    """
    if "bias" in values:
        values = dict.fromkeys(_FORMER_NAMES.values(), values)
    return {
        role: _read_role(stored, prior) if (stored := _of_role(values, role)) else prior
        for role, prior in PRIORS.items()
    }


def read_deviations(values: Mapping[str, Any]) -> Deviations:
    """Return the deviations of a version's weights; those of the prior if nothing was learned."""
    stored_deviations = values.get("deviations", {})
    return {role: _of_role(stored_deviations, role) or prior_deviations(PRIORS[role]) for role in Role}


def _of_role(values: Mapping[str, Any], role: Role) -> Any:
    """Return what is stored of a role, if it is, by its name or that of the kind of opportunity it leads."""
    return values.get(role.value, values.get(_FORMER_NAMES.get(role, "")))


def _stored_role(weights: Weights) -> dict[str, Any]:
    return {
        "bias": weights.bias,
        "values": dict(weights.values),
        "neutral": dict(weights.neutral),
        "calibration": {form.value: asdict(calibration) for form, calibration in weights.calibration.items()},
    }


def _read_role(stored: Mapping[str, Any], prior: Weights) -> Weights:
    # A feature that is newer than the version does not count in it; a version older than calibrations has the prior's.
    values, neutral = (dict.fromkeys(FEATURES, 0.0) | stored["values"], {**prior.neutral, **stored["neutral"]})
    calibration = {Form(form): Calibration(**values) for form, values in stored.get("calibration", {}).items()}
    return Weights(stored["bias"], values, neutral, calibration or prior.calibration)
