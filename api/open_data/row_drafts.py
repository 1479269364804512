"""A row of the desk while a page of open data is reconciled with it."""

from dataclasses import dataclass, field

from api.catalogue.lowering import lowered_fields
from api.catalogue.natural_keys import natural_key
from api.catalogue.row_changes import Record
from api.catalogue.schemas import RecordKind
from api.open_data.merging import merge_values, to_record
from api.open_data.provenance import RowProvenance
from api.open_data.source_values import FieldValues


@dataclass
class RowDraft:
    """A row, stored or to come. stored_row: its columns, None where it is new. changes: the fields to write.

    natural_key: of the row that is stored, or to come. provenances: those that wait for the id of a new row.
    """

    stored_row: FieldValues | None
    kind: RecordKind
    natural_key: str
    creation_only: FieldValues
    changes: FieldValues = field(default_factory=dict)
    provenances: list[RowProvenance] = field(default_factory=list)

    def merge(self, previous_values: FieldValues, new_values: FieldValues) -> tuple[FieldValues, list[str]]:
        """Merge a source's values; return what changes, and the names of the fields that keep a person's value."""
        current_row = (self.stored_row or {}) | self.changes
        changes, kept_fields = merge_values(current_row or None, previous_values, new_values)
        if self.stored_row and (lowered := lowered_fields(self.stored_row, current_row | changes)):
            # A person made the row confidential: no source makes it less so.
            kept_fields += [name for name in lowered if name in changes]
            changes = {name: value for name, value in changes.items() if name not in lowered}
        self.changes |= changes
        return changes, kept_fields

    def to_record(self) -> Record:
        """Return the changes as the record that the catalogue writes."""
        record = to_record(self.natural_key, self.changes, self.creation_only)
        if self.stored_row:
            # Its nature may change: a case of a source that became another thing keeps its row.
            current_row = self.stored_row | self.changes
            identity = current_row["kind"], self.stored_row["source"], self.stored_row["source_id"]
            record.key = natural_key(self.kind, *identity, current_row.get("siret"))
            record.stored_key = self.natural_key
        return record
