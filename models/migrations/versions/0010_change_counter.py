"""What changed since when: the counter, the rows' last changes, and the triggers that keep them.

Revision: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from models import changes

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# As they were watched by this migration: `changes.WATCHED` is today's.
WATCHED = {
    "actors": ("actors", ("id",)),
    "memberships": ("memberships", ("carrier_id",)),
    "contracts_won": ("contracts_won", ("siret",)),
    "opportunities": ("opportunities", ("id",)),
    "lots": ("opportunities", ("opportunity_id",)),
    "takeover_cases": ("opportunities", ("opportunity_id",)),
    "duplicate_proposals": ("duplicate_proposals", ("first_id", "second_id")),
    "communes": ("communes", ("code",)),
    "former_communes": ("communes", ("code",)),
    "weights": ("weights", ("id",)),
}


def upgrade() -> None:
    counter = op.create_table(
        "change_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_counter")),
    )
    op.bulk_insert(counter, [{"id": 1, "value": 0}])
    op.create_table(
        "row_changes",
        sa.Column("subject", sa.String(length=30), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "row_id", name=op.f("pk_row_changes")),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for function in changes.POSTGRESQL_FUNCTIONS:
            op.execute(function)
    for table, (subject, columns) in WATCHED.items():
        changes.watch(connection, table, changes.Watch(subject, columns))


def downgrade() -> None:
    connection = op.get_bind()
    for table in WATCHED:
        changes.unwatch(connection, table)
    if connection.dialect.name == "postgresql":
        op.execute("DROP FUNCTION note_row_change")
        op.execute("DROP FUNCTION advance_change_counter")
    op.drop_table("row_changes")
    op.drop_table("change_counter")
