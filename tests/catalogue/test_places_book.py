"""The communes are read and indexed once, and again only when their tables changed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, update
from sqlmodel import Session, col

from api.catalogue import record_changes
from api.catalogue.places.book import PlacesBook
from api.catalogue.schemas import ActorIn
from api.core.errors import InvalidError
from models.database import open_database, reading, writing
from models.places import Commune, FormerCommune
from models.tables import metadata


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_database(f"sqlite:///{tmp_path}/test.db")
    metadata.create_all(engine)
    with writing(engine) as session:
        session.add(commune("26362", "Valence", "26000"))
        session.add(commune("26108", "Crest", "26400"))
        session.flush()
        session.add(FormerCommune(code="26999", name="Vieux-Bourg", department="26", current_code="26362"))
    return engine


def commune(code: str, name: str, postcode: str) -> Commune:
    place: dict[str, Any] = {"department": code[:2], "lat": 44.9, "lon": 4.9, "point_source": "test"}
    return Commune(code=code, name=name, postcodes=[postcode], **place)


@contextmanager
def counted_communes() -> Iterator[list[str]]:
    """Yield the codes of the communes that are loaded meanwhile."""
    loaded: list[str] = []

    def note(row: Commune, _context: object) -> None:
        loaded.append(row.code)

    event.listen(Commune, "load", note)
    try:
        yield loaded
    finally:
        event.remove(Commune, "load", note)


def test_the_same_places_are_returned_while_no_commune_changes(engine: Engine) -> None:
    book = PlacesBook()
    with reading(engine) as session:
        first = book.current(session)
    with reading(engine) as session, counted_communes() as loaded:
        assert book.current(session) is first
    assert loaded == []
    assert first.places.locate(None, "Crest", None, "26").commune_code == "26108"
    assert first.gazetteer.names == {"26108": "Crest", "26362": "Valence"}


CHANGES: dict[str, Callable[[Session], Any]] = {
    "added": lambda session: session.add(commune("26001", "Solaure", "26150")),
    "renamed": lambda session: session.execute(
        update(Commune).where(col(Commune.code) == "26108").values(name="Cresp"),
    ),
    "moved": lambda session: session.execute(update(Commune).where(col(Commune.code) == "26108").values(lat=44.8)),
    "other postcodes": lambda session: session.execute(
        update(Commune).where(col(Commune.code) == "26108").values(postcodes=["26401"]),
    ),
    "removed": lambda session: session.execute(delete(Commune).where(col(Commune.code) == "26108")),
    "former, added": lambda session: session.add(
        FormerCommune(code="26998", name="Autre-Bourg", department="26", current_code="26108"),
    ),
    "former, other heir": lambda session: session.execute(update(FormerCommune).values(current_code="26108")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_communes_is_seen_at_the_next_reading(engine: Engine, change: str) -> None:
    book = PlacesBook()
    with reading(engine) as session:
        before = book.current(session)
    with writing(engine) as session:
        CHANGES[change](session)
    with reading(engine) as session:
        after = book.current(session)
        assert after is not before
        assert book.current(session) is after


def test_a_change_that_is_rolled_back_is_forgotten(engine: Engine) -> None:
    book = PlacesBook()
    with writing(engine) as session:
        session.add(commune("26001", "Solaure", "26150"))
        session.flush()
        assert book.current(session).places.commune("26001") == "26001"
        session.rollback()
    with reading(engine) as session, pytest.raises(ValueError, match="commune inconnue"):
        book.current(session).places.commune("26001")


def test_the_places_outlive_the_rollback_of_the_session_that_read_them(engine: Engine) -> None:
    book = PlacesBook()
    with writing(engine) as session:
        known = book.current(session)
        session.rollback()
    assert known.places.commune("26108") == "26108"
    assert known.gazetteer.names["26108"] == "Crest"


def test_an_edit_of_one_record_loads_no_commune_that_is_known_already(engine: Engine) -> None:
    book = PlacesBook()
    typed = ActorIn(source_id="1", name="Les Jardins", kind="scop", commune_name="Crest", department="26")
    actor_id = record_changes.create_actor(engine, typed, places=book)
    with counted_communes() as loaded:
        record_changes.change_actor(engine, actor_id, {"headcount": 12}, places=book)
    assert loaded == []
    with pytest.raises(InvalidError):
        record_changes.change_actor(engine, actor_id, {"commune_code": "26555"}, places=book)
