"""The words that a pasted text shared were stored with the reasons: they are forgotten.

Revision: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

QUOTING = ("semantic", "words")
LISTS = sa.table("ranked_lists", sa.column("id", sa.String), sa.column("direction", sa.String))
IMPRESSIONS = sa.table(
    "impressions", sa.column("id", sa.String), sa.column("list_id", sa.String), sa.column("breakdown", sa.JSON)
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        # What is overwritten must not stay in the free space of its page.
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    question = (
        sa.select(IMPRESSIONS.c.id, IMPRESSIONS.c.breakdown)
        .join(LISTS, LISTS.c.id == IMPRESSIONS.c.list_id)
        .where(LISTS.c.direction == "actors_for_text")
    )
    for impression_id, breakdown in connection.execute(question).all():
        reasons = [
            reason | ({"figures": {"forgotten": 1}} if reason["code"] in QUOTING else {})
            for reason in breakdown.get("reasons", ())
        ]
        changed = sa.update(IMPRESSIONS).where(IMPRESSIONS.c.id == impression_id)
        connection.execute(changed.values(breakdown=breakdown | {"reasons": reasons}))


def downgrade() -> None:
    """What was forgotten does not come back."""
