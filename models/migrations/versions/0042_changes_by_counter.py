"""What changed since is found without looking at every row that ever did.

Revision: 0042
Revises: 0041
"""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_row_changes_counter"), "row_changes", ["counter"])


def downgrade() -> None:
    op.drop_index(op.f("ix_row_changes_counter"), "row_changes")
