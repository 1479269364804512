"""Random files of few things under few numbers, so that they collide; and all that the catalogue's tables hold."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Engine, select

from api.catalogue.schemas import RecordKind
from api.imports.importing import ingest
from api.imports.report import ImportReport
from models.base import table_of
from models.database import reading
from models.tables import Actor, Lot, Membership, Opportunity, TakeoverCase

NAMES = ("reprises.csv", "reprises (1).csv", "marches.csv", "liste.csv")
TITLES = ("Atelier", "Garage", "Tonte")
_NUMBERS = st.sampled_from(["1", "2", "3"])
_SAID = st.sampled_from(["", "oui", "non"])
_OPPORTUNITIES: dict[str, st.SearchStrategy[str]] = {
    "id": _NUMBERS,
    "titre": st.sampled_from(TITLES),
    "type": st.sampled_from(["débouché", "reprise"]),
    "description": st.sampled_from(["", "une note", "une autre"]),
    "date_limite": st.sampled_from(["", "2026-12-01"]),
    "confidentiel": _SAID,
    "cause": st.sampled_from(["", "retraite"]),
}
_LOTS: dict[str, st.SearchStrategy[str]] = {
    "id": _NUMBERS,
    "titre": st.sampled_from(TITLES),
    "lot_numero": st.sampled_from(["1", "2"]),
    "lot_titre": st.sampled_from(["Un", "Deux"]),
}
_ACTORS: dict[str, st.SearchStrategy[str]] = {
    "id": _NUMBERS,
    "nom": st.sampled_from(TITLES),
    "type": st.sampled_from(["SCOP", "association", "groupe de salariés", "réseau"]),
    "effectif": st.sampled_from(["", "3"]),
    "confidentiel": _SAID,
    "membre_de": st.sampled_from(["", "1", "2"]),
}
_MANDATORY = {"id", "titre", "nom", "type", "lot_numero", "lot_titre"}


@dataclass(frozen=True)
class FileDrop:
    """A file as somebody imports it: its name, what it holds, the source that they named or None."""

    name: str
    kind: RecordKind
    text: str
    source: str | None = None

    def bring_in(self, engine: Engine, folder: Path) -> ImportReport:
        path = folder / self.name
        path.write_text(self.text, "utf-8")
        return ingest(engine, path, self.kind, source=self.source, refused_path=folder / "refuses.csv")


@st.composite
def file_drops(draw: st.DrawFn) -> FileDrop:
    """Return a file of a few rows; some of the columns that a file may lack are left out."""
    kind, columns = draw(
        st.sampled_from([("actors", _ACTORS), ("opportunities", _OPPORTUNITIES), ("opportunities", _LOTS)])
    )
    optional = sorted(columns.keys() - (_MANDATORY - ({"type"} if kind == "opportunities" else set())))
    absent = draw(st.sets(st.sampled_from(optional))) if optional else set()
    header = [name for name in columns if name not in absent]
    rows = draw(st.lists(st.fixed_dictionaries({name: columns[name] for name in header}), min_size=1, max_size=4))
    text = io.StringIO()
    writer = csv.DictWriter(text, header)
    writer.writeheader()
    writer.writerows(rows)
    return FileDrop(draw(st.sampled_from(NAMES)), kind, text.getvalue(), draw(st.sampled_from([None, None, "saisie"])))


def catalogue(engine: Engine) -> dict[str, list[Mapping[str, Any]]]:
    """Return all rows of the catalogue, but for when each was last written."""
    held = {}
    with reading(engine) as session:
        for model in (Actor, Membership, Opportunity, Lot, TakeoverCase):
            table = table_of(model)
            rows = session.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            held[table.name] = [{name: row[name] for name in row if name != "updated_at"} for row in rows]
    return held


def lowered(before: Mapping[str, list[Mapping[str, Any]]], after: Mapping[str, list[Mapping[str, Any]]]) -> list[str]:
    """Return the ids of the rows that were confidential and are not, or are of a kind that needs no secret, or gone."""
    secret = ("takeover", "employee_group")
    found = []
    for table in ("actors", "opportunities"):
        now = {row["id"]: row for row in after[table]}
        for row in before[table]:
            if row["confidential"]:
                other = now.get(row["id"])
                if (
                    other is None
                    or not other["confidential"]
                    or (row["kind"] in secret and other["kind"] not in secret)
                ):
                    found.append(row["id"])
    return found
