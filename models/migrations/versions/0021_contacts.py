"""Contacts: persons of an actor, a buyer or an owner. What was erased of them reaches the ledger.

Revision: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

from models import revocations

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEXED = ("actor_id", "opportunity_id", "phone", "email", "retained_until", "import_id")
WATCHED = tuple(watched for watched in revocations.WATCHED if watched.name == "contact_erased")


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("opportunity_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("lawful_basis", sa.String(length=30), nullable=False),
        sa.Column("retained_until", sa.Date(), nullable=False),
        sa.Column("import_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(actor_id IS NULL) <> (opportunity_id IS NULL)", name=op.f("ck_contacts_one_owner")),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_contacts_actor_id_actors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name=op.f("fk_contacts_opportunity_id_opportunities"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    for column in INDEXED:
        op.create_index(op.f(f"ix_contacts_{column}"), "contacts", [column], unique=False)
    for watched in WATCHED:
        revocations.watch(op.get_bind(), watched)


def downgrade() -> None:
    for watched in WATCHED:
        revocations.unwatch(op.get_bind(), watched)
    op.drop_table("contacts")
