"""Records of the sample pages, in `fixtures/open_data/` and in ../shared/samples, for the fake services."""

import json
from pathlib import Path
from typing import Any

from api.open_data.sources.catalogue import SOURCES

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "fixtures" / "open_data"
SHARED = ROOT.parent / "shared" / "samples"

Records = dict[str, list[dict[str, Any]]]


def own() -> Records:
    """Return the project's samples by source."""
    return {source_name: own_of(source_name) for source_name in SOURCES}


def own_of(source_name: str) -> list[dict[str, Any]]:
    """Return the project's samples of a source."""
    return [
        record for page_path in _pages(source_name) for record in _records(json.loads(page_path.read_text("utf-8")))
    ]


def shared() -> Records:
    """Return the samples beside the project by source; empty where there are none."""
    shared_records: Records = {}
    notices_file, companies_file = SHARED / "boamp_explore.json", SHARED / "recherche_entreprises.json"
    if notices_file.is_file():
        # An aggregator wrapped BOAMP's records.
        shared_records["boamp"] = [
            wrapped_notice["raw_fields"] for wrapped_notice in json.loads(notices_file.read_text("utf-8"))
        ]
    if companies_file.is_file():
        shared_records["recherche_entreprises"] = json.loads(companies_file.read_text("utf-8"))["result"]["results"]
    return shared_records


def _pages(source_name: str) -> list[Path]:
    return sorted((OWN / source_name).glob("*.json"))


def _records(body: Any) -> list[dict[str, Any]]:
    if isinstance(body, list):
        return body
    page_records: list[dict[str, Any]] = body.get("results", body.get("data"))
    return page_records
