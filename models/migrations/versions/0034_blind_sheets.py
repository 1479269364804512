"""Blind sheets of takeover cases. Those that are withdrawn reach the ledger.

Revision: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

from models import revocations

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

WATCHED = tuple(watched for watched in revocations.WATCHED if watched.name == "sheet_withdrawn")


def upgrade() -> None:
    op.create_table(
        "blind_sheets",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code_name", sa.String(length=60), nullable=False),
        sa.Column("line", sa.String(length=300), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("strengths", sa.String(length=600), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=60), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_by", sa.String(length=20), nullable=False),
        sa.Column("approved_contact_id", sa.String(length=36), nullable=True),
        sa.Column("approved_how", sa.String(length=20), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_by", sa.String(length=60), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name=op.f("fk_blind_sheets_opportunity_id_opportunities")
        ),
        sa.ForeignKeyConstraint(
            ["approved_contact_id"],
            ["contacts.id"],
            name=op.f("fk_blind_sheets_approved_contact_id_contacts"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blind_sheets")),
        sa.UniqueConstraint("opportunity_id", "number", name=op.f("uq_blind_sheets_opportunity_id_number")),
    )
    for column in ("opportunity_id", "approved_contact_id"):
        op.create_index(op.f(f"ix_blind_sheets_{column}"), "blind_sheets", [column], unique=False)
    for watched in WATCHED:
        revocations.watch(op.get_bind(), watched)


def downgrade() -> None:
    for watched in WATCHED:
        revocations.unwatch(op.get_bind(), watched)
    op.drop_table("blind_sheets")
