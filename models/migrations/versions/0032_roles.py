"""Who was chosen for which role of a takeover; what actors lend, guarantee or bring.

Revision: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

from models import changes

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

PRODUCTS = "finance_products"
# As it is watched by this migration: `changes.WATCHED` is today's.
WATCHED = changes.Watch("actors", ("actor_id",))


def upgrade() -> None:
    op.create_table(
        "takeover_candidates",
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name=op.f("fk_takeover_candidates_opportunity_id_opportunities"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_takeover_candidates_actor_id_actors"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("opportunity_id", "actor_id", "role", name=op.f("pk_takeover_candidates")),
    )
    op.create_index(op.f("ix_takeover_candidates_actor_id"), "takeover_candidates", ["actor_id"], unique=False)
    op.create_table(
        PRODUCTS,
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("least_eur", sa.Float(), nullable=True),
        sa.Column("most_eur", sa.Float(), nullable=True),
        sa.Column("most_heads", sa.Integer(), nullable=True),
        sa.Column("departments", sa.JSON(), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("terms", sa.String(length=500), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=True),
        sa.Column("grade", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("last_values", sa.JSON(), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_finance_products_actor_id_actors"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finance_products")),
    )
    op.create_index(op.f("ix_finance_products_actor_id"), PRODUCTS, ["actor_id"], unique=False)
    changes.watch(op.get_bind(), PRODUCTS, WATCHED)


def downgrade() -> None:
    changes.unwatch(op.get_bind(), PRODUCTS)
    op.drop_table(PRODUCTS)
    op.drop_table("takeover_candidates")
