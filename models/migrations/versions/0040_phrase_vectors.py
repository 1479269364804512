"""Vectors of actors' phrases, found by pgvector; on PostgreSQL alone, and where the server has that extension.

Revision: 0040
Revises: 0039
"""

from alembic import op

from models.phrase_vectors import drop_tables, make_tables

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_tables(op.get_bind())


def downgrade() -> None:
    drop_tables(op.get_bind())
