"""The desk as it was, in a file beside the database: a process that starts reads it, and then only what changed since.

What is in the file follows from the tables. Where it is not there, or not whole, or not of these tables, this code and
this encoder, all is made of the tables again. It holds what they hold, confidential rows too: it is its owner's alone.
"""

import hashlib
import logging
import os
import secrets
import stat
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, make_url
from sqlmodel import Session

from api.catalogue.changes import change_counter
from api.catalogue.places import queries as place_queries
from api.catalogue.places.places_in_text import Gazetteer
from api.confidentiality import queries as confidentiality_queries
from api.core.json_rows import JsonRows
from api.core.settings import ServiceSettings
from api.matching import queries
from api.matching.reading import ActorRecord, OpportunityRecord, Records
from matcher.column_file import ColumnFileError, open_columns, read_facts, write_columns
from matcher.index import ActorIndex, OpportunityIndex
from matcher.index.kept_columns import actor_index, arrays_of, opportunity_index
from matcher.types import Actor, Opportunity
from models.base import utc_now
from models.database import LockedError, writing
from models.private_files import OWNER_FILE, keep_private_folder

logger = logging.getLogger(__name__)

# How long what changed stays out of the file. What went from the tables leaves it at the next look.
KEEP_SECONDS = 600.0
# A file that was written so long ago is not known any more.
KNOWN_DAYS = 60
# What was begun and not ended, e.g. by a process that was killed.
LEFT_OVER_SECONDS = 3600.0
# Of whose sources the content of a file follows, beside the tables.
SOURCES = ("matcher", "models", "api/catalogue", "api/confidentiality", "api/core", "api/matching")
ROOT = Path(__file__).resolve().parents[2]

_ACTORS, _OPPORTUNITIES = JsonRows(ActorRecord), JsonRows(OpportunityRecord)


@dataclass(frozen=True)
class Kept:
    """What a file holds: the records, and the arrays of the indexes that were made of them."""

    records: Records
    arrays: Mapping[str, NDArray[Any]]

    def actors(self, actors: Sequence[Actor]) -> ActorIndex:
        """Return the index; actors: of the content that follows from the records."""
        return actor_index(sorted(actors, key=lambda actor: actor.id), self.arrays, "actors")

    def opportunities(self, opportunities: Sequence[Opportunity]) -> OpportunityIndex:
        """Return the index; opportunities: of the content that follows from the records."""
        return opportunity_index(sorted(opportunities, key=lambda row: row.id), self.arrays, "opportunities")


class KeptColumns:
    """The file of a desk: read once at the start, written again while the desk is served."""

    def __init__(self, path: Path, encoder_revision: str, *, seconds: float = KEEP_SECONDS) -> None:
        """seconds: how long what changed stays out of the file."""
        self._path = path
        self._encoder_revision = encoder_revision
        self._seconds = seconds
        self._counter = -1
        self._ids: Collection[str] = frozenset()
        self._looked_at = -1
        self._written_at = -float("inf")

    def read(self, session: Session) -> Kept | None:
        """Return what the file holds, if it may be believed; all that it says of the tables was so at its counter."""
        try:
            facts = read_facts(self._path)
            refusal = self._refusal(facts, session)
            if refusal:
                logger.info("the file of columns is made anew: %s", refusal)
                return None
            file = open_columns(self._path)
            kept = Kept(_records(file.facts, file.arrays, session), file.arrays)
        except FileNotFoundError:
            return None
        except (ColumnFileError, OSError) as error:
            logger.warning("the file of columns is made anew: %s", error)
            return None
        except (KeyError, TypeError, ValueError):
            # Without the message, which may hold a value.
            logger.warning("the file of columns is made anew: it cannot be read")
            return None
        self._counter, self._ids = kept.records.counter, _ids(kept.records)
        return kept

    def is_due(self, records: Records) -> bool:
        """Return whether the file is to be written: rows went, or others changed and it was not written for long."""
        if records.counter <= self._counter:
            return False
        if time.monotonic() - self._written_at >= self._seconds:
            return True
        if records.counter == self._looked_at:
            return False
        self._looked_at = records.counter
        return not set(self._ids) <= _ids(records)

    def write(self, engine: Engine, records: Records, actors: ActorIndex, opportunities: OpportunityIndex) -> None:
        """Write the file. actors, opportunities: the indexes that were made of the records.

        Where it cannot be, it is logged: the desk is served without.
        """
        token = secrets.token_hex(16)
        facts = {
            "token": token,
            "counter": records.counter,
            "code": code_revision(),
            "encoder": self._encoder_revision,
            "members": {carrier: list(members) for carrier, members in records.members.items()},
            "duplicates": dict(records.duplicates),
        }
        arrays = {
            **arrays_of(actors, "actors"),
            **arrays_of(opportunities, "opportunities"),
            **_blob("actor_records", map(_ACTORS.dumps, records.actors.values())),
            **_blob("opportunity_records", map(_OPPORTUNITIES.dumps, records.opportunities.values())),
        }
        # Whatever comes of it, the next try is no sooner.
        self._written_at = time.monotonic()
        try:
            if not self._path.parent.exists():
                keep_private_folder(self._path.parent)
            _clear(self._path)
            write_columns(self._path, facts, arrays)
            with writing(engine) as session:
                now = utc_now()
                queries.note_column_file(session, token, now, now - timedelta(days=KNOWN_DAYS))
        except (OSError, LockedError) as error:
            logger.warning("the file of columns could not be written: %s", type(error).__name__)
            return
        self._counter, self._ids = records.counter, _ids(records)

    def _refusal(self, facts: Mapping[str, Any], session: Session) -> str | None:
        """Return why a file is not believed, None where it is."""
        mode = self._path.stat()
        if mode.st_uid != os.geteuid() or stat.S_IMODE(mode.st_mode) & ~OWNER_FILE:
            return "others may have written it"
        if facts["code"] != code_revision():
            return "it is of other code"
        if facts["encoder"] != self._encoder_revision:
            return "it is of another encoder"
        if facts["counter"] > change_counter(session) or not queries.has_column_file(session, str(facts["token"])):
            return "it is of other tables"
        return None


def columns_path(options: ServiceSettings) -> Path | None:
    """Return where the file of a database is kept, None where there is no place for one: beside a file of SQLite.

    In the folder `POLESUD_COLUMNS` for any other.
    """
    url = make_url(options.database_url)
    if url.get_backend_name() != "sqlite":
        name = hashlib.sha256(url.render_as_string(hide_password=True).encode()).hexdigest()[:16]
        return Path(options.columns) / f"{name}.columns"
    if url.database in (None, "", ":memory:") or (url.database or "").startswith("file:"):
        return None
    return Path(f"{url.database}.columns")


@cache
def code_revision() -> str:
    """Return a hash of the sources from which the content of a file follows."""
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(ROOT).as_posix().encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _records(facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], session: Session) -> Records:
    """Return the records of a file. Places and the register are read from the tables: no array was made of them."""
    actors = [_ACTORS.loads(line) for line in _lines(arrays, "actor_records")]
    opportunities = [_OPPORTUNITIES.loads(line) for line in _lines(arrays, "opportunity_records")]
    return Records(
        facts["counter"],
        {record.value.id: record for record in actors},
        {record.cards[0].opportunity_id: record for record in opportunities},
        {carrier: tuple(members) for carrier, members in facts["members"].items()},
        facts["duplicates"],
        Gazetteer(place_queries.all_communes(session), place_queries.all_former_communes(session)),
        confidentiality_queries.register_groups(session),
    )


def _ids(records: Records) -> set[str]:
    return {*records.actors, *records.opportunities}


def _blob(name: str, lines: Iterable[bytes]) -> dict[str, NDArray[Any]]:
    """Return lines as two arrays: their bytes in a row, and where each begins and the last ends."""
    listed = list(lines)
    ends = np.cumsum([0, *map(len, listed)], dtype=np.int64)
    return {f"{name}.bytes": np.frombuffer(b"".join(listed), np.uint8), f"{name}.ends": ends}


def _lines(arrays: Mapping[str, NDArray[Any]], name: str) -> Iterable[bytes]:
    content = arrays[f"{name}.bytes"].tobytes()
    ends = arrays[f"{name}.ends"].tolist()
    return (content[start:end] for start, end in pairwise(ends))


def _clear(path: Path) -> None:
    """Delete what processes that were killed left."""
    for left in path.parent.glob(f".{path.name}.*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFT_OVER_SECONDS:
                left.unlink()
