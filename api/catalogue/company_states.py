"""Actors that registers say are closed or insolvent: they leave the lists, and nothing else of them changes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, and_, exists, func, or_
from sqlmodel import Session, col, select

from api.audit import log
from api.core.chunks import in_chunks
from api.core.errors import NotFoundError
from models.actors import Actor
from models.database import writing
from models.open_data import CompanyState, DuplicateProposal

OPEN = "open"
# SQLite takes at most 32,766 parameters in a statement.
_SIREN_LENGTH = 9
# The gravest first.
_ORDER = ("closed", "insolvent")


@dataclass(frozen=True)
class CompanyStates:
    """What is said of companies that are not open, by SIREN; of each establishment and of the company as a whole."""

    by_siren: dict[str, list[CompanyState]]

    def of(self, siret: str | None) -> CompanyState | None:
        """Return the gravest statement about an establishment or its company, None where it is open or unknown."""
        if not siret:
            return None
        statements = [
            statement for statement in self.by_siren.get(siret[:_SIREN_LENGTH], ()) if statement.siret in (None, siret)
        ]
        return min(statements, key=_gravity, default=None)


def company_states(session: Session, sirens: Collection[str] | None = None) -> CompanyStates:
    """Return what is said of these companies; None asks for all."""
    question = select(CompanyState).where(CompanyState.state != OPEN).order_by(CompanyState.source_id)
    by_siren: dict[str, list[CompanyState]] = {}
    for chunk in [None] if sirens is None else in_chunks(sorted(sirens)):
        asked = question if chunk is None else question.where(col(CompanyState.siren).in_(chunk))
        for statement in session.exec(asked).all():
            by_siren.setdefault(statement.siren, []).append(statement)
    return CompanyStates(by_siren)


def state_of(session: Session, sirets: Iterable[str | None]) -> CompanyState | None:
    """Return what is said of an actor, None while it is open. sirets: its own, and those of its duplicates.

    An actor of several SIRET has left only where each of them has: else it moved.
    """
    known_sirets = [siret for siret in sirets if siret]
    states = company_states(session, {siret[:_SIREN_LENGTH] for siret in known_sirets})
    statements = [states.of(siret) for siret in known_sirets]
    return statements[0] if statements and all(statements) else None


def state_of_actor(session: Session, actor: Actor) -> CompanyState | None:
    """Return what is said of an actor, with the rows that a person said are the same; None while one is open."""
    pair = or_(col(DuplicateProposal.first_id) == actor.id, col(DuplicateProposal.second_id) == actor.id)
    same = select(Actor.siret).join(DuplicateProposal, col(DuplicateProposal.hidden_id) == Actor.id)
    same = same.where(DuplicateProposal.status == "same", pair, Actor.id != actor.id)
    return state_of(session, [actor.siret, *session.exec(same.where(Actor.confidential == actor.confidential)).all()])


def keep_listed(engine: Engine, actor_id: str, kept: bool, *, by: str) -> None:
    """Keep an actor in the lists whatever registers say of it, or follow them again. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        actor = session.get(Actor, actor_id)
        if actor is None:
            raise NotFoundError("Cet acteur n’existe pas.")
        if actor.stays_listed != kept:
            actor.stays_listed = kept
            session.add(actor)
            action = "actor.kept_listed" if kept else "actor.follows_registers"
            log.note(session, by=by, action=action, kind="actor", of=actor_id)


def is_listed() -> ColumnElement[bool]:
    """Return the condition that no register says an actor is closed or insolvent, or that a person keeps it."""
    of_company = and_(
        col(CompanyState.siret).is_(None), col(CompanyState.siren) == func.substr(Actor.siret, 1, _SIREN_LENGTH)
    )
    of_establishment = col(CompanyState.siret) == Actor.siret
    return or_(
        col(Actor.stays_listed), ~exists().where(col(CompanyState.state) != OPEN, or_(of_company, of_establishment))
    )


def siren_of(siret: str | None) -> str:
    return (siret or "")[:_SIREN_LENGTH]


def _gravity(statement: CompanyState) -> tuple[int, str]:
    return _ORDER.index(statement.state), statement.source_id
