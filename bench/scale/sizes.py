"""Bytes of an actor and an opening in PostgreSQL, with indexes: `python -m bench.scale.sizes [ACTORS [OPENINGS]]`.

The invented world's records, read as any spreadsheet is. What their vectors say plays no part, so they are random.
"""

import random
import sys
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import Engine, text

from api.catalogue.places.loading import load_places
from api.demo.postgres_server import create_database, postgres_server
from api.imports.importing import ingest
from api.matching.from_tables.phrase_rows import keep_phrases
from bench import world
from bench.scale.vectors import FOLDER
from matcher.embedding import Progress
from matcher.types import FloatArray
from models.database import open_database
from models.phrase_vectors import DIMENSIONS
from models.revisions import migrate

_SIZES = """
SELECT schemaname || '.' || relname, pg_total_relation_size(relid) FROM pg_stat_user_tables
"""


class _RandomEncoder:
    """A row for each text, of which only the size is like the encoder's."""

    revision, dim, similarity_range = "random", DIMENSIONS, (0.0, 1.0)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:  # noqa: ARG002
        """Return unit rows `(len(texts), dim)`."""
        seeds = (zlib.crc32(text.encode()) for text in texts)
        rows = np.stack([np.random.default_rng(seed).standard_normal(self.dim, np.float32) for seed in seeds])
        unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def bytes_a_row(engine: Engine, actors: int, openings: int) -> dict[str, Mapping[str, float]]:
    """Return, for actors and for openings, table → bytes that each row of the file takes there."""
    folder = FOLDER / "sizes"
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(0)
    migrate(engine)
    load_places(engine)
    found: dict[str, Mapping[str, float]] = {}
    files = (("actors", world.actors(rng, actors), actors), ("opportunities", world.openings(rng, openings), openings))
    for kind, rows, count in files:
        before = _sizes(engine)
        file = folder / f"{kind}.csv"
        file.write_text(world.as_csv(rows), "utf-8")
        ingest(engine, file, "actors" if kind == "actors" else "opportunities", source="bench")
        if kind == "actors":
            keep_phrases(engine, _RandomEncoder())
        gained = {table: size - before.get(table, 0) for table, size in _sizes(engine).items()}
        found[kind] = {table: size / count for table, size in gained.items() if size >= count}
    return found


def _sizes(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {table: int(size) for table, size in connection.execute(text(_SIZES))}


def main(actors: int = 20_000, openings: int = 5_000) -> None:
    """Print the bytes a row by table, the largest first."""
    with postgres_server(FOLDER / "postgresql", fast=True) as server:
        engine = open_database(create_database(server, "sizes"))
        for kind, by_table in bytes_a_row(engine, actors, openings).items():
            print(f"{kind}: {sum(by_table.values()):,.0f} bytes each")
            for table, size in sorted(by_table.items(), key=lambda entry: -entry[1]):
                print(f"  {table:28} {size:8,.0f}")
        engine.dispose()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
