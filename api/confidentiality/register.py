"""A register of establishments, read whole and counted by trade, place and size: INSEE's file of all establishments.

Columns as in `StockEtablissement_utf8.csv` (Sirene, data.gouv.fr). It is never asked about one case: who serves the
file learns nothing. No name and no number of an establishment is kept.
"""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from sqlalchemy import Engine, delete, insert

from api.audit import log
from api.catalogue.activities import section_start
from api.core.errors import InvalidError
from api.core.french import plural
from api.core.official_codes import COMMUNE_PATTERN, HEADCOUNT_BANDS, NAF_PATTERN
from models.database import writing
from models.teasers import RegisterCount, RegisterExtract

COLUMNS = (
    "etatAdministratifEtablissement",
    "statutDiffusionEtablissement",
    "codeCommuneEtablissement",
    "activitePrincipaleEtablissement",
    "nomenclatureActivitePrincipaleEtablissement",
    "trancheEffectifsEtablissement",
)
NOMENCLATURE = "NAFRev2"
# What is taken over has employees: a reader who knows that still has ten to choose from.
EMPLOYERS = frozenset(band for band, (least, _) in HEADCOUNT_BANDS.items() if least)


class Group(NamedTuple):
    """Facts that establishments share."""

    department: str
    commune_code: str
    naf: str
    headcount_band: str


@dataclass(frozen=True)
class Extract:
    """What a file says. lines: of the file; groups: of active, public employers of some départements."""

    lines: int
    groups: Counter[Group]

    def in_department(self, department: str) -> int:
        """Return how many establishments count there."""
        return sum(count for group, count in self.groups.items() if group.department == department)


def read_extract(path: Path, departments: Collection[str]) -> Extract:
    """Read a file of establishments, CSV or ZIP with one CSV in it.

    Raises InvalidError where it is neither, lacks a column, or has no establishment of one of the départements.
    """
    lines, groups = 0, Counter[Group]()
    with _opened(path) as file:
        rows = csv.reader(file)
        try:
            header = next(rows, [])
            if missing := [column for column in COLUMNS if column not in header]:
                raise InvalidError([("fichier", f"colonnes absentes : {', '.join(missing)}")])
            state, diffusion, commune, naf, nomenclature, band = (header.index(column) for column in COLUMNS)
            prefixes = tuple(departments)
            for row in rows:
                lines += 1
                if len(row) != len(header):
                    raise InvalidError(
                        [("fichier", f"ligne {lines + 1} : {plural(len(row), 'case')} au lieu de {len(header)}")]
                    )
                if not row[commune].startswith(prefixes):
                    continue
                if (row[state], row[diffusion], row[nomenclature]) != ("A", "O", NOMENCLATURE):
                    continue
                if row[band] in EMPLOYERS and _is_known(row[naf], row[commune]):
                    groups[Group(_department(row[commune]), row[commune], row[naf], row[band])] += 1
        except (csv.Error, UnicodeDecodeError, zipfile.BadZipFile) as error:
            raise InvalidError([("fichier", f"ligne {lines + 2} illisible : attendu du CSV en UTF-8")]) from error
    extract = Extract(lines, groups)
    for department in departments:
        if not extract.in_department(department):
            raise InvalidError([("fichier", f"aucun établissement employeur du département {department}")])
    return extract


def store_extract(engine: Engine, extract: Extract, departments: Collection[str], *, day: date, now: datetime) -> None:
    """Replace the counts of these départements by those of an extract. day: the file's own date."""
    with writing(engine, durable=True) as session:
        session.execute(delete(RegisterCount))
        session.execute(delete(RegisterExtract))
        totals = {department: extract.in_department(department) for department in departments}
        session.add_all(
            RegisterExtract(department=department, day=day, establishments=total, loaded_at=now)
            for department, total in totals.items()
        )
        session.flush()
        session.execute(
            insert(RegisterCount),
            [group._asdict() | {"establishments": count} for group, count in sorted(extract.groups.items())],
        )
        log.note(
            session,
            by=log.CLI,
            action="register.loaded",
            kind="register",
            detail={"day": day.isoformat(), "establishments": totals},
            now=now,
        )


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if not zipfile.is_zipfile(path):
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
        return
    with zipfile.ZipFile(path) as archive:
        tables = [name for name in archive.namelist() if name.lower().endswith(".csv")]
        if len(tables) != 1:
            raise InvalidError([("fichier", f"{plural(len(tables), 'fichier')} CSV dans l’archive, un seul attendu")])
        with archive.open(tables[0]) as content, io.TextIOWrapper(content, encoding="utf-8-sig", newline="") as file:
            yield file


def _department(commune_code: str) -> str:
    return commune_code[:3] if commune_code.startswith("97") else commune_code[:2]


def _is_known(naf: str, commune_code: str) -> bool:
    return bool(NAF_PATTERN.match(naf) and "." in naf and section_start(naf) and COMMUNE_PATTERN.match(commune_code))
