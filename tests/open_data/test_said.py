"""What a source says of a place: a postcode under the name of a commune's code is taken for what it is."""

import pytest

from api.catalogue.places.record_places import Places
from api.open_data.source_values import validated_values
from api.open_data.sources.contract import BadRecord, OpportunityFound
from models.places import Commune

VALENCE = Commune(code="26362", name="Valence", department="26", postcodes=["26000"], population=1, lat=44.9, lon=4.9)
PLACES = Places([VALENCE])


def opportunity(**place: str) -> OpportunityFound:
    return OpportunityFound("decp", "1", {"title": "Nettoyage"} | place, ())


def test_a_postcode_given_as_a_commune_s_code_is_a_postcode() -> None:
    fields = validated_values(opportunity(commune_code="26000", department="26"), "1", PLACES, "1").fields
    assert (fields.get("commune_code"), fields["postcode"], fields["department"]) == (None, "26000", "26")


def test_a_commune_s_code_stays_one_and_what_is_neither_is_refused() -> None:
    assert validated_values(opportunity(commune_code="26362"), "1", PLACES, "1").fields["commune_code"] == "26362"
    with pytest.raises(BadRecord, match="commune inconnue"):
        validated_values(opportunity(commune_code="26999"), "1", PLACES, "1")
