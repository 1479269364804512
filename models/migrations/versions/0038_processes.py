"""Several processes over one database: changes are told to whoever listens; what was typed in vain is kept for all.

Revision: 0038
Revises: 0037
"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# As it was before (`models.changes.POSTGRESQL_FUNCTIONS`), and with a word to those who listen: PostgreSQL tells it
# once a transaction, and only where it is committed.
SILENT = """
CREATE OR REPLACE FUNCTION advance_change_counter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE change_counter SET value = value + 1;
    RETURN NULL;
END $$
"""
TELLING = """
CREATE OR REPLACE FUNCTION advance_change_counter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE change_counter SET value = value + 1;
    PERFORM pg_notify('polesud_changes', '');
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "set_aside",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_set_aside_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside")),
    )
    for column in ("account_id", "kept_at"):
        op.create_index(op.f(f"ix_set_aside_{column}"), "set_aside", [column], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(TELLING)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(SILENT)
    op.drop_table("set_aside")
