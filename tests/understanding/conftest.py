"""The communes of the tables, read once."""

from pathlib import Path

import pytest

from api.catalogue.places.book import process_book
from api.catalogue.places.places_in_text import Gazetteer
from models.database import open_database, reading
from tests.support.databases import url_of


@pytest.fixture(scope="session")
def gazetteer(empty_database: Path) -> Gazetteer:
    engine = open_database(url_of(empty_database))
    with reading(engine) as session:
        found = process_book().current(session).gazetteer
    # Whoever copies this database must find it closed.
    engine.dispose()
    return found
