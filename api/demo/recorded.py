"""The sample pages of `fixtures/open_data/`, and those of ../shared/samples, as the records that a server holds."""

import json
from pathlib import Path
from typing import Any

from api.open_data.sources.catalogue import SOURCES

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "fixtures" / "open_data"
SHARED = ROOT.parent / "shared" / "samples"

Records = dict[str, list[dict[str, Any]]]


def own() -> Records:
    """Return our contract samples, source by source."""
    return {
        name: [record for path in _pages(name) for record in _records(json.loads(path.read_text("utf-8")))]
        for name in SOURCES
    }


def shared() -> Records:
    """Return the samples that lie beside the project, as they are; nothing where they are not there."""
    found: Records = {}
    notices, companies = SHARED / "boamp_explore.json", SHARED / "recherche_entreprises.json"
    if notices.is_file():
        # An aggregator wrapped them: what BOAMP served stands inside.
        found["boamp"] = [one["raw_fields"] for one in json.loads(notices.read_text("utf-8"))]
    if companies.is_file():
        found["recherche_entreprises"] = json.loads(companies.read_text("utf-8"))["result"]["results"]
    return found


def _pages(name: str) -> list[Path]:
    return sorted((OWN / name).glob("*.json"))


def _records(body: Any) -> list[dict[str, Any]]:
    if isinstance(body, list):
        return body
    found: list[dict[str, Any]] = body.get("results", body.get("data"))
    return found
