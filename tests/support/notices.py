"""Invented notices in the form of BOAMP's, and a reading of them into a test's own database."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from api.core.settings import Settings
from api.demo.fake_services import Served
from api.open_data.source_run import SourceReport
from api.open_data.sources.catalogue import Service, services
from api.open_data.sources.client import Client
from api.open_data.sync import sync
from models.database import reading
from models.tables import Opportunity

TODAY = date(2026, 11, 24)
SINCE = date(2026, 11, 1)
NOW = datetime.combine(TODAY, time(3), UTC)


def notice(number: int, day: int = 3, **fields: Any) -> dict[str, Any]:
    """Return a national notice of November 2026 that opens a tender."""
    idweb = f"26-{100_000 + number}"
    return {
        "idweb": idweb,
        "id": idweb.replace("-", "_"),
        "contractfolderid": None,
        "objet": f"Entretien des espaces verts, secteur {number}",
        "famille": "MAPA",
        "code_departement": ["26"],
        "dateparution": f"2026-11-{day:02}",
        "datelimitereponse": "2026-12-15T12:00:00+01:00",
        "nomacheteur": "Commune de Crest",
        "nature": "APPEL_OFFRE",
        "etat": "INITIAL",
        "descripteur_libelle": ["Espaces verts"],
        "annonce_lie": [],
        "donnees": "{}",
        "url_avis": f"https://www.boamp.fr/pages/avis/?q=idweb:{idweb}",
    } | fields


def options(served: Served, **changes: Any) -> Settings:
    return Settings(**(served.settings() | changes))


def read(
    engine: Engine,
    served: Served,
    names: str = "boamp",
    *,
    departments: Iterable[str] = ("26", "07"),
    since: date = SINCE,
    today: date = TODAY,
    waits: list[float] | None = None,
    **changes: Any,
) -> dict[str, SourceReport]:
    """Read sources from the server, without waiting: what would have been waited is added to `waits`."""
    chosen = options(served, **changes)
    slept: list[float] = [] if waits is None else waits

    def client(service: Service) -> Client:
        return Client(service.label, service.base_url, chosen, sleep=slept.append, now=lambda: NOW)

    found = sync(
        engine,
        services(names.replace(",", " ").split(), chosen),
        list(departments),
        since=lambda _name: since,
        today=today,
        now=lambda: NOW,
        open_client=client,
    )
    return {one.source: one for one in found}


def openings(engine: Engine) -> dict[str, Opportunity]:
    """Return the stored opportunities by their source ids."""
    with reading(engine) as session:
        return {row.source_id: row for row in session.exec(select(Opportunity)).all()}
