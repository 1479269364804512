"""What was revoked, on its way to the ledger outside; how far the ledger went; the triggers that note it.

Revision: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from models import revocations

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Those of this migration: `revocations.WATCHED` is today's.
# fmt: off
NAMES = frozenset({
    "consent_withdrawn", "consent_deleted", "key_revoked", "key_deleted", "account_disabled",
    "account_enabled", "account_role", "account_password", "account_factor", "recovery_code_used",
    "account_erased", "partner_erased", "actor_taken",
    "actor_given", "partner_unsubscribed", "partner_suspended", "partner_resumed", "subscription_stopped",
    "subscription_confirmed", "subscription_paused", "subscription_unpaused", "subscription_removed",
    "actors_hidden", "actors_shown", "opportunities_hidden", "opportunities_shown", "teaser_withdrawn",
    "teaser_given", "document_removed", "mail_sent", "mail_cancelled", "mail_failed",
})
# fmt: on
WATCHED = tuple(watched for watched in revocations.WATCHED if watched.name in NAMES)


def upgrade() -> None:
    op.create_table(
        "revocation_notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("second", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_notices")),
    )
    head = op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_head")),
    )
    op.bulk_insert(head, [{"id": 1, "count": 0, "mac": ""}])
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(revocations.POSTGRESQL_FUNCTION)
    for watched in WATCHED:
        revocations.watch(connection, watched)


def downgrade() -> None:
    connection = op.get_bind()
    for watched in WATCHED:
        revocations.unwatch(connection, watched)
    if connection.dialect.name == "postgresql":
        op.execute("DROP FUNCTION note_revocation")
    op.drop_table("ledger_head")
    op.drop_table("revocation_notices")
