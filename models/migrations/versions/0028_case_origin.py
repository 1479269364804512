"""How a case was opened: from a ranking, by hand or with a group.

Revision: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "brokerage_cases", sa.Column("origin", sa.String(length=20), nullable=False, server_default="ranking")
    )


def downgrade() -> None:
    op.drop_column("brokerage_cases", "origin")
