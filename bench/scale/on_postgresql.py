"""pgvector, over a server of this machine: the product's own tables and statements, one session, one thread.

Asked as a process without an index asks: for all actors, for those of one département of a hundred, and of one kind in
a hundred of those of ten départements.
"""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from api.demo.postgres_server import create_database, postgres_server
from api.matching.from_tables.queries import nearest_actors, search_widely
from bench.scale.exact import least_cosines, recall
from bench.scale.measuring import MEGABYTE, WARMED_BY, Case, Measure, timed
from bench.scale.systems import FIRST, VECTORS
from bench.scale.vectors import FOLDER, starts_of
from matcher.types import FloatArray
from models.database import open_database
from models.phrase_vectors import DROP_INDEX, MAKE_INDEX, make_tables

NAME = "pgvector"
DEPARTMENTS, KINDS = 100, 10
_SETTINGS = {
    "maintenance_work_mem": "'3GB'",
    "max_parallel_maintenance_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
Filters = Mapping[str, Collection[str]]


def measured(case: Case, longest_s: float) -> list[Measure]:
    """Return the measures of one size; longest_s: how long the index may take to be made."""
    starts = starts_of(case.actors)
    places = np.random.default_rng(3).integers(DEPARTMENTS, size=case.actors)
    kinds = np.random.default_rng(4).integers(KINDS, size=case.actors)
    filters: Mapping[str, Filters] = {
        NAME: {},
        f"{NAME}, one département": {"department": ["0"]},
        f"{NAME}, ten départements and a kind": {
            "department": [str(place) for place in range(10)],
            "kind": ["0"],
        },
    }
    among = dict(zip(filters, (np.ones(case.actors, np.bool_), places == 0, (places < 10) & (kinds == 0)), strict=True))
    most = {name: (min(FIRST, int(passing.sum())), passing) for name, passing in among.items()}
    least = least_cosines(case.rows(), starts, case.questions(), most)
    with postgres_server(FOLDER / "postgresql", fast=True) as server:
        engine = open_database(create_database(server, "scale"))
        try:
            began = time.perf_counter()
            _fill(engine, case.rows(), starts, places, kinds, longest_s)
            build_s, size_mb = time.perf_counter() - began, _size_mb(engine)
            return [
                _asked(engine, name, case, filters[name], most[name][0], least[name], build_s, size_mb)
                for name in filters
            ]
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "57014":
                raise
            note = f"skipped: its index took more than {longest_s / 60:.0f} minutes"
            return [Measure(name, case.actors, len(case.rows()), None, None, None, None, note=note) for name in filters]
        finally:
            engine.dispose()


def _fill(engine: Engine, rows: FloatArray, starts: Any, places: Any, kinds: Any, longest_s: float) -> None:
    from pgvector import HalfVector
    from pgvector.psycopg import register_vector

    ends = np.append(starts[1:], len(rows))
    with Session(engine) as session, session.begin():
        connection = session.connection()
        make_tables(connection)
        connection.execute(text(DROP_INDEX))
        driver: Any = connection.connection.driver_connection
        register_vector(driver)
        with (
            driver.cursor() as cursor,
            cursor.copy("COPY vectors.actor_phrases FROM STDIN WITH (FORMAT BINARY)") as copy,
        ):
            copy.set_types(["varchar", "int2", "varchar", "varchar", "halfvec"])
            for actor, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
                place, kind = str(places[actor]), str(kinds[actor])
                for number, row in enumerate(rows[start:end]):
                    copy.write_row((str(actor), number, place, kind, HalfVector(row)))
        for name, value in _SETTINGS.items():
            connection.execute(text(f"SET LOCAL {name} = {value}"))
        connection.execute(text(f"SET LOCAL statement_timeout = {int(longest_s * 1000)}"))
        connection.execute(text(MAKE_INDEX))
        connection.execute(text("ANALYZE vectors.actor_phrases"))


def _size_mb(engine: Engine) -> float:
    with engine.connect() as connection:
        size = connection.execute(text("SELECT pg_total_relation_size('vectors.actor_phrases')")).scalar_one()
    return float(size) / MEGABYTE


def _asked(
    engine: Engine,
    name: str,
    case: Case,
    filters: Filters,
    most: int,
    least: FloatArray,
    build_s: float,
    size_mb: float,
) -> Measure:
    rows, questions = case.rows(), case.questions()
    with Session(engine) as session:
        for setting, value in _SETTINGS.items():
            session.execute(text(f"SET LOCAL {setting} = {value}"))
        search_widely(session, 2 * VECTORS)
        ask: Callable[[FloatArray], list[str]] = lambda question: nearest_actors(  # noqa: E731
            session, question.tolist(), filters, VECTORS // 2
        )
        for question in questions[:WARMED_BY]:
            ask(question)
        spent, found = timed(lambda question: ask(question)[:FIRST], questions)
    numbers = [np.array([int(actor) for actor in actors], np.int64) for actors in found]
    return Measure(
        name,
        case.actors,
        len(rows),
        float(np.median(spent)) * 1000,
        recall(rows, starts_of(case.actors), questions, numbers, least, most),
        size_mb,
        build_s,
        len(spent),
    )
