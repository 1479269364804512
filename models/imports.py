"""Imports of files, with what each row was before them; and acts by which a person changed who may hear of a row."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, empty_dict, utc_now


class FileImport(SQLModel, table=True):
    """An import that changed something.

    id: random. kind: actors or opportunities. source: the name that its rows got, where the file gave them none.
    created, changed: numbers of rows. imported_by, undone_by: as in the journal. undone: what an undoing did, number by
    name.
    """

    __tablename__ = "file_imports"

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(max_length=200)
    kind: str = Field(max_length=20)
    source: str = Field(max_length=60)
    created: int = 0
    changed: int = 0
    imported_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)
    imported_by: str = Field(max_length=60)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_by: str = Field(default="", max_length=60)
    undone: dict[str, int] = Field(default_factory=empty_dict, sa_type=JSON)


class ImportedRow(SQLModel, table=True):
    """What an import did to one row. before: the row and its parts as they were, None where it was created.

    hash_after: the row's content_hash after the import; another one now means that it was changed since.
    """

    __tablename__ = "imported_rows"

    import_id: str = Field(primary_key=True, foreign_key="file_imports.id", max_length=36)
    row_id: str = Field(primary_key=True, max_length=36)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    hash_after: str = Field(max_length=64)


class ConfidentialityAct(SQLModel, table=True):
    """A person made a row confidential or public, or changed its kind, and said why.

    kind: actors or opportunities. before, after: confidential and kind. The reason stands here and not in the journal,
    for it may name the company.
    """

    __tablename__ = "confidentiality_acts"

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=20)
    row_id: str = Field(max_length=36, index=True)
    before: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
    after: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSON)
    reason: str = Field(default="", max_length=1000)
    decided_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    decided_by: str = Field(max_length=60)
