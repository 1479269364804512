"""Who has « Ma journée » mailed each morning, and how what is new is found.

Revision: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("morning_mail", sa.Boolean(), nullable=False, server_default=sa.false()))
    for table in ("opportunities", "ratings"):
        op.create_index(op.f(f"ix_{table}_created_at"), table, ["created_at"])


def downgrade() -> None:
    for table in ("opportunities", "ratings"):
        op.drop_index(op.f(f"ix_{table}_created_at"), table)
    op.drop_column("accounts", "morning_mail")
