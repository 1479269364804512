"""Parts of a night's stages, each done by one of its workers.

Revision: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "night_parts",
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("leased_until", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=36), nullable=True),
        sa.Column("done_at", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["night"], ["nights.day"], name=op.f("fk_night_parts_night_nights")),
        sa.PrimaryKeyConstraint("night", "stage", "number", name=op.f("pk_night_parts")),
    )


def downgrade() -> None:
    op.drop_table("night_parts")
