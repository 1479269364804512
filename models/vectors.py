"""Vectors of texts, by text and encoder: an unchanged text is never encoded again."""

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel


class TextVector(SQLModel, table=True):
    """The unit vector of one text: int16 steps of the encoder's grid, little-endian, one a dimension."""

    __tablename__ = "text_vectors"

    encoder_revision: str = Field(primary_key=True, max_length=64)
    text_hash: str = Field(primary_key=True, max_length=64)
    vector: bytes = Field(sa_type=LargeBinary)
