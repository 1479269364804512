"""Notices of takeover cases: those of a page are stored beside the earlier ones, and each case is folded anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import delete, insert
from sqlmodel import Session

from api.catalogue.places.record_places import Places
from api.open_data import queries
from api.open_data.case_state import CaseState, fold_case
from api.open_data.merging import to_json
from api.open_data.source_values import SourceValues, validated_values
from api.open_data.sources.contract import BadRecord, CaseNotice, CaseStep, OpportunityFound
from models.base import table_of
from models.open_data import StoredCaseNotice


@dataclass(frozen=True)
class CaseRecord:
    """A notice of a case, with what it says where it opens it."""

    notice: CaseNotice
    content: Mapping[str, Any] = field(default_factory=dict)
    values: SourceValues | None = None


def case_record(fact: OpportunityFound | CaseStep, values: SourceValues | None) -> CaseRecord | None:
    """Return the fact as a notice of its case; None where it stands alone."""
    if fact.notice is None:
        return None
    return CaseRecord(fact.notice, fact.content if isinstance(fact, OpportunityFound) else {}, values)


def stored_notice(row: StoredCaseNotice) -> CaseNotice:
    """Return a stored notice as its source gave it: its step and its amendment are words of the contract."""
    return CaseNotice(
        row.reference, row.published_on, cast(Any, row.step), cast(Any, row.amendment), row.amends, row.amended_on
    )


@dataclass(frozen=True)
class FoldedCase:
    """A case after a page. state: None where none of its notices is left. values: of its row, None without opening."""

    state: CaseState | None
    values: SourceValues | None


class CaseBook:
    """The cases of which a page speaks: use it once."""

    def __init__(self, session: Session, source: str, places: Places) -> None:
        self._session, self._source, self._places = session, source, places

    def fold(self, records: Mapping[str, Sequence[CaseRecord]], changed: Iterable[str]) -> dict[str, FoldedCase]:
        """Store the notices of a page and return each case of which it speaks, by the case's source id.

        records: by source id. changed: references of records that were read before, and now speak otherwise.
        """
        changed_references = set(changed)
        read_references = changed_references | {one.notice.reference for case in records.values() for one in case}
        source_ids = set(records) | queries.cases_of_notices(self._session, self._source, changed_references)
        if not source_ids:
            return {}
        cases: dict[str, dict[str, CaseRecord]] = {source_id: {} for source_id in sorted(source_ids)}
        for row in queries.case_notices(self._session, self._source, source_ids):
            if row.reference not in read_references:
                cases[row.source_id][row.reference] = self._stored(row)
        for source_id, case in records.items():
            cases[source_id] |= {one.notice.reference: one for one in case}
        self._write(records, read_references)
        return {source_id: _folded(list(case.values())) for source_id, case in cases.items()}

    def _stored(self, row: StoredCaseNotice) -> CaseRecord:
        values = None
        if row.content:
            fact = OpportunityFound(self._source, row.source_id, row.content)
            try:
                values = validated_values(fact, row.source_id, self._places, row.reference)
            except BadRecord:
                # It was valid when it was read: the places or the rules are others since.
                values = None
        return CaseRecord(stored_notice(row), row.content, values)

    def _write(self, records: Mapping[str, Sequence[CaseRecord]], read_references: set[str]) -> None:
        table = table_of(StoredCaseNotice)
        is_read = table.c.reference.in_(sorted(read_references))
        self._session.execute(delete(table).where(table.c.source == self._source, is_read))
        rows = {
            (one.notice.reference, source_id): {
                "source": self._source,
                "reference": one.notice.reference,
                "source_id": source_id,
                "published_on": one.notice.published_on,
                "step": one.notice.step,
                "amendment": one.notice.amendment,
                "amends": one.notice.amends,
                "amended_on": one.notice.amended_on,
                "content": to_json(dict(one.content)),
            }
            for source_id, case in records.items()
            for one in case
        }
        if rows:
            self._session.execute(insert(table), list(rows.values()))


def _folded(case: Sequence[CaseRecord]) -> FoldedCase:
    if not case:
        return FoldedCase(None, None)
    known_values = {one.notice.reference: one.values for one in case if one.values}
    state = fold_case(
        [one.notice for one in case], {reference: values.fields for reference, values in known_values.items()}
    )
    template = next(iter(known_values.values()), None)
    values = (
        SourceValues(template.natural_key, state.values, template.creation_only) if template and state.opened else None
    )
    return FoldedCase(state, values)
