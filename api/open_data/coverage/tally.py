"""Coverage: of how many records of each form each field was read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from typing import Any, TypeAlias

from api.open_data.coverage.places import SourceForms
from api.open_data.sources.contract import Reference, SourceFact

# Form → field → (records of which it was read, records of which it could be). JSON keeps the pair as a list.
Coverage: TypeAlias = dict[str, dict[str, list[int]]]

# Fields of a closing; the others are those of a row. « linked », the notice that is spoken of, is both.
_OF_CLOSINGS = frozenset({"closed_on"})
_OF_BOTH = frozenset({"linked"})
# Fields that a lot may give instead of the whole.
_OF_LOTS = frozenset({"cpv", "amount_eur", "reserved"})


def cover(
    source_forms: SourceForms, read_records: Iterable[tuple[Mapping[str, Any], str, Sequence[SourceFact]]]
) -> Coverage:
    """Return the coverage of records that were read: (content, reference, facts)."""
    coverage: Coverage = {}
    fields_of: dict[str, tuple[str, ...]] = {}
    for content, reference, facts in read_records:
        if not facts:
            continue
        form = source_forms.form_of(content)
        if form not in fields_of:
            fields_of[form] = source_forms.fields(form)
            if fields_of[form]:
                coverage[form] = {}
        names: set[str] = set()
        for fact in facts:
            names.update(name for name, value in values_of(fact, reference).items() if value or value == 0)
        has_row, has_closing = any(map(is_row, facts)), any(map(is_closing, facts))
        for field in fields_of[form]:
            is_readable = field in _OF_BOTH or (has_closing if field in _OF_CLOSINGS else has_row)
            if is_readable:
                pair = coverage[form].setdefault(field, [0, 0])
                pair[0] += field in names
                pair[1] += 1
    return coverage


def is_row(fact: Any) -> bool:
    """Tell whether a fact is of something that the desk shows."""
    return hasattr(fact, "content") or hasattr(fact, "row") or type(fact) is Reference


def is_closing(fact: Any) -> bool:
    """Tell whether a fact ends something, or undoes its end: it has a day, or a notice, and no content."""
    return hasattr(fact, "on") or (hasattr(fact, "notice") and not hasattr(fact, "content"))


def values_of(fact: SourceFact, reference: str) -> dict[str, Any]:
    """Return the values of a fact by the names of the table. reference: of its record."""
    content = getattr(fact, "content", None) or getattr(fact, "row", None)
    if content is None:
        content = {part.name: getattr(fact, part.name) for part in dataclass_fields(fact)}
    values = dict(content)
    if is_closing(fact):
        # Notices of a case have their day beside them.
        values["closed_on"] = getattr(fact, "on", None) or getattr(values.get("notice"), "published_on", None)
    for lot in values.get("lots") or ():
        for name in _OF_LOTS & lot.keys():
            values[name] = values.get(name) or lot[name]
    if takeover_case := values.get("takeover"):
        values["siren"] = takeover_case.get("holder_siren")
    source_id, aliases = getattr(fact, "source_id", reference), getattr(fact, "aliases", ())
    values["linked"] = [name for name in (source_id, *aliases) if name != reference]
    return values


def joined(coverages: Iterable[Coverage]) -> Coverage:
    """Return the coverage of all these readings together."""
    total: Coverage = {}
    for coverage in coverages:
        for form, counts in coverage.items():
            for field, (n_read, n_records) in counts.items():
                pair = total.setdefault(form, {}).setdefault(field, [0, 0])
                pair[0] += n_read
                pair[1] += n_records
    return total
