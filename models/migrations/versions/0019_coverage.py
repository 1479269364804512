"""Of each run of a source, how many records gave each field.

Revision: 0019
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sync_runs", sa.Column("coverage", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("sync_runs", "coverage")
