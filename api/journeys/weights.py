"""Which weights rank: what there is, and how to change it. The desk follows by itself, for its stamp holds their id."""

from collections.abc import Sequence

from sqlalchemy import Engine
from sqlmodel import Session

from api.errors import ConflictError, NotFoundError
from api.journeys import audit
from api.journeys.desk import active_weights
from models import queries
from models.base import utc_now
from models.database import reading, writing
from models.weights import WeightsVersion


def list_weights(engine: Engine) -> Sequence[WeightsVersion]:
    """Return all versions, newest first; where there was none yet, the prior, which ranks."""
    active_weights(engine)
    with reading(engine) as session:
        return queries.all_weights(session)


def activate(engine: Engine, weights_id: str, *, by: str = audit.CLI) -> WeightsVersion:
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
            audit.note(session, by=by, action="weights.activated", kind="weights", of=chosen.id)
        _let_rank(session, chosen)
    return chosen


def rollback(engine: Engine, *, by: str = audit.CLI) -> WeightsVersion:
    """Let the version retired last rank again. A second rollback undoes the first.

    Raises ConflictError where none was ever retired.
    """
    with writing(engine) as session:
        chosen = queries.last_retired_weights(session)
        if chosen is None:
            raise ConflictError("Aucuns poids n’ont précédé ceux qui sont actifs : il n’y a rien à rétablir.")
        audit.note(session, by=by, action="weights.rolled_back", kind="weights", of=chosen.id)
        _let_rank(session, chosen)
    return chosen


def _let_rank(session: Session, chosen: WeightsVersion) -> None:
    for version in queries.all_active_weights(session):
        if version.id != chosen.id:
            version.status, version.retired_at = "retired", utc_now()
            session.add(version)
    chosen.status, chosen.retired_at = "active", None
    session.add(chosen)
