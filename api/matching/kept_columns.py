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
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from mmap import mmap
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlmodel import Session

from api.catalogue.changes import change_counter
from api.catalogue.places import queries as place_queries
from api.catalogue.places.places_in_text import Gazetteer
from api.confidentiality import queries as confidentiality_queries
from api.core.json_rows import JsonRows
from api.matching import queries
from api.matching.actor_marks import ActorMarks
from api.matching.actor_records import ActorRecord
from api.matching.described_cases import Described, Establishments
from api.matching.opportunity_records import OpportunityRecord
from api.matching.reading import Records
from api.matching.row_tables import MOST_ROWS, FileRows, RowTable, stay_at_hand
from matcher.column_file import ColumnFileError, give_back, open_columns, read_facts, write_columns
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

Row = TypeVar("Row")
_ACTORS, _OPPORTUNITIES = JsonRows(ActorRecord), JsonRows(OpportunityRecord)
_DESCRIBED = JsonRows(Described)


@dataclass(frozen=True)
class Kept:
    """What a file holds: the records, how cases were described, and the arrays of the indexes made of them."""

    records: Records
    described: Mapping[str, Described]
    arrays: Mapping[str, NDArray[Any]]
    stay: bool  # whether what was read of actors stays at hand

    def actors(self, actors: Mapping[str, Actor]) -> ActorIndex:
        """Return the index; actors: of the content that follows from the records, by id."""
        return actor_index(actors.__getitem__, self.arrays, "actors", stay=self.stay)

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
        self._kept: Records | None = None
        self._mapped: Callable[[], mmap | None] = lambda: None
        self._written_at = -float("inf")

    def read(self, session: Session, departments: Collection[str]) -> Kept | None:
        """Return what the file holds, if it may be believed; all that it says of the tables was so at its counter.

        departments: those that the desk serves, among whose establishments cases are described.
        """
        try:
            facts = read_facts(self._path)
            refusal = self._refusal(facts, session, departments)
            if refusal:
                logger.info("the file of columns is made anew: %s", refusal)
                return None
            file = open_columns(self._path)
            described = dict(_rows("described", file.arrays, _DESCRIBED, stay=True).items())
            kept = Kept(_records(file.facts, file.arrays, session), described, file.arrays, file.facts["stay"])
        except FileNotFoundError:
            return None
        except (ColumnFileError, OSError) as error:
            logger.warning("the file of columns is made anew: %s", error)
            return None
        except (KeyError, TypeError, ValueError):
            # Without the message, which may hold a value.
            logger.warning("the file of columns is made anew: it cannot be read")
            return None
        self._kept = kept.records
        if file.mapped is not None:
            # It is mapped no longer than a desk is made of it.
            self._mapped = weakref.ref(file.mapped)
        return kept

    def give_back_pages(self) -> None:
        """Give back what was looked at of the file (`matcher.column_file.give_back`)."""
        if mapped := self._mapped():
            give_back(mapped)

    def is_due(self, records: Records) -> bool:
        """Return whether the file is to be written: rows went, or others changed and it was not written for long."""
        if self._kept and records.counter <= self._kept.counter:
            return False
        if time.monotonic() - self._written_at >= self._seconds:
            return True
        kept = self._kept
        return kept is not None and (
            records.actors.went_since(kept.actors) or records.opportunities.went_since(kept.opportunities)
        )

    def write(
        self,
        engine: Engine,
        records: Records,
        establishments: Establishments,
        actors: ActorIndex,
        opportunities: OpportunityIndex,
    ) -> None:
        """Write the file. establishments, actors, opportunities: those that follow from the records.

        Where it cannot be, it is logged: the desk is served without.
        """
        token = secrets.token_hex(16)
        facts = {
            "token": token,
            "counter": records.counter,
            "code": code_revision(),
            "encoder": self._encoder_revision,
            "departments": sorted(establishments.departments),
            "stay": stay_at_hand(records.actors, records.marks.confidential),
            "members": {carrier: list(members) for carrier, members in records.members.items()},
            "duplicates": dict(records.duplicates),
        }
        known = sorted(establishments.known.items())
        described = {case_id: case for case_id, case in known if case_id in records.opportunities}
        arrays = {
            **arrays_of(actors, "actors"),
            **arrays_of(opportunities, "opportunities"),
            **_table("actor_records", records.actors, _ACTORS),
            "actor_records.keys": np.array(list(_sirets(records.actors)), np.str_),
            **_table("opportunity_records", records.opportunities, _OPPORTUNITIES),
            **_table("described", RowTable(described), _DESCRIBED),
            **{f"actor_marks.{name}": np.array(sorted(ids), np.str_) for name, ids in records.marks._asdict().items()},
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
        self._kept = records

    def _refusal(self, facts: Mapping[str, Any], session: Session, departments: Collection[str]) -> str | None:
        """Return why a file is not believed, None where it is."""
        mode = self._path.stat()
        if mode.st_uid != os.geteuid() or stat.S_IMODE(mode.st_mode) & ~OWNER_FILE:
            return "others may have written it"
        if facts["code"] != code_revision():
            return "it is of other code"
        if facts["encoder"] != self._encoder_revision:
            return "it is of another encoder"
        if facts["departments"] != sorted(departments):
            return "it is of other départements"
        if facts["counter"] > change_counter(session) or not queries.has_column_file(session, str(facts["token"])):
            return "it is of other tables"
        return None


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
    marks = {name: frozenset(arrays[f"actor_marks.{name}"].tolist()) for name in ActorMarks._fields}
    opportunities = _rows("opportunity_records", arrays, _OPPORTUNITIES, stay=True)
    return Records(
        facts["counter"],
        RowTable(_rows("actor_records", arrays, _ACTORS, stay=facts["stay"])),
        ActorMarks(**marks),
        # All of them are looked through whenever one changes.
        RowTable(dict(opportunities.items())),
        {carrier: tuple(members) for carrier, members in facts["members"].items()},
        facts["duplicates"],
        Gazetteer(place_queries.all_communes(session), place_queries.all_former_communes(session)),
        confidentiality_queries.register_groups(session),
    )


def _rows(name: str, arrays: Mapping[str, NDArray[Any]], rows: JsonRows[Row], *, stay: bool) -> FileRows[Row]:
    ids, content, ends = (arrays[f"{name}.{part}"] for part in ("ids", "bytes", "ends"))
    most = len(ids) if stay else MOST_ROWS
    return FileRows(ids, content, ends, rows.loads, most, arrays.get(f"{name}.keys"))


def _table(name: str, table: RowTable[Row], rows: JsonRows[Row]) -> dict[str, NDArray[Any]]:
    """Return rows as arrays: their ids, their lines in a row, and where each begins and the last one ends."""
    of_file = table.base if isinstance(table.base, FileRows) else None
    lines = [
        of_file.line(row_id) if of_file and row_id not in table.above else rows.dumps(table[row_id]) for row_id in table
    ]
    ends = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    return {
        f"{name}.ids": np.array(list(table), np.str_),
        f"{name}.bytes": np.frombuffer(b"".join(lines), np.uint8),
        f"{name}.ends": ends,
    }


def _sirets(table: RowTable[ActorRecord]) -> Iterator[str]:
    for row_id in table:
        if isinstance(table.base, FileRows) and row_id not in table.above:
            yield table.base.key(row_id)
        else:
            yield table[row_id].siret or ""


def _clear(path: Path) -> None:
    """Delete what processes that were killed left."""
    for left in path.parent.glob(f".{path.name}.*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFT_OVER_SECONDS:
                left.unlink()
