"""Needs that their own people state. Those that were withdrawn or forgotten reach the ledger.

Revision: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

from models import revocations

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

INDEXED = ("status", "account_id", "email", "opportunity_id")
NAMES = ("need_withdrawn", "need_forgotten")
WATCHED = tuple(watched for watched in revocations.WATCHED if watched.name in NAMES)


def upgrade() -> None:
    op.create_table(
        "stated_needs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=True),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_stated_needs_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name=op.f("fk_stated_needs_opportunity_id_opportunities"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stated_needs")),
    )
    for column in INDEXED:
        op.create_index(op.f(f"ix_stated_needs_{column}"), "stated_needs", [column], unique=False)
    for watched in WATCHED:
        revocations.watch(op.get_bind(), watched)


def downgrade() -> None:
    for watched in WATCHED:
        revocations.unwatch(op.get_bind(), watched)
    op.drop_table("stated_needs")
