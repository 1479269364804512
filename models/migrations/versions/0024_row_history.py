"""What was changed in each row, rows in the archive, and what partners ask to correct.

Columns are added and dropped in place: a table made anew by SQLite would lose the triggers of `models.changes`.

Revision: 0024
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

ARCHIVED = ("actors", "opportunities")


def upgrade() -> None:
    for table in ARCHIVED:
        op.add_column(table, sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "row_edits",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by", sa.String(length=60), nullable=False),
        sa.Column("through", sa.String(length=80), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("lot_links", sa.JSON(), nullable=False),
        sa.Column("hash_after", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_row_edits")),
    )
    op.create_index(op.f("ix_row_edits_row_id"), "row_edits", ["row_id"])
    op.create_index(op.f("ix_row_edits_edited_at"), "row_edits", ["edited_at"])
    op.create_index("ix_row_edits_edited_by_through", "row_edits", ["edited_by", "through"])
    op.create_table(
        "card_corrections",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_card_corrections_account_id_accounts")),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_card_corrections_actor_id_actors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_corrections")),
    )
    for column in ("actor_id", "account_id", "status"):
        op.create_index(op.f(f"ix_card_corrections_{column}"), "card_corrections", [column])


def downgrade() -> None:
    op.drop_table("card_corrections")
    op.drop_table("row_edits")
    for table in ARCHIVED:
        op.drop_column(table, "archived_at")
