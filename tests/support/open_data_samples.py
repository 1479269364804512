"""The contract samples, and how to break one: paths into a record, through the JSON that its texts hold."""

import copy
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from api.core import official_codes
from api.open_data.sources import boamp, bodacc, communes, decp, recherche_entreprises
from api.open_data.sources.contract import OpportunityFound, Source

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "fixtures" / "open_data"
SHARED = ROOT.parent / "shared" / "samples"
TODAY = date(2026, 11, 25)
SOURCES: list[Source] = [recherche_entreprises, boamp, decp, bodacc, communes]
# What is under a path: a key of an object, a place in a list, or « @json », what a text holds.
Path_ = tuple[str | int, ...]
JSON = "@json"


def pages(source: Source) -> list[Any]:
    """Return the bodies of the source's sample pages, in order."""
    return [json.loads(path.read_text("utf-8")) for path in sorted((PAGES / source.SOURCE).glob("*.json"))]


def records(source: Source) -> list[dict[str, Any]]:
    """Return all records of the source's sample pages."""
    request = next(iter(source.requests(["26", "07"], TODAY, TODAY)))
    return [record for body in pages(source) for record in source.page(body, request).records]


def paths(node: Any, before: Path_ = ()) -> Iterator[Path_]:
    """Yield the paths of all values below a node."""
    if isinstance(node, str) and node[:2] == '{"':
        yield from paths(json.loads(node), (*before, JSON))
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        yield (*before, key)
        yield from paths(value, (*before, key))


def changed(node: Any, path: Path_, change: Any) -> Any:
    """Return a copy where `change(holder, key)` was done to what holds the end of the path."""
    if path and path[0] == JSON:
        return json.dumps(changed(json.loads(node), path[1:], change), ensure_ascii=False)
    node = copy.copy(node)
    if len(path) == 1:
        change(node, path[0])
    else:
        node[path[0]] = changed(node[path[0]], path[1:], change)
    return node


def siret_of(siren: str, number: int) -> str:
    """Return a SIRET of this company that bears a valid key: its establishment of this number."""
    nics = (f"{siren}{number:04}{key}" for key in range(10))
    return next(siret for siret in nics if _is_valid(siret))


def _is_valid(siret: str) -> bool:
    try:
        return bool(official_codes.siret(siret))
    except ValueError:
        return False


def without(record: Any, path: Path_) -> Any:
    return changed(record, path, lambda holder, key: holder.pop(key))


def put(record: Any, path: Path_, value: Any) -> Any:
    return changed(record, path, lambda holder, key: holder.__setitem__(key, value))


def opening(record: dict[str, Any]) -> OpportunityFound:
    """Return what a BOAMP notice opens: one opportunity, and nothing else."""
    (found,) = boamp.read(record, TODAY)
    assert isinstance(found, OpportunityFound)
    return found
