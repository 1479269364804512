"""Queries about vectors of phrases, and about who carries whom."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from api.catalogue.contract_holders import ranked_condition
from api.core.chunks import in_chunks
from models.actors import Actor, Membership
from models.phrase_vectors import DIMENSIONS

# Who is nearest in kilometres, roughly: a degree of longitude is .7 of one of latitude in the middle of France.
_FAR = "(power(place[1] - :lat, 2) + power((place[0] - :lon) * 0.7, 2))"


def ranked_ids(session: Session) -> set[str]:
    """Return the ids of all actors that the desk ranks."""
    return set(session.exec(select(Actor.id).where(ranked_condition())).all())


def carriers_of(session: Session, member_ids: Collection[str]) -> set[str]:
    """Return the actors that carry any of some members."""
    carriers: set[str] = set()
    for ids in in_chunks(sorted(member_ids), 500):
        question = select(Membership.carrier_id).where(col(Membership.member_id).in_(ids))
        carriers.update(session.exec(question).all())
    return carriers


def search_widely(session: Session, width: int) -> None:
    """Let this transaction's searches go on until they have found enough rows that pass their filters."""
    session.execute(text("SET LOCAL hnsw.iterative_scan = relaxed_order"))
    session.execute(text(f"SET LOCAL hnsw.ef_search = {min(max(width, 40), 1000)}"))
    session.execute(text("SET LOCAL hnsw.max_scan_tuples = 200000"))
    # Of work_mem, 4 MB by default, which would end a wide search early.
    session.execute(text("SET LOCAL hnsw.scan_mem_multiplier = 32"))


def those_that_pass(session: Session, filters: Mapping[str, Collection[str]], most: int) -> list[str] | None:
    """Return the actors that pass the filters, as for `nearest_actors`; None where they are more than `most`."""
    narrowed, values = _narrowed(filters)
    # Names of this file alone.
    statement = f"SELECT DISTINCT actor_id FROM vectors.actor_phrases {narrowed} LIMIT :more"  # noqa: S608
    found = list(session.execute(text(statement), {**values, "more": most + 1}).scalars())
    return found if len(found) <= most else None


def nearest_actors(
    session: Session, question: Sequence[Sequence[float]], filters: Mapping[str, Collection[str]], count: int
) -> list[str]:
    """Return the `count` actors whose best phrase is nearest to any of a question's unit rows, the nearest first.

    filters: column (`department`, `kind`) → its values; empty ones filter nothing. For each row of the question twice
    as many phrases are looked at: an actor has several.
    """
    narrowed, values = _narrowed(filters)
    parts = [
        # Names of this file alone.
        f"(SELECT actor_id, vector <#> CAST(:row_{place} AS halfvec({DIMENSIONS})) AS distance"  # noqa: S608
        f" FROM vectors.actor_phrases {narrowed} ORDER BY distance LIMIT :most)"
        for place in range(len(question))
    ]
    statement = (
        f"SELECT actor_id FROM ({' UNION ALL '.join(parts)}) AS near"  # noqa: S608
        " GROUP BY actor_id ORDER BY min(distance), actor_id LIMIT :count"
    )
    rows = {f"row_{place}": str([round(float(value), 6) for value in row]) for place, row in enumerate(question)}
    found = session.execute(text(statement), {**values, **rows, "most": 2 * count, "count": count})
    return list(found.scalars())


def actors_of_trades(
    session: Session,
    classes: Collection[int],
    place: tuple[float, float] | None,
    filters: Mapping[str, Collection[str]],
    count: int,
) -> list[str]:
    """Return the `count` actors of some NAF classes that are nearest to a place (latitude, longitude)."""
    narrowed, values = _narrowed(filters, "class = ANY(:classes)")
    order = f"min({_FAR}) NULLS LAST, actor_id" if place else "actor_id"
    statement = f"SELECT actor_id FROM vectors.actor_trades {narrowed} GROUP BY actor_id ORDER BY {order} LIMIT :count"  # noqa: S608
    where = {"lat": place[0], "lon": place[1]} if place else {}
    return list(
        session.execute(text(statement), {**values, **where, "classes": list(classes), "count": count}).scalars()
    )


def _narrowed(filters: Mapping[str, Collection[str]], *conditions: str) -> tuple[str, dict[str, Any]]:
    """Return a WHERE clause and its values."""
    chosen = {column: sorted(values) for column, values in filters.items() if values}
    every = [*conditions, *(f"{column} = ANY(:{column})" for column in chosen)]
    return (f"WHERE {' AND '.join(every)}" if every else ""), dict(chosen)
