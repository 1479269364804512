"""Cases of brokerage with their steps; the axis of an opportunity.

Revision: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("opportunities", sa.Column("axis", sa.Integer(), nullable=True))
    op.create_table(
        "brokerage_cases",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("suggestion_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("facilitator_id", sa.String(length=36), nullable=True),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("jobs_created", sa.Integer(), nullable=True),
        sa.Column("jobs_kept", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("touched_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["suggestions.id"], name=op.f("fk_brokerage_cases_suggestion_id_suggestions")
        ),
        sa.ForeignKeyConstraint(
            ["facilitator_id"], ["accounts.id"], name=op.f("fk_brokerage_cases_facilitator_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brokerage_cases")),
        sa.UniqueConstraint("suggestion_id", name=op.f("uq_brokerage_cases_suggestion_id")),
    )
    for column in ("state", "facilitator_id", "remind_on"):
        op.create_index(op.f(f"ix_brokerage_cases_{column}"), "brokerage_cases", [column], unique=False)
    op.create_table(
        "brokerage_steps",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=True),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("facilitator_id", sa.String(length=36), nullable=True),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("jobs_created", sa.Integer(), nullable=True),
        sa.Column("jobs_kept", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["brokerage_cases.id"], name=op.f("fk_brokerage_steps_case_id_brokerage_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_brokerage_steps")),
    )
    for column in ("at", "by"):
        op.create_index(op.f(f"ix_brokerage_steps_{column}"), "brokerage_steps", [column], unique=False)


def downgrade() -> None:
    op.drop_table("brokerage_steps")
    op.drop_table("brokerage_cases")
    op.drop_column("opportunities", "axis")
