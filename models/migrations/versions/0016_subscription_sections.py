"""A subscription's threshold becomes the lowest section that it wants.

Columns are added and dropped in place: a table made anew by SQLite would lose the triggers of `models.revocations`.

Revision: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# The lowest scores of the sections on the day of this migration; what is below belongs to the last.
FLOORS = {"call_first": 0.7, "good_lead": 0.45}
LAST, LAST_FLOOR = "to_study", 0.2

SUBSCRIPTIONS = sa.table("subscriptions", sa.column("threshold", sa.Float), sa.column("least", sa.String))


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("least", sa.String(length=20), nullable=False, server_default=LAST))
    sections = ((SUBSCRIPTIONS.c.threshold >= floor, section) for section, floor in FLOORS.items())
    op.execute(sa.update(SUBSCRIPTIONS).values(least=sa.case(*sections, else_=LAST)))
    op.drop_column("subscriptions", "threshold")


def downgrade() -> None:
    op.add_column(
        "subscriptions", sa.Column("threshold", sa.Float(), nullable=False, server_default=sa.text(str(LAST_FLOOR)))
    )
    floors = ((SUBSCRIPTIONS.c.least == section, floor) for section, floor in FLOORS.items())
    op.execute(sa.update(SUBSCRIPTIONS).values(threshold=sa.case(*floors, else_=LAST_FLOOR)))
    op.drop_column("subscriptions", "least")
