"""Reading public sources: what comes in, what a person changed, what is rectified, cancelled, refused, asked again."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from fixtures.open_data.server import Served, served
from models.database import reading
from models.open_data import Provenance, RawRecord
from models.tables import Opportunity
from tests.open_data.notices import notice, read


@pytest.fixture
def service() -> Iterator[Served]:
    with served() as running:
        yield running


def openings(engine: Engine) -> dict[str, Opportunity]:
    with reading(engine) as session:
        return {row.source_id: row for row in session.exec(select(Opportunity)).all()}


def rows(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as session:
        return list(session.exec(select(table)).all())


def test_notices_become_openings_and_a_second_reading_changes_nothing(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [notice(number, 1 + number % 20) for number in range(250)]
    first = read(engine, service)["boamp"]
    assert first.complete
    assert (first.counts["created"], first.counts["records"], first.counts["pages"]) == (250, 250, 3)
    before = openings(engine)
    assert {row.source for row in before.values()} == {"boamp"}
    assert len(rows(engine, Provenance)) == len(rows(engine, RawRecord)) == 250
    again = read(engine, service)["boamp"]
    assert again.complete
    assert again.counts == {"pages": 3, "unchanged_pages": 3}
    assert openings(engine) == before
