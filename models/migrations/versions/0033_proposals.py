"""Cases proposed to actors by a facilitator, and the actors that published lines reach.

Revision: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

from models import revocations

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

NAMES = ("proposal_withdrawn", "proposal_deleted")
WATCHED = tuple(watched for watched in revocations.WATCHED if watched.name in NAMES)


def upgrade() -> None:
    op.create_table(
        "case_proposals",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(length=36), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_case_proposals_actor_id_actors")),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name=op.f("fk_case_proposals_opportunity_id_opportunities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_proposals")),
    )
    for column in ("actor_id", "opportunity_id"):
        op.create_index(op.f(f"ix_case_proposals_{column}"), "case_proposals", [column], unique=False)
    op.create_index(
        "uq_case_proposals_standing",
        "case_proposals",
        ["opportunity_id", "actor_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "line_reach",
        sa.Column("line", sa.String(length=300), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("line", "actor_id", name=op.f("pk_line_reach")),
    )
    op.create_index(op.f("ix_line_reach_actor_id"), "line_reach", ["actor_id"], unique=False)
    for watched in WATCHED:
        revocations.watch(op.get_bind(), watched)


def downgrade() -> None:
    for watched in WATCHED:
        revocations.unwatch(op.get_bind(), watched)
    op.drop_table("line_reach")
    op.drop_table("case_proposals")
