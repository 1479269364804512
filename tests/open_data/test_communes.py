"""geo.api.gouv.fr: communes become rows of the places that the desk knows."""

from typing import Any

import pytest

from api.catalogue.places.record_places import Places
from api.open_data.sources import communes
from api.open_data.sources.contract import BadRecord, CommuneFound
from models.places import Commune
from tests.support.open_data_samples import TODAY, put, records

VALENCE = next(record for record in records(communes) if record["code"] == "26362")


def test_a_commune_is_a_row_of_the_table() -> None:
    (found,) = communes.read(VALENCE, TODAY)
    assert isinstance(found, CommuneFound)
    assert found.row == {
        "code": "26362", "name": "Valence", "department": "26", "postcodes": ["26000"], "population": 64458,
        "lat": 44.9256, "lon": 4.9096, "point_source": "geo.api.gouv.fr",
    }  # fmt: skip
    assert len(found.row["point_source"]) <= 20  # the column's length


def test_the_rows_locate_as_the_stored_ones_do() -> None:
    found = [one for record in records(communes) for one in communes.read(record, TODAY)]
    places = Places(Commune(**one.row) for one in found if isinstance(one, CommuneFound))
    assert places.locate(None, "NYONS", "26110", None).commune_code == "26220"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("centre",), None, "centre"),
        (("centre", "coordinates"), [4.9], "centre.coordinates"),
        (("centre", "coordinates"), [4.9, 144.9], "centre.coordinates"),
        (("centre", "coordinates"), ["est", "nord"], "centre.coordinates"),
        (("code",), "Valence", "code"),
        (("nom",), None, "nom"),
        (("codesPostaux",), 26000, "codesPostaux"),
    ],
)
def test_a_commune_that_the_table_cannot_hold_is_refused_by_its_field(path: Any, value: Any, field: str) -> None:
    with pytest.raises(BadRecord) as refused:
        communes.read(put(VALENCE, path, value), TODAY)
    assert refused.value.field == field
