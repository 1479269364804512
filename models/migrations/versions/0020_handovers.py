"""Takeovers to come: companies counted by trade and territory.

Revision: 0020
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handover_tallies",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("territory", sa.String(length=9), nullable=False),
        sa.Column("division", sa.String(length=2), nullable=False),
        sa.Column("older", sa.Boolean(), nullable=False),
        sa.Column("larger", sa.Boolean(), nullable=False),
        sa.Column("companies", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", "territory", "division", "older", "larger", name=op.f("pk_handover_tallies")),
    )
    op.create_table(
        "handover_groups",
        sa.Column("territory", sa.String(length=9), nullable=False),
        sa.Column("section", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("division", sa.String(length=2), nullable=False),
        sa.Column("companies", sa.Integer(), nullable=False),
        sa.Column("seniors", sa.Integer(), nullable=False),
        sa.Column("older", sa.Integer(), nullable=True),
        sa.Column("larger", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("territory", "section", "division", name=op.f("pk_handover_groups")),
    )


def downgrade() -> None:
    op.drop_table("handover_groups")
    op.drop_table("handover_tallies")
