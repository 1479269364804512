"""Files of columns that were written of this database.

Revision: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "column_files",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("made_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_column_files")),
    )


def downgrade() -> None:
    op.drop_table("column_files")
