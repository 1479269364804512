"""What public registers say of companies that closed or are insolvent, and whom a subscription followed before.

Columns are added and dropped in place: a table made anew by SQLite would lose the triggers of `models.revocations`.

Revision: 0018
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from models import changes

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# As it is watched by this migration: `changes.WATCHED` is today's.
WATCHED = changes.Watch("company_states", ("siren",))


def upgrade() -> None:
    op.create_table(
        "company_states",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=300), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_company_states")),
    )
    op.create_index(op.f("ix_company_states_siren"), "company_states", ["siren"])
    changes.watch(op.get_bind(), "company_states", WATCHED)
    op.add_column("subscriptions", sa.Column("formerly", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("actors", sa.Column("stays_listed", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("actors", "stays_listed")
    op.drop_column("subscriptions", "formerly")
    changes.unwatch(op.get_bind(), "company_states")
    op.drop_table("company_states")
