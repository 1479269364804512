"""Tables of open data: raw and refused records, provenances, companies' states, runs of sources, duplicates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_dict, empty_list, utc_now


class RawRecord(SQLModel, table=True):
    """A record as its source last served it, without personal data.

    sha256: of its canonical JSON. payload: that JSON, deflated (zlib), None where the record has no facts.
    """

    __tablename__ = "raw_records"

    source: str = Field(primary_key=True, max_length=60)
    reference: str = Field(primary_key=True, max_length=300)
    sha256: str = Field(max_length=64)
    payload: bytes | None = Field(default=None, sa_type=LargeBinary)
    fetched_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class RefusedRecord(SQLModel, table=True):
    """Why a record was refused; deleted once the record is accepted. field: a path in the record, or empty."""

    __tablename__ = "refused_records"

    source: str = Field(primary_key=True, max_length=60)
    reference: str = Field(primary_key=True, max_length=300)
    field: str = Field(default="", max_length=300)
    reason: str
    refused_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Provenance(SQLModel, table=True):
    """Provenance of a row of the desk: the record of the source that last set it, and its values.

    kind: actors or opportunities. row_id: the row, None while the source has only given its closing. last_values
    (column `said`): field → the source's last value; a stored value that differs is a person's, and is kept. as_of: the
    record's own date. closed_as: the status that the closing gave.
    """

    __tablename__ = "provenances"

    source: str = Field(primary_key=True, max_length=60)
    source_id: str = Field(primary_key=True, max_length=300)
    kind: str = Field(max_length=20)
    row_id: str | None = Field(default=None, max_length=36, index=True)
    reference: str = Field(max_length=300)
    last_values: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON, sa_column_kwargs={"name": "said"})
    as_of: date | None = None
    closed_on: date | None = None
    closed_as: str | None = Field(default=None, max_length=20)
    said_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)


class SourceName(SQLModel, table=True):
    """Another id that a source uses for the thing it first called `source_id`."""

    __tablename__ = "source_names"

    source: str = Field(primary_key=True, max_length=60)
    name: str = Field(primary_key=True, max_length=300)
    source_id: str = Field(max_length=300)


class StoredCaseNotice(SQLModel, table=True):
    """A public notice about a takeover case, which is the sequence of its notices (`api.open_data.case_state`).

    reference: the notice's own id. source_id: of the case. step, amendment, amends, amended_on: as in
    `api.open_data.sources.contract.CaseNotice`. content: what it says of the case where it opens it, else empty.
    """

    __tablename__ = "case_notices"

    source: str = Field(primary_key=True, max_length=60)
    reference: str = Field(primary_key=True, max_length=300)
    source_id: str = Field(primary_key=True, max_length=300)
    published_on: date
    step: str | None = Field(default=None, max_length=20)
    amendment: str | None = Field(default=None, max_length=10)
    amends: str | None = Field(default=None, max_length=300)
    amended_on: date | None = None
    content: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)

    __table_args__ = (Index("ix_case_notices_source_source_id", "source", "source_id"),)


class ContractWon(SQLModel, table=True):
    """A contract won by the establishment of this SIRET: an actor's reference. The amount is the whole contract's."""

    __tablename__ = "contracts_won"

    source: str = Field(primary_key=True, max_length=60)
    source_id: str = Field(primary_key=True, max_length=300)
    siret: str = Field(max_length=14, index=True)
    title: str
    buyer_name: str = Field(max_length=300)
    cpv: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    naf: str | None = Field(default=None, max_length=6)
    amount_eur: float | None = None
    notified_on: date | None = None
    months: int | None = None
    reference: str = Field(max_length=300)
    said_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class CompanyState(SQLModel, table=True):
    """What a public register or bulletin says of a company, or of one of its establishments, that no longer stands.

    source_id: `siren:…` for a company, `siret:…` for an establishment. state: closed, insolvent, or open again. since:
    the day of the closing or of the notice, None where it is not given. words: what the notice calls it. url: the
    notice's own page.
    """

    __tablename__ = "company_states"

    source: str = Field(primary_key=True, max_length=60)
    source_id: str = Field(primary_key=True, max_length=300)
    siren: str = Field(max_length=9, index=True)
    siret: str | None = Field(default=None, max_length=14)
    state: str = Field(max_length=20)
    since: date | None = None
    words: str = Field(default="", max_length=300)
    url: str = Field(default="", max_length=1000)
    reference: str = Field(max_length=300)
    said_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class SyncRun(SQLModel, table=True):
    """One run of a source, from `since` to `day`, with the cursor from which it resumes.

    number: from 1, by source. departments: codes, separated by commas. query, following: number of the current query,
    and its next page (None: its first page). counts, missing, warnings: what was done, the empty fields of records,
    the records that the service does not show. coverage: form → field → [records that gave it, of how many].
    ended_at: when the run was complete or stopped by `error`; None for a run that died.
    """

    __tablename__ = "sync_runs"

    source: str = Field(primary_key=True, max_length=60)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    departments: str = Field(max_length=300)
    since: date
    day: date
    query: int = 0
    following: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    counts: dict[str, int] = Field(default_factory=empty_dict, sa_type=JSON)
    missing: dict[str, int] = Field(default_factory=empty_dict, sa_type=JSON)
    warnings: list[str] = Field(default_factory=empty_list, sa_type=JSON)
    coverage: dict[str, Any] = Field(
        default_factory=empty_dict, sa_type=JSON, sa_column_kwargs={"server_default": "{}"}
    )
    complete: bool = False
    error: str = ""
    started_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PageStamp(SQLModel, table=True):
    """HTTP validators of a page without refusals: sent back, they let the service answer that nothing has changed.

    id: hash of the request. following: the next page, if there is one.
    """

    __tablename__ = "page_stamps"

    id: str = Field(primary_key=True, max_length=64)
    source: str = Field(max_length=60, index=True)
    etag: str = Field(default="", max_length=300)
    last_modified: str = Field(default="", max_length=100)
    following: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    stamped_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class DuplicateProposal(SQLModel, table=True):
    """Two rows that may be one thing; only a person decides.

    kind: actors or opportunities. first_id < second_id. similarity: of the names, 0 to 1. why: what else agrees.
    status: proposed, different, or same: `hidden_id` is then hidden from the desk, and nothing of it is deleted.
    """

    __tablename__ = "duplicate_proposals"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=20)
    first_id: str = Field(max_length=36, index=True)
    second_id: str = Field(max_length=36, index=True)
    similarity: float
    why: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
    status: str = Field(default="proposed", max_length=20, index=True)
    hidden_id: str | None = Field(default=None, max_length=36)
    proposed_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str = Field(default="", max_length=60)
