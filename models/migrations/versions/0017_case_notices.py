"""Takeover cases as the sequences of their public notices; BODACC is read anew, so that the sequences are known.

Revision: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SOURCE = "bodacc"


def upgrade() -> None:
    op.create_table(
        "case_notices",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("source_id", sa.String(length=300), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=True),
        sa.Column("amendment", sa.String(length=10), nullable=True),
        sa.Column("amends", sa.String(length=300), nullable=True),
        sa.Column("amended_on", sa.Date(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("source", "reference", "source_id", name=op.f("pk_case_notices")),
    )
    op.create_index("ix_case_notices_source_source_id", "case_notices", ["source", "source_id"], unique=False)
    # Its records count as changed when they are served again, and its next run goes back to the first days.
    raw_records = sa.table("raw_records", sa.column("source", sa.String), sa.column("sha256", sa.String))
    op.execute(sa.update(raw_records).where(raw_records.c.source == SOURCE).values(sha256=""))
    for table_name in ("page_stamps", "sync_runs"):
        table = sa.table(table_name, sa.column("source", sa.String))
        op.execute(sa.delete(table).where(table.c.source == SOURCE))


def downgrade() -> None:
    op.drop_index("ix_case_notices_source_source_id", table_name="case_notices")
    op.drop_table("case_notices")
