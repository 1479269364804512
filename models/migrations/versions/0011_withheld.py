"""What a mail was drawn from, and what the gate left out of it when it left.

Revision: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("withheld", sa.String(length=200), nullable=True))
    op.add_column("outbox", sa.Column("drawn_from", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "drawn_from")
    op.drop_column("outbox", "withheld")
