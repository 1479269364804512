"""Reconciles the facts of a page with the desk's rows, in the records' order, then writes the changes at once.

A source may speak of one thing under several ids (a notice, and those that rectify it): the first id is kept.
A closed opportunity stays closed unless it is published again later. Records older than the last one applied are
ignored. A takeover case that is the sequence of its notices is what they make together, in whatever order they are
read (`api.open_data.case_state`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from sqlalchemy import insert
from sqlmodel import Session

from api.catalogue.contract_holders import CONTRACTS_SOURCE, takes_over
from api.catalogue.natural_keys import keys_of_number, number_of
from api.catalogue.places.record_places import Places
from api.catalogue.row_history import source_author
from api.catalogue.schemas import OpportunityStatus, RecordKind
from api.catalogue.upsert import write_actors, write_opportunities
from api.open_data import queries
from api.open_data.case_notices import CaseBook, CaseRecord, FoldedCase, case_record
from api.open_data.company_states import CompanyStates, procedure_ids, state_of_procedure
from api.open_data.coverage.tally import Coverage
from api.open_data.merging import flatten_row, merge_values, to_json
from api.open_data.moved_actors import MovedActor, moved_actors
from api.open_data.provenance import RowProvenance, read_provenances, replace_source_rows, write_provenances
from api.open_data.raw_records import IncomingRecord, Refusals
from api.open_data.row_drafts import RowDraft
from api.open_data.source_values import FieldValues, SourceValues, validated_values
from api.open_data.sources.contract import (
    ActorFound,
    BadRecord,
    CaseStep,
    Closed,
    CommuneFound,
    OpportunityFound,
    Reference,
    SourceFact,
    StateFound,
)
from models.base import table_of
from models.open_data import ContractWon, SourceName
from models.places import Commune

# Facts that are about no row of the desk.
WITHOUT_ROW = Reference | CommuneFound | StateFound
CLOSED_STATUS = {"cancelled": "cancelled", "awarded": "closed"}


@dataclass
class PageTally:
    """Counts of a reading. counts: name → number. missing: field that the source left empty → number of times.

    coverage: of how many records of each form each field was read.
    """

    counts: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    coverage: Coverage = field(default_factory=dict)


@dataclass(frozen=True)
class ParsedRecord:
    """A fact of a record, the id by which it is kept, and its values where it becomes a row.

    seen_before: the record was read before, and has changed.
    """

    fact: SourceFact
    reference: str
    source_id: str
    seen_before: bool = False
    values: SourceValues | None = None


class PageReconciler:
    """Reconciles one page: make one for each page."""

    def __init__(self, session: Session, source: str, places: Places, moment: datetime) -> None:
        self._session, self._source, self._places, self._moment = session, source, places, moment
        self._kept_ids: dict[str, str] = {}  # another name → the id that is kept
        self._new_names: dict[str, str] = {}
        self._provenances: dict[str, RowProvenance] = {}
        self._touched: dict[str, RowProvenance] = {}
        self._moved: dict[str, MovedActor] = {}  # by its new SIRET
        self._known_ids: set[str] = set()
        self._rows: dict[str, RowDraft] = {}  # by number: a source speaks of one thing, whatever its nature became
        self._contracts: dict[str, FieldValues] = {}
        self._contract_values: dict[str, FieldValues] = {}  # actor → what published contracts said of it
        self._states = CompanyStates(session, source)
        self._tally = PageTally()

    def reconcile(self, incoming: Sequence[IncomingRecord], refusals: Refusals) -> PageTally:
        """Write the facts of these records and return what was done. Refused records are added to `refusals`."""
        self._look_up_names(fact for record in incoming for fact in record.facts)
        parsed_records: list[ParsedRecord] = []
        for record in incoming:
            try:
                parsed_records += [self._parse(fact, record) for fact in record.facts]
            except BadRecord as bad_record:
                refusals[record.reference] = bad_record.field, bad_record.reason
        accepted = [parsed for parsed in parsed_records if parsed.reference not in refusals]
        changed = {record.reference for record in incoming if record.seen_before} - refusals.keys()
        cases = CaseBook(self._session, self._source, self._places).fold(_case_records(accepted), changed)
        self._load_rows(accepted, cases)
        for parsed in accepted:
            self._apply(parsed)
            self._tally.missing.update(getattr(parsed.fact, "missing", ()))
        for source_id, case in cases.items():
            self._settle(source_id, case)
        self._write()
        return self._tally

    def _look_up_names(self, facts: Iterable[SourceFact]) -> None:
        """Read what is stored under the ids and aliases of these facts."""
        all_facts = list(facts)
        names = {name for fact in all_facts if not isinstance(fact, WITHOUT_ROW) for name in _looked_up(fact)}
        self._kept_ids = queries.other_names(self._session, self._source, names)
        self._provenances = read_provenances(self._session, self._source, names | set(self._kept_ids.values()))
        self._known_ids = set(self._provenances)
        self._moved = moved_actors(self._session, all_facts, self._provenances, self._kept_ids)
        stated_ids = {fact.source_id for fact in all_facts if isinstance(fact, StateFound)}
        self._states.load(stated_ids)

    def _parse(self, fact: SourceFact, record: IncomingRecord) -> ParsedRecord:
        """Return a fact with its kept id and its values. Raises BadRecord when a desk rule is broken."""
        if isinstance(fact, WITHOUT_ROW):
            return ParsedRecord(fact, record.reference, fact.source_id)
        names = _names_of(fact)
        source_id = next((name for name in names if name in self._provenances), None)
        source_id = source_id or next((self._kept_ids[name] for name in names if name in self._kept_ids), None)
        if source_id is None:
            moved = self._moved.get(fact.source_id) if isinstance(fact, ActorFound) else None
            source_id = moved.source_id if moved else names[0]
        values = None
        if not isinstance(fact, Closed | CaseStep):
            values = validated_values(fact, source_id, self._places, record.reference)
        for name in names:
            if name != source_id and name not in self._kept_ids:
                self._kept_ids[name] = self._new_names[name] = source_id
        if source_id not in self._provenances:
            self._provenances[source_id] = RowProvenance(_kind_of(fact), record.reference)
        return ParsedRecord(fact, record.reference, source_id, record.seen_before, values)

    def _load_rows(self, parsed_records: Sequence[ParsedRecord], case_ids: Iterable[str]) -> None:
        """Read the stored rows of these records and cases."""
        actor_numbers = {
            number_of(parsed.values.natural_key)
            for parsed in parsed_records
            if parsed.values and isinstance(parsed.fact, ActorFound)
        }
        numbers = {
            f"{self._source}:{parsed.source_id}" for parsed in parsed_records if not isinstance(parsed.fact, ActorFound)
        } | {f"{self._source}:{source_id}" for source_id in case_ids}
        actor_keys = [key for number in sorted(actor_numbers) for key in keys_of_number("actors", number)]
        for key, row in sorted(queries.actors_by_key(self._session, actor_keys).items()):
            self._rows[number_of(key)] = RowDraft(row, "actors", key, {})
        for siret, moved in self._moved.items():
            self._rows.setdefault(f"siret:{siret}", RowDraft(moved.row, "actors", moved.row["natural_key"], {}))
        if self._source != CONTRACTS_SOURCE:
            holder_ids = [row.stored_row["id"] for row in self._rows.values() if row.stored_row]
            self._contract_values = queries.last_values(self._session, CONTRACTS_SOURCE, holder_ids)
        keys = [key for number in sorted(numbers) for key in keys_of_number("opportunities", number)]
        # A takeover case after a market: where a person entered both under one number, the source speaks of the former.
        for key, row in sorted(queries.opportunities_by_key(self._session, keys).items()):
            self._rows[number_of(key)] = RowDraft(flatten_row(row), "opportunities", key, {})

    def _apply(self, parsed: ParsedRecord) -> None:
        if isinstance(parsed.fact, Reference):
            self._contracts[parsed.source_id] = asdict(parsed.fact) | {"reference": parsed.reference}
            return
        if isinstance(parsed.fact, StateFound):
            self._states.note(parsed.fact, parsed.reference)
            return
        if isinstance(parsed.fact, CommuneFound):
            self._session.merge(Commune(**parsed.fact.row))
            self._tally.counts["communes"] += 1
            return
        if getattr(parsed.fact, "notice", None):
            return  # Its case is settled once all notices of the page are known.
        provenance = self._touched[parsed.source_id] = self._provenances[parsed.source_id]
        if isinstance(parsed.fact, Closed):
            self._close(parsed, parsed.fact, provenance)
        elif parsed.values:
            self._merge(parsed, parsed.values, provenance)

    def _merge(self, parsed: ParsedRecord, values: SourceValues, provenance: RowProvenance) -> None:
        is_expected = values.fields.get("status") == OpportunityStatus.EXPECTED
        # The day when something is expected says nothing of the record's age.
        as_of: date | None = None if is_expected else values.fields.get("published_on")
        is_older = as_of and provenance.as_of and as_of < provenance.as_of
        # A rectification wins over the record that it rectifies, even when that record changes afterwards. Contracts
        # rectify nothing: several speak of one holder, and several holders of one renewal.
        is_notice = isinstance(parsed.fact, OpportunityFound) and not is_expected
        is_rectified = is_notice and parsed.seen_before and provenance.reference != parsed.reference
        if provenance.row_id and (is_older or is_rectified):
            self._tally.counts["outdated"] += 1
            return
        new_values = dict(values.fields)
        if provenance.closed_as and provenance.closed_on:
            again_on: date | None = values.fields.get("published_on")
            if again_on and again_on > provenance.closed_on:
                provenance.closed_on = provenance.closed_as = None
                new_values.setdefault("status", "open")
            else:
                new_values["status"] = provenance.closed_as
        if number_of(values.natural_key) in self._rows:
            for name in getattr(parsed.fact, "creation_only", ()):
                new_values.pop(name, None)
        row = self._row_for(values, _kind_of(parsed.fact), provenance)
        if row.stored_row and takes_over(row.stored_row, self._source):
            row.changes |= values.creation_only
        self._merge_into(row, new_values, provenance, parsed.reference)
        provenance.as_of = as_of or provenance.as_of

    def _settle(self, source_id: str, case: FoldedCase) -> None:
        """Give the row of a case the state that its notices make."""
        state, row = case.state, self._rows.get(f"{self._source}:{source_id}")
        if source_id not in self._provenances:
            self._provenances |= read_provenances(self._session, self._source, [source_id])
            self._known_ids |= self._provenances.keys()
        provenance = self._touched[source_id] = self._provenances[source_id]
        status: str | None = "cancelled"  # No notice of it is left.
        if state:
            status, provenance.as_of, provenance.reference = state.status, state.last.published_on, state.last.reference
        if status:
            is_ended = status != "open"
            provenance.closed_on, provenance.closed_as = (provenance.as_of, status) if is_ended else (None, None)
        if case.values:
            row = self._row_for(case.values, "opportunities", provenance)
        if row:
            new_values = (case.values.fields if case.values else {}) | ({"status": status} if status else {})
            changes = self._merge_into(row, new_values, provenance, provenance.reference)
            self._tally.counts["closed"] += changes.get("status", "open") != "open"
            provenance.last_values = {
                name: value for name, value in provenance.last_values.items() if value is not None
            }

    def _row_for(self, values: SourceValues, kind: RecordKind, provenance: RowProvenance) -> RowDraft:
        """Return the row of these values, stored or to come, and tell the provenance of it."""
        number = number_of(values.natural_key)
        row = self._rows.setdefault(number, RowDraft(None, kind, values.natural_key, values.creation_only))
        if row.stored_row:
            provenance.row_id = row.stored_row["id"]
        else:
            row.provenances.append(provenance)
        return row

    def _merge_into(
        self, row: RowDraft, new_values: FieldValues, provenance: RowProvenance, reference: str
    ) -> FieldValues:
        """Merge a source's values into a row, and return what changes."""
        changes, kept_fields = row.merge(self._previous_values(row, provenance), new_values)
        self._tally.counts["kept"] += len(kept_fields)
        _note_values(provenance, reference, new_values)
        return changes

    def _previous_values(self, row: RowDraft, provenance: RowProvenance) -> FieldValues:
        """Return what sources said of a row before: what is stored otherwise is a person's."""
        if row.kind == "opportunities":
            return {"status": OpportunityStatus.OPEN.value} | provenance.last_values
        stored_id = (row.stored_row or {}).get("id", "")
        return self._contract_values.get(stored_id, {}) | provenance.last_values

    def _close(self, parsed: ParsedRecord, closing: Closed, provenance: RowProvenance) -> None:
        if provenance.as_of and closing.on < provenance.as_of:
            # It was published again since.
            self._tally.counts["outdated"] += 1
            return
        provenance.closed_on, provenance.closed_as = closing.on, CLOSED_STATUS[closing.reason]
        row = self._rows.get(f"{self._source}:{parsed.source_id}")
        if row is None:
            # The closing is read before the opportunity.
            provenance.reference = parsed.reference
            return
        new_values = {"status": provenance.closed_as}
        previous_values = self._previous_values(row, provenance)
        current_row = {"status": "open"} | (row.stored_row or {}) | row.changes
        changes, kept_fields = merge_values(current_row, previous_values, new_values)
        row.changes |= changes
        self._tally.counts["closed"] += len(changes)
        self._tally.counts["kept"] += len(kept_fields)
        _note_values(provenance, parsed.reference, new_values)

    def _write(self) -> None:
        counts = self._tally.counts
        for kind, write in (("actors", write_actors), ("opportunities", write_opportunities)):
            drafts = [row for row in self._rows.values() if row.kind == kind and row.changes]
            result = write(
                self._session,
                [row.to_record() for row in drafts],
                author=source_author(self._source, self._moment),
            )
            for row in drafts:
                for provenance in row.provenances:
                    provenance.row_id = result.created[row.natural_key]
            counts["created"] += len(result.created_ids)
            counts["changed"] += len(result.changed_ids)
        self._states.load(procedure_ids(self._touched))
        for source_id, provenance in self._touched.items():
            known = self._states.knows(source_id)
            if statement := state_of_procedure(self._source, source_id, provenance, known=known):
                self._states.note(statement, provenance.reference)
        counts["states"] += self._states.write(self._moment)
        if self._touched:
            write_provenances(self._session, self._source, self._touched, self._known_ids, self._moment)
        if self._new_names:
            self._session.execute(
                insert(table_of(SourceName)),
                [
                    {"source": self._source, "name": name, "source_id": source_id}
                    for name, source_id in self._new_names.items()
                ],
            )
        if self._contracts:
            contract_rows = list(self._contracts.values())
            replace_source_rows(self._session, ContractWon, self._source, contract_rows, self._contracts, self._moment)
            counts["references"] += len(contract_rows)


def _note_values(provenance: RowProvenance, reference: str, new_values: FieldValues) -> None:
    provenance.reference = reference
    provenance.last_values = provenance.last_values | {name: to_json(value) for name, value in new_values.items()}


def _case_records(parsed_records: Iterable[ParsedRecord]) -> dict[str, list[CaseRecord]]:
    """Return the notices of takeover cases, by the case's source id."""
    cases: dict[str, list[CaseRecord]] = {}
    for parsed in parsed_records:
        if isinstance(parsed.fact, OpportunityFound | CaseStep) and (record := case_record(parsed.fact, parsed.values)):
            cases.setdefault(parsed.source_id, []).append(record)
    return cases


def _names_of(fact: ActorFound | OpportunityFound | Closed | CaseStep) -> tuple[str, ...]:
    return (fact.source_id, *getattr(fact, "aliases", ()))


def _looked_up(fact: ActorFound | OpportunityFound | Closed | CaseStep) -> tuple[str, ...]:
    return (*_names_of(fact), *getattr(fact, "former", ()))


def _kind_of(fact: SourceFact) -> RecordKind:
    return "actors" if isinstance(fact, ActorFound) else "opportunities"
