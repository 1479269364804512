"""Keeps the vectors of actors' phrases in PostgreSQL up to date (`models.phrase_vectors`)."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from sqlalchemy import Engine, text
from sqlmodel import Session

from api.catalogue.changes import change_counter, changes_since
from api.core.chunks import in_chunks
from api.core.errors import NotReadyError
from api.core.progress import Progress
from api.matching import queries
from api.matching.from_tables.queries import ranked_ids
from api.matching.from_tables.some_actors import actors_of, affected_actors, gazetteer_of, texts_of
from api.matching.vectors import VectorStore
from matcher.embedding import GRID, Encoder
from matcher.index import ActorIndex
from models.database import reading, writing
from models.phrase_vectors import DIMENSIONS, DROP_INDEX, MAKE_INDEX, has_tables

# Actors whose rows are made at once.
ROWS = 1000
# So that two who keep them at once do it in turn; any number that no other lock has.
_LOCK = 40


class NoVectorSearchError(NotReadyError):
    """This database cannot find vectors."""


def keep_phrases(engine: Engine, encoder: Encoder, progress: Progress | None = None) -> int:
    """Bring the vectors up to the tables as they are now; return how many actors were done again.

    Only texts without a vector are encoded. Where there were none, or another encoder's, it makes the index anew, which
    the owner of the tables alone may. Raises NoVectorSearchError.
    """
    vectors = VectorStore(engine, encoder, progress)
    _encode_ahead(engine, encoder, vectors)
    with writing(engine) as session:
        require_able(session, encoder)
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        # Read first: what is written meanwhile is done again the next time.
        counter = change_counter(session)
        reached = reached_by(session, encoder.revision)
        anew = reached is None
        again = _behind(session, reached)
        if anew:
            session.execute(text("TRUNCATE vectors.actor_phrases, vectors.actor_trades"))
            # Many rows at once: making the index afterwards takes a fraction of the time.
            session.execute(text(DROP_INDEX))
        gazetteer = gazetteer_of(session) if again else None
        for ids in in_chunks(sorted(again), ROWS):
            assert gazetteer
            _forget(session, ids)
            kept = actors_of(session, gazetteer, ids)
            if kept:
                _insert(session, ActorIndex.build(kept, vectors.rows_unsaved))
        if anew:
            session.execute(text(MAKE_INDEX))
        session.execute(text("DELETE FROM vectors.state"))
        session.execute(
            text("INSERT INTO vectors.state VALUES (:revision, :reached)"),
            {"revision": encoder.revision, "reached": counter},
        )
    vectors.save()
    return len(again)


def reached_by(session: Session, revision: str) -> int | None:
    """Return the value of the change counter up to which the vectors follow the tables; None: not this encoder's."""
    found = session.execute(
        text("SELECT reached FROM vectors.state WHERE encoder_revision = :revision"), {"revision": revision}
    ).scalar()
    return None if found is None else int(found)


def changed_actors(session: Session, reached: int) -> set[str]:
    """Return the actors whose phrases may be others than at a value of the change counter."""
    changed = changes_since(session, reached)
    if "communes" in changed:
        # A commune places any row that names it.
        return ranked_ids(session)
    ids = (
        changed.get("actors", set())
        | changed.get("memberships", set())
        | changed.get("duplicate_proposals", set())
        | queries.actor_ids_of(session, changed.get("contracts_won", ()))
        | queries.actor_ids_of_companies(session, changed.get("company_states", ()))
    )
    return affected_actors(session, ids)


def require_able(session: Session, encoder: Encoder) -> None:
    """Raises NoVectorSearchError where this database cannot find the encoder's vectors."""
    if not has_tables(session.connection()):
        raise NoVectorSearchError(
            "Cette base ne sait pas chercher par vecteurs : il y faut PostgreSQL avec l’extension pgvector, puis "
            "« python -m api.cli keep-vectors »."
        )
    if encoder.dim != DIMENSIONS:
        raise NoVectorSearchError(f"L’encodeur donne {encoder.dim} valeurs par texte, la base en attend {DIMENSIONS}.")


def _encode_ahead(engine: Engine, encoder: Encoder, vectors: VectorStore) -> None:
    """Encode what is new before the turn to write is taken: for a whole desk it takes minutes."""
    with reading(engine) as session:
        require_able(session, encoder)
        again = _behind(session, reached_by(session, encoder.revision))
        gazetteer = gazetteer_of(session) if again else None
        texts: set[str] = set()
        for ids in in_chunks(sorted(again), ROWS):
            assert gazetteer
            texts |= texts_of(session, gazetteer, ids)
    vectors.store(texts)


def _behind(session: Session, reached: int | None) -> set[str]:
    return ranked_ids(session) if reached is None else changed_actors(session, reached)


def _forget(session: Session, ids: Collection[str]) -> None:
    for table in ("actor_phrases", "actor_trades"):
        session.execute(text(f"DELETE FROM vectors.{table} WHERE actor_id = ANY(:ids)"), {"ids": list(ids)})  # noqa: S608


def _insert(session: Session, index: ActorIndex) -> None:
    # The driver's own COPY: a hundred times as fast as INSERT, and vectors cross in binary.
    from pgvector import HalfVector
    from pgvector.psycopg import register_vector

    connection: Any = session.connection().connection.driver_connection
    register_vector(connection)
    unit_rows = index.phrases.vectors / np.float32(GRID)
    with connection.cursor() as cursor:
        with cursor.copy("COPY vectors.actor_phrases FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.set_types(["varchar", "int2", "varchar", "varchar", "halfvec"])
            for actor, number, row in _phrases(index):
                copy.write_row((actor.id, number, actor.department, actor.kind.value, HalfVector(unit_rows[row])))
        with cursor.copy("COPY vectors.actor_trades (actor_id, class, department, kind, place) FROM STDIN") as copy:
            for owner, column in _trades(index):
                actor = index.actors[owner]
                place = f"({actor.point.lon},{actor.point.lat})" if actor.point else None
                copy.write_row((actor.id, column, actor.department, actor.kind.value, place))


def _phrases(index: ActorIndex) -> Iterator[tuple[Any, int, int]]:
    """Yield each distinct phrase of each actor: the actor, its place among the actor's, and the row of its vector."""
    bounds = np.append(index.phrases.starts, len(index.phrases.text_of))
    first_unit = np.searchsorted(index.owner, np.arange(len(index.actors) + 1))
    for position, actor in enumerate(index.actors):
        own = slice(bounds[first_unit[position]], bounds[first_unit[position + 1]])
        rows = dict.fromkeys(index.phrases.text_of[own].tolist())
        for number, row in enumerate(rows):
            yield actor, number, row


def _trades(index: ActorIndex) -> Iterator[tuple[int, int]]:
    """Yield each class of each actor, as positions among actors and NAF classes."""
    units, places = np.nonzero(index.naf >= 0)
    pairs = zip(index.owner[units].tolist(), index.naf[units, places].tolist(), strict=True)
    yield from sorted(set(pairs))
