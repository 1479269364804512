"""geo.api.gouv.fr: the communes of today, with their middles → rows of `models.places.Commune`.

Source: the official geographical code, by the State's own service (Licence Ouverte 2.0). One answer per département, a
bare list; `centre` is a GeoJSON point, longitude first. A commune without one is refused: the table demands it, and the
row that is known already is better than none.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from api.catalogue.places.loading import POINT_SOURCE
from api.catalogue.places.record_places import department_of
from api.core import official_codes
from api.open_data.sources.contract import CommuneFound, Page, Request, SchemaChanged, SourceFact
from api.open_data.sources.fields import REQUIRED, Fields

SOURCE = "communes"


def requests(departments: Sequence[str], since: date, today: date) -> Iterator[Request]:  # noqa: ARG001
    """Yield the only page of each département. The service knows no « since »."""
    for department in departments:
        yield Request("/communes", {"codeDepartement": department, "fields": "nom,code,codesPostaux,centre,population"})


def page(body: Any, request: Request) -> Page:  # noqa: ARG001
    """Return the list of communes. Raises SchemaChanged."""
    if not isinstance(body, list) or not all(isinstance(record, dict) for record in body):
        raise SchemaChanged(SOURCE, "", "liste de communes attendue")
    return Page(body, None, len(body))


def reference(record: dict[str, Any]) -> str:
    """Return the commune's code. Raises BadRecord."""
    return Fields(record).required("code")


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record: it tells of nobody."""
    return dict(record)


def read(record: dict[str, Any], today: date) -> list[SourceFact]:  # noqa: ARG001 (the same for every source)
    """Return the commune. Raises BadRecord."""
    fields = Fields(record, reference(record))
    try:
        commune_code = official_codes.commune(fields.required("code"))
    except ValueError as error:
        fields.refuse("code", str(error))
    population = fields.number("population")
    lon, lat = _point(fields)
    commune_row = {
        "code": commune_code,
        "name": fields.required("nom"),
        "department": department_of(commune_code) or fields.refuse("code", "département inconnu"),
        "postcodes": sorted(fields.texts("codesPostaux")),
        "population": None if population is None else int(population),
        "lat": lat,
        "lon": lon,
        "point_source": POINT_SOURCE,
    }
    return [CommuneFound(SOURCE, commune_code, commune_row)]


def _point(fields: Fields) -> tuple[float, float]:
    """Return the longitude and the latitude, in degrees."""
    centre = fields.inside("centre") or fields.refuse("centre", REQUIRED)
    point_coordinates = centre.content.get("coordinates")
    if not isinstance(point_coordinates, list) or len(point_coordinates) != 2:
        centre.refuse("coordinates", "longitude et latitude attendues")
    lon, lat = (
        Fields({"coordinates": coordinate}, fields.reference, "centre").number("coordinates")
        for coordinate in point_coordinates
    )
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        centre.refuse("coordinates", "longitude et latitude attendues, en degrés")
    return lon, lat
