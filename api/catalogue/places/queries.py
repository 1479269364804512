"""Queries about communes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import String, cast, func
from sqlmodel import Session, select

from models.places import Commune, FormerCommune

# Equal for two states of the tables of communes that hold the same.
PlacesStamp = tuple[str | None, float | None, float | None, int | None, str | None]


def all_communes(session: Session) -> Sequence[Commune]:
    return session.exec(select(Commune).order_by(Commune.code)).all()


def all_former_communes(session: Session) -> Sequence[FormerCommune]:
    return session.exec(select(FormerCommune).order_by(FormerCommune.code)).all()


def places_stamp(session: Session) -> PlacesStamp:
    """What the tables of communes hold, joined by the database: much cheaper than to read their rows."""
    return tuple(session.execute(_PLACES_STAMP).one())


def _joined(*columns: Any) -> Any:
    """Return the texts of these columns, of all rows, as one text."""
    line = columns[0]
    for column in columns[1:]:
        line = line + "|" + cast(column, String)
    return func.aggregate_strings(line, "\n")


_PLACES_STAMP = select(  # type: ignore[call-overload]
    _joined(Commune.code, Commune.department, Commune.name, Commune.postcodes),
    func.sum(Commune.lat),
    func.sum(Commune.lon),
    func.sum(Commune.population),
    select(_joined(FormerCommune.code, FormerCommune.name, FormerCommune.current_code)).scalar_subquery(),
)
