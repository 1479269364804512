"""Facts of companies that are to be taken over, version by version, with the figures of their years.

Revision: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "takeover_facts",
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("premises", sa.String(length=20), nullable=False),
        sa.Column("premises_note", sa.String(length=500), nullable=False),
        sa.Column("key_roles", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name=op.f("fk_takeover_facts_opportunity_id_opportunities")
        ),
        sa.PrimaryKeyConstraint("opportunity_id", "version", name=op.f("pk_takeover_facts")),
    )
    op.create_table(
        "takeover_years",
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turnover_eur", sa.BigInteger(), nullable=True),
        sa.Column("result_eur", sa.BigInteger(), nullable=True),
        sa.Column("ebitda_eur", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["opportunity_id", "version"],
            ["takeover_facts.opportunity_id", "takeover_facts.version"],
            name=op.f("fk_takeover_years_opportunity_id_takeover_facts"),
        ),
        sa.PrimaryKeyConstraint("opportunity_id", "version", "year", name=op.f("pk_takeover_years")),
    )


def downgrade() -> None:
    op.drop_table("takeover_years")
    op.drop_table("takeover_facts")
