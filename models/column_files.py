"""Files of columns that were written of this database: one of another database, or of another past, is none of them."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.base import UtcDateTime


class ColumnFile(SQLModel, table=True):
    """A file that was written: of all backups, only those that were made later know its token.

    token: random, it stands in the file. made_at: when it was noted.
    """

    __tablename__ = "column_files"

    token: str = Field(primary_key=True, max_length=32)
    made_at: datetime = Field(sa_type=UtcDateTime)
