"""What ends the links that were mailed to the owner of an account.

Revision: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("link_mark", sa.String(length=22), nullable=True))


def downgrade() -> None:
    op.drop_column("accounts", "link_mark")
