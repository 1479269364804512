"""The house's text of the confidentiality agreement, version by version, and what was signed."""

from datetime import date, datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.base import UtcDateTime


class AgreementText(SQLModel, table=True):
    """One version of the text: only ever added, never changed.

    written_by: an account, empty for the text that came with the tool. sha256: of the text in UTF-8, in hexadecimal.
    """

    __tablename__ = "agreement_texts"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    text: str = Field(max_length=20_000)
    sha256: str = Field(max_length=64)
    written_at: datetime = Field(sa_type=UtcDateTime)
    written_by: str = Field(default="", max_length=36)


class SignedAgreement(SQLModel, table=True):
    """An agreement that somebody signed for an actor about a case; it belongs to the actor's consent of that moment.

    way: `space` (signed by the partner account_id in its space) or `paper` (noted by the account noted_by). signer: the
    name as typed. text_number, text_sha256: which version; none for a text of another hand, of which only the file is
    kept. content: the PDF or the scan, sha256 of it. Accounts are plain ids: what was signed outlives them, until
    `POLESUD_AGREEMENT_DAYS` after signed_on; then name, account and file are emptied, and forgotten_at says when.
    """

    __tablename__ = "signed_agreements"

    id: str = Field(primary_key=True, max_length=36)
    consent_id: str = Field(foreign_key="consents.id", max_length=36, index=True)
    opportunity_id: str = Field(foreign_key="opportunities.id", max_length=36, index=True)
    actor_id: str = Field(foreign_key="actors.id", max_length=36, index=True)
    way: str = Field(max_length=10)
    account_id: str = Field(default="", max_length=36, index=True)
    signer: str = Field(max_length=200)
    signed_on: date = Field(index=True)
    text_number: int | None = Field(default=None, foreign_key="agreement_texts.number")
    text_sha256: str = Field(default="", max_length=64)
    suffix: str = Field(max_length=10)
    content: bytes = Field(sa_type=LargeBinary)
    sha256: str = Field(max_length=64)
    noted_at: datetime = Field(sa_type=UtcDateTime)
    noted_by: str = Field(max_length=36)
    forgotten_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
