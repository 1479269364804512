"""Time the reading of public sources: `python -m bench.sources RECORDS` prints JSON.

Four tenths of the records are companies (25 a page), three tenths notices (100 a page), three tenths contracts (200 a
page), in the formats of `fixtures/open_data/`. They are spread over départements and days, because a service shows at
most 10,000 answers to one query. Another process serves them. No text is encoded.
"""

import copy
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any

from api.catalogue.places.loading import load_places
from api.core.settings import Settings
from api.demo import recorded
from api.demo.fake_services import Served, served
from api.open_data.refresh import open_client_with
from api.open_data.sources.catalogue import services
from api.open_data.sync import sync
from bench.ingest import luhn, peak_mb
from bench.results import Result, ratio
from models.database import open_database
from models.revisions import migrate

SOURCES = ("recherche_entreprises", "boamp", "decp")
TODAY = date(2026, 11, 25)
DAYS = 180
COMMUNES = (("26362", "26000"), ("26281", "26100"), ("07019", "07200"), ("07010", "07100"))


def make(count: int) -> dict[str, list[dict[str, Any]]]:
    """Return invented records by source: copies of the samples with other identifiers, names, days and places."""
    samples = recorded.own()
    return {
        "recherche_entreprises": [_company(samples["recherche_entreprises"][0], n) for n in range(count * 4 // 10)],
        "boamp": [_notice(samples["boamp"], n) for n in range(count * 3 // 10)],
        "decp": [_contract(samples["decp"][0], n) for n in range(count * 3 // 10)],
    }


def _siret(number: int) -> str:
    return luhn(luhn(f"{10_000_000 + number}") + "0001")


def _company(sample: dict[str, Any], number: int) -> dict[str, Any]:
    company, siret = copy.deepcopy(sample), _siret(number)
    commune, postcode = COMMUNES[number % len(COMMUNES)]
    name = f"STRUCTURE {number} DE LA VALLEE"
    company |= {"siren": siret[:9], "nom_complet": name, "nom_raison_sociale": name}
    company["section_activite_principale"] = "ABCDE"[number // 4 % 5]
    place = {"siret": siret, "commune": commune, "code_postal": postcode, "latitude": None, "longitude": None}
    for unit in (company["siege"], *company["matching_etablissements"]):
        unit |= {name: value for name, value in place.items() if name in unit}
    company["matching_etablissements"] = company["matching_etablissements"][:1]
    return company


def _notice(samples: list[dict[str, Any]], number: int) -> dict[str, Any]:
    tenders = [row for row in samples if row.get("nature") == "APPEL_OFFRE" and not row.get("contractfolderid")]
    idweb = f"26-{1_000_000 + number}"
    published = TODAY - timedelta(days=number % DAYS)
    return tenders[number % len(tenders)] | {
        "idweb": idweb,
        "id": idweb.replace("-", "_"),
        "objet": f"Prestation n° {number} pour la collectivité",
        "dateparution": published.isoformat(),
        "code_departement": ["26" if number % 2 else "7"],
        "annonce_lie": [],
    }


def _contract(sample: dict[str, Any], number: int) -> dict[str, Any]:
    return sample | {
        "uid": f"{sample['acheteur_id']}{number:08}",
        "titulaire_id": _siret(number),
        "dateNotification": (TODAY - timedelta(days=number % DAYS)).isoformat(),
        "titulaire_departement_code": "38",
        "acheteur_departement_code": "26" if number % 2 else "07",
        "dureeRestanteMois": 24.0,
    }


class FastServer(Served):
    """A `Served` that filters each list once and keeps it, so that the time measured is the reader's."""

    def __init__(self, count: int) -> None:
        super().__init__(make(count))
        self._lists: dict[str, Any] = {}

    def body(self, source: str, params: Any) -> Any:
        paged = {"page", "per_page", "page_size", "limit", "offset"}
        key = json.dumps([source, {name: value for name, value in params.items() if name not in paged}])
        if key not in self._lists:
            every = {"page": "1", "per_page": "9999999", "page_size": "9999999", "limit": "9999999", "offset": "0"}
            whole = super().body(source, {**params, **{name: every[name] for name in paged if name in params}})
            self._lists[key] = whole.get("results", whole.get("data"))
        rows = self._lists[key]
        if source == "decp":
            number, size = int(params["page"]), int(params["page_size"])
            part = rows[(number - 1) * size : number * size]
            links = {"next": "…" if number * size < len(rows) else None, "prev": None}
            return {"data": part, "links": links, "meta": {"page": number, "page_size": size, "total": len(rows)}}
        if source == "boamp":
            start, size = int(params["offset"]), int(params["limit"])
            return {"total_count": len(rows), "results": rows[start : start + size]}
        number, size = int(params["page"]), int(params["per_page"])
        total = {"total_results": len(rows), "page": number, "per_page": size, "total_pages": -(-len(rows) // size)}
        return {"results": rows[(number - 1) * size : number * size], **total}


def measure(count: int = 100_000) -> list[Result]:
    """Read the same records twice, in another process."""
    command = [sys.executable, "-m", "bench.sources", str(count)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    first, again = map(json.loads, lines[:2])
    return [
        Result("sources", f"{count} enregistrements, sans encodage", first["seconds"], "s", 45),
        Result("sources", "les mêmes encore", again["seconds"], "s", 60),
        Result("sources", "mémoire, ce qui s’y ajoute", again["grown_mb"], "Mo", 200),
        ratio("sources", "les mêmes encore ÷ la première fois", again["cpu_seconds"], first["cpu_seconds"], 1.0),
    ]


def main() -> None:
    """Start a server (`serve COUNT`, a child process), read from it twice; print one JSON object each time."""
    if sys.argv[1] == "serve":
        with served(FastServer(int(sys.argv[2]))) as running:
            print(running.base, flush=True)
            sys.stdin.read()
        return
    count = int(sys.argv[1])
    command = [sys.executable, "-m", "bench.sources", "serve", str(count)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as child,
    ):
        assert child.stdout
        options = Settings(**Served(base=child.stdout.readline().strip()).settings())
        engine = open_database(f"sqlite:///{folder}/bench.db")
        migrate(engine)
        load_places(engine)
        before_mb = peak_mb()
        for _ in range(2):
            done = _read(engine, options)
            print(json.dumps(done | {"grown_mb": peak_mb() - before_mb}), flush=True)
        child.communicate("")


def _read(engine: Any, options: Settings) -> dict[str, Any]:
    def now() -> datetime:
        return datetime.combine(TODAY, clock(4, 30), UTC)

    start, start_cpu = time.perf_counter(), time.process_time()
    reports = sync(
        engine,
        services(SOURCES, options),
        ["26", "07"],
        since=lambda _name: TODAY - timedelta(days=DAYS),
        today=TODAY,
        now=now,
        open_client=open_client_with(options, now),
    )
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "cpu_seconds": round(time.process_time() - start_cpu, 2),
        "counts": {report.source: report.counts for report in reports},
        "errors": [report.error for report in reports if report.error],
    }


if __name__ == "__main__":
    main()
