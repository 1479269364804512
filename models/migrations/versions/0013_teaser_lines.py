"""What was told of confidential cases, and the counts of a register that teasers are drawn among.

Revision: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from models import changes

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# As they are watched by this migration: `changes.WATCHED` is today's.
WATCHED = {
    "teaser_lines": ("opportunities", ("opportunity_id",)),
    "register_extracts": ("register", ("department",)),
}


def upgrade() -> None:
    op.create_table(
        "teaser_lines",
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("fits", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("opportunity_id", "number", name=op.f("pk_teaser_lines")),
    )
    op.create_table(
        "register_extracts",
        sa.Column("department", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("establishments", sa.Integer(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("department", name=op.f("pk_register_extracts")),
    )
    op.create_table(
        "register_counts",
        sa.Column("department", sa.String(length=3), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("naf", sa.String(length=6), nullable=False),
        sa.Column("headcount_band", sa.String(length=2), nullable=False),
        sa.Column("establishments", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department"],
            ["register_extracts.department"],
            name=op.f("fk_register_counts_department_register_extracts"),
        ),
        sa.PrimaryKeyConstraint("department", "commune_code", "naf", "headcount_band", name=op.f("pk_register_counts")),
    )
    connection = op.get_bind()
    for table, (subject, columns) in WATCHED.items():
        changes.watch(connection, table, changes.Watch(subject, columns))


def downgrade() -> None:
    connection = op.get_bind()
    for table in WATCHED:
        changes.unwatch(connection, table)
    for table in ("register_counts", "register_extracts", "teaser_lines"):
        op.drop_table(table)
