"""Second factor, recovery codes, names of devices; keys that expire; counts of requests.

Keys of today expire a year after this migration. Counters of failed sign-ins begin anew: their ids are now keyed.

Revision: 0014
Revises: 0013
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY_LIFE = timedelta(days=365)


def _added() -> list[tuple[str, sa.Column[Any]]]:
    moment = models.base.UtcDateTime(timezone=True)
    return [
        ("accounts", sa.Column("totp_secret", sa.String(length=200), nullable=True)),
        ("accounts", sa.Column("totp_confirmed_at", moment, nullable=True)),
        ("accounts", sa.Column("totp_step", sa.Integer(), nullable=True)),
        ("sessions", sa.Column("device", sa.String(length=60), nullable=True)),
        ("sessions", sa.Column("awaits_code_until", moment, nullable=True)),
        ("throttles", sa.Column("account_id", sa.String(length=36), nullable=True)),
        ("api_keys", sa.Column("expires_at", moment, nullable=True)),
        ("api_keys", sa.Column("last_used_on", sa.Date(), nullable=True)),
    ]


def upgrade() -> None:
    for table, column in _added():
        op.add_column(table, column)
    op.execute("DELETE FROM throttles")
    keys = sa.table("api_keys", sa.column("expires_at", models.base.UtcDateTime(timezone=True)))
    op.execute(keys.update().values(expires_at=datetime.now(UTC) + KEY_LIFE))
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("used_at", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recovery_codes_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_account_id"), "recovery_codes", ["account_id"], unique=False)
    op.create_table(
        "request_counts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", "minute", name=op.f("pk_request_counts")),
    )
    op.create_index(op.f("ix_request_counts_minute"), "request_counts", ["minute"], unique=False)


def downgrade() -> None:
    op.drop_table("request_counts")
    op.drop_table("recovery_codes")
    op.execute("DELETE FROM throttles")
    for table, column in reversed(_added()):
        op.drop_column(table, column.name)
