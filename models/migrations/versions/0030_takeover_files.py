"""Files of takeover cases: their stage, their steps, the days that were given.

Revision: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "takeover_files",
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("facilitator_id", sa.String(length=36), nullable=True),
        sa.Column("procedure", sa.String(length=20), nullable=False),
        sa.Column("sells", sa.String(length=20), nullable=False),
        sa.Column("jobs_kept", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["facilitator_id"], ["accounts.id"], name=op.f("fk_takeover_files_facilitator_id_accounts")
        ),
        _of_an_opportunity("takeover_files"),
        sa.PrimaryKeyConstraint("opportunity_id", name=op.f("pk_takeover_files")),
    )
    op.create_table(
        "takeover_steps",
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("from_stage", sa.String(length=20), nullable=False),
        sa.Column("to_stage", sa.String(length=20), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=False),
        sa.Column("facilitator_id", sa.String(length=36), nullable=True),
        sa.Column("jobs_kept", sa.Integer(), nullable=True),
        _of_an_opportunity("takeover_steps"),
        sa.PrimaryKeyConstraint("opportunity_id", "number", name=op.f("pk_takeover_steps")),
    )
    op.create_table(
        "takeover_dates",
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("said_by", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("noted_by", sa.String(length=60), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        _of_an_opportunity("takeover_dates"),
        sa.PrimaryKeyConstraint("opportunity_id", "kind", name=op.f("pk_takeover_dates")),
    )
    for table, column in (
        ("takeover_files", "stage"),
        ("takeover_files", "facilitator_id"),
        ("takeover_steps", "at"),
        ("takeover_dates", "day"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    for table in ("takeover_dates", "takeover_steps", "takeover_files"):
        op.drop_table(table)


def _of_an_opportunity(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["opportunity_id"],
        ["opportunities.id"],
        name=op.f(f"fk_{table}_opportunity_id_opportunities"),
        ondelete="CASCADE",
    )
