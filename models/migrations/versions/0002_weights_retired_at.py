"""When weights were retired: a rollback goes back to the last ones.

Revision: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("weights", sa.Column("retired_at", models.base.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # Not in batch mode: that would make the table anew, to which ranked lists refer.
    op.drop_column("weights", "retired_at")
