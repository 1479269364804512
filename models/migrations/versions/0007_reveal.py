"""For whom partners' accounts speak, what was agreed about confidential cases, their documents.

Revision: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_actors",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_actors_account_id_accounts")),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_account_actors_actor_id_actors")),
        sa.PrimaryKeyConstraint("account_id", "actor_id", name=op.f("pk_account_actors")),
    )
    op.create_index(op.f("ix_account_actors_actor_id"), "account_actors", ["actor_id"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("given_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.String(length=36), nullable=False),
        sa.Column("withdrawn_at", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_consents_actor_id_actors")),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name=op.f("fk_consents_opportunity_id_opportunities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_actor_id"), "consents", ["actor_id"], unique=False)
    op.create_index(op.f("ix_consents_opportunity_id"), "consents", ["opportunity_id"], unique=False)
    op.create_index(
        "uq_consents_standing",
        "consents",
        ["opportunity_id", "actor_id", "side"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "case_documents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("suffix", sa.String(length=10), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name=op.f("fk_case_documents_opportunity_id_opportunities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_documents")),
    )
    op.create_index(op.f("ix_case_documents_opportunity_id"), "case_documents", ["opportunity_id"], unique=False)


def downgrade() -> None:
    for table in ("case_documents", "consents", "account_actors"):
        op.drop_table(table)
