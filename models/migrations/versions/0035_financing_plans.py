"""Financing plans of takeover cases, in versions.

Revision: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "financing_plans",
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name=op.f("fk_financing_plans_opportunity_id_opportunities")
        ),
        sa.PrimaryKeyConstraint("opportunity_id", "number", name=op.f("pk_financing_plans")),
    )


def downgrade() -> None:
    op.drop_table("financing_plans")
