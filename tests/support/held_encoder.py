"""A large import that is not encoded until a test lets it."""

import threading
from collections.abc import Sequence
from pathlib import Path

from api.imports.importing import ingest
from api.matching.desk import AT_ONCE, PORTION
from matcher.embedding import Encoder, Progress
from matcher.types import FloatArray
from models.database import open_database
from tests.support.databases import url_of

COUNT = AT_ONCE + 2 * PORTION


class HeldEncoder:
    """The real encoder, but the builder's calls wait for a permit each."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.revision, self.dim, self.similarity_range = encoder.revision, encoder.dim, encoder.similarity_range
        self.permits = threading.Semaphore(0)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        if threading.current_thread().name == "snapshot-builder":
            self.permits.acquire()
        return self._encoder.encode(texts, progress)


def import_many(database: Path, folder: Path) -> None:
    """Import a file of COUNT actors, « Reliure 0 » and so on, each with a text of its own."""
    rows = [f"n{n};Reliure {n};scop;Crest;reliure de registres numéro {n}" for n in range(COUNT)]
    file = folder / "acteurs.csv"
    file.write_text("\n".join(["id;nom;type;commune;activites", *rows]), "utf-8")
    engine = open_database(url_of(database))
    ingest(engine, file, "actors", source="essai")
    engine.dispose()
