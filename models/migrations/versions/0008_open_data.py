"""Open data: raw records, their provenance and refusals, runs with their cursor, contracts won, duplicates.

Revision: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_records()
    _create_runs()


def _create_records() -> None:
    op.create_table(
        "raw_records",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("fetched_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "reference", name=op.f("pk_raw_records")),
    )
    op.create_table(
        "refused_records",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("field", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("refused_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "reference", name=op.f("pk_refused_records")),
    )
    op.create_table(
        "provenances",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=True),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_as", sa.String(length=20), nullable=True),
        sa.Column("said_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_provenances")),
    )
    op.create_index(op.f("ix_provenances_row_id"), "provenances", ["row_id"], unique=False)
    op.create_index(op.f("ix_provenances_said_at"), "provenances", ["said_at"], unique=False)

    op.create_table(
        "source_names",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("source_id", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("source", "name", name=op.f("pk_source_names")),
    )
    op.create_table(
        "contracts_won",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=300), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("buyer_name", sa.String(length=300), nullable=False),
        sa.Column("cpv", sa.JSON(), nullable=False),
        sa.Column("naf", sa.String(length=6), nullable=True),
        sa.Column("amount_eur", sa.Float(), nullable=True),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("said_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_contracts_won")),
    )
    op.create_index(op.f("ix_contracts_won_siret"), "contracts_won", ["siret"], unique=False)


def _create_runs() -> None:
    op.create_table(
        "sync_runs",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("departments", sa.String(length=300), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("query", sa.Integer(), nullable=False),
        sa.Column("following", sa.JSON(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("started_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "number", name=op.f("pk_sync_runs")),
    )
    op.create_table(
        "page_stamps",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("etag", sa.String(length=300), nullable=False),
        sa.Column("last_modified", sa.String(length=100), nullable=False),
        sa.Column("following", sa.JSON(), nullable=True),
        sa.Column("stamped_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_stamps")),
    )
    op.create_index(op.f("ix_page_stamps_source"), "page_stamps", ["source"], unique=False)

    op.create_table(
        "duplicate_proposals",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("first_id", sa.String(length=36), nullable=False),
        sa.Column("second_id", sa.String(length=36), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("hidden_id", sa.String(length=36), nullable=True),
        sa.Column("proposed_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_proposals")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_duplicate_proposals_first_id_second_id")),
    )
    op.create_index(op.f("ix_duplicate_proposals_first_id"), "duplicate_proposals", ["first_id"], unique=False)
    op.create_index(op.f("ix_duplicate_proposals_second_id"), "duplicate_proposals", ["second_id"], unique=False)
    op.create_index(op.f("ix_duplicate_proposals_status"), "duplicate_proposals", ["status"], unique=False)


def downgrade() -> None:
    for table in (
        "duplicate_proposals",
        "page_stamps",
        "sync_runs",
        "contracts_won",
        "source_names",
        "provenances",
        "refused_records",
        "raw_records",
    ):
        op.drop_table(table)
