"""Actors of a partner's account; consents to reveal a confidential case; its documents."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime, utc_now


class AccountActor(SQLModel, table=True):
    """A partner's account represents an actor."""

    __tablename__ = "account_actors"

    account_id: str = Field(primary_key=True, foreign_key="accounts.id", max_length=36)
    actor_id: str = Field(primary_key=True, foreign_key="actors.id", max_length=36, index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Consent(SQLModel, table=True):
    """A consent about one case and one actor. It is only ever withdrawn; a new consent is a new row.

    side: `holder` (the seller lets this actor know who they are), `actor` (the actor undertakes to keep it secret),
    `documents` (the seller lets this actor have the documents). given_by, withdrawn_by: accounts, as plain ids, for
    what was agreed outlives them.
    """

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_standing",
            "opportunity_id",
            "actor_id",
            "side",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True, max_length=36)
    opportunity_id: str = Field(foreign_key="opportunities.id", max_length=36, index=True)
    actor_id: str = Field(foreign_key="actors.id", max_length=36, index=True)
    side: str = Field(max_length=10)
    given_at: datetime = Field(sa_type=UtcDateTime)
    given_by: str = Field(max_length=36)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str | None = Field(default=None, max_length=36)


class CaseDocument(SQLModel, table=True):
    """A file about a takeover case. Outside it is called by `id`, which is random; `name` may betray the company.

    folder: `api.confidentiality.document_folders.Folder`: from which level on it leaves the house, if it does.
    """

    __tablename__ = "case_documents"

    id: str = Field(primary_key=True, max_length=36)
    opportunity_id: str = Field(foreign_key="opportunities.id", max_length=36, index=True)
    name: str = Field(max_length=200)
    suffix: str = Field(max_length=10)
    folder: str = Field(default="house", max_length=20, sa_column_kwargs={"server_default": "house"})
    size: int
    content: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    created_by: str = Field(max_length=36)
