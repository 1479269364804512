"""A sample of each form of each source, in the service's exact form, what must be read of it, and how to break one.

`fixtures/open_data/forms/SOURCE/*.json` holds {form, record, read}. Columns that the services serve as a text of JSON
are written there as objects. In `read`, null is not compared; lots are their numbers; a description is a part of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from api.open_data.coverage.places import is_named

ROOT = Path(__file__).resolve().parents[2] / "fixtures" / "open_data" / "forms"
# The day on which the samples are read.
TODAY = date(2026, 11, 25)
_AS_TEXT = {
    "boamp": ("donnees", "gestion"),
    "bodacc": (
        *("listepersonnes", "listeetablissements", "jugement", "acte", "listeprecedentproprietaire"),
        "parutionavisprecedent",
    ),
}


@dataclass(frozen=True)
class FormSample:
    """A record of a form, and what must be read of it."""

    source: str
    name: str
    form: str
    record: dict[str, Any]
    read: Mapping[str, Any]


def form_samples() -> list[FormSample]:
    samples = []
    for path in sorted(ROOT.glob("*/*.json")):
        source, content = path.parent.name, json.loads(path.read_text("utf-8"))
        record = content["record"]
        for column in _AS_TEXT.get(source, ()):
            if record.get(column) is not None:
                record[column] = json.dumps(record[column], ensure_ascii=False)
        samples.append(FormSample(source, path.stem, content["form"], record, content["read"]))
    return samples


def renamed(node: Any, path: str, depth: int, new_name: str) -> Any:
    """Return a copy in which the element at a place's `depth` bears another name, wherever the place leads to it."""
    return _changed(node, path.split(), depth, new_name)


def _changed(node: Any, names: list[str], depth: int, new_name: str) -> Any:
    if isinstance(node, str):
        return json.dumps(_changed(json.loads(node), names, depth, new_name), ensure_ascii=False)
    if isinstance(node, list):
        return [_changed(element, names, depth, new_name) for element in node]
    if not isinstance(node, dict):
        return node
    copy: dict[str, Any] = {}
    for name, value in node.items():
        if not is_named(name, value, names[0]):
            copy[name] = value
        elif depth == 0:
            copy[new_name] = value
        else:
            copy[name] = _changed(value, names[1:], depth - 1, new_name) if value is not None else None
    return copy


def moved(record: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a copy in which the end of a place stands at the record's top instead, under its own name and a mark."""
    names = path.split()
    last_name = names[-1].partition("[")[0]
    taken: dict[str, Any] = renamed(record, path, len(names) - 1, "zz_ote")
    return {**_without(taken, "zz_ote"), "zz_ailleurs": {last_name: "déplacé"}}


def _without(node: Any, removed: str) -> Any:
    if isinstance(node, str) and removed in node:
        return json.dumps(_without(json.loads(node), removed), ensure_ascii=False)
    if isinstance(node, list):
        return [_without(element, removed) for element in node]
    if isinstance(node, dict):
        return {name: _without(value, removed) for name, value in node.items() if name != removed}
    return node
