"""Load the tables of places from the files that `api.build.places` made."""

import csv
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from sqlalchemy import Engine, delete, insert, select
from sqlmodel import Session

from models.database import reading, writing
from models.places import Commune, FormerCommune
from models.tables import metadata

POINT_SOURCE = "geo.api.gouv.fr"


def load_places(engine: Engine) -> int:
    """Make the tables of communes what the files say, and return how many communes they hold.

    Communes that the official service gave since are more accurate than the files and are kept.
    """
    communes, former = {row["code"]: row for row in file_communes()}, list(file_former_communes())
    with reading(engine) as session:
        stored, stored_former = _stored(session, Commune), _stored(session, FormerCommune)
    communes |= {row["code"]: row for row in stored if row["point_source"] == POINT_SOURCE}
    wanted = [communes[code] for code in sorted(communes)]
    if stored != wanted or stored_former != former:
        with writing(engine) as session:
            session.execute(delete(FormerCommune))
            session.execute(delete(Commune))
            session.execute(insert(Commune), wanted)
            session.execute(insert(FormerCommune), former)
    return len(communes)


def file_communes() -> Iterator[dict[str, Any]]:
    for row in _rows("communes.csv"):
        yield {
            "code": row["code"],
            "name": row["name"],
            "department": row["department"],
            "postcodes": row["postcodes"].split(),
            "population": int(row["population"]) if row["population"] else None,
            "lat": float(row["lat"]),
            "lon": float(row["lon"]),
            "point_source": row["point_source"],
        }


def file_former_communes() -> Iterator[dict[str, Any]]:
    for row in _rows("former_communes.csv"):
        yield {name: row[name] for name in ("code", "name", "department", "current_code")}


def _stored(session: Session, table: type[Commune] | type[FormerCommune]) -> list[dict[str, Any]]:
    """Return the rows of a table in the order of their codes; as objects they would take four times as long."""
    columns = metadata.tables[str(table.__tablename__)].columns
    return [dict(row) for row in session.execute(select(*columns).order_by(columns.code)).mappings()]


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("api.resources").joinpath(name).read_text("utf-8")
    return csv.DictReader(text.splitlines())
