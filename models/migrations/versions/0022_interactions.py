"""Interactions: calls, mails, visits and notes; mails to several at once, and their templates.

Revision: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INDEXED = ("at", "by", "actor_id", "opportunity_id", "case_id", "contact_id", "mailing_id")
# Column → table, and what becomes of the interaction when its row there goes.
REFERENCES = (
    ("actor_id", "actors", "CASCADE"),
    ("opportunity_id", "opportunities", "CASCADE"),
    ("case_id", "brokerage_cases", "SET NULL"),
    ("contact_id", "contacts", "SET NULL"),
    ("mailing_id", "mailings", "SET NULL"),
)


def upgrade() -> None:
    op.create_table(
        "mail_templates",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(length=5000), nullable=False),
        sa.Column("updated_by", sa.String(length=60), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_templates")),
        sa.UniqueConstraint("name", name=op.f("uq_mail_templates_name")),
    )
    op.create_table(
        "mailings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=True),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name=op.f("fk_mailings_opportunity_id_opportunities"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailings")),
    )
    for column in ("opportunity_id", "at"):
        op.create_index(op.f(f"ix_mailings_{column}"), "mailings", [column], unique=False)
    op.create_table(
        "interactions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(length=6000), nullable=False),
        *(sa.Column(column, sa.String(length=36), nullable=True) for column, _, _ in REFERENCES),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "actor_id IS NOT NULL OR opportunity_id IS NOT NULL", name=op.f("ck_interactions_has_subject")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_interactions_{column}_{table}"), ondelete=on_delete
            )
            for column, table, on_delete in REFERENCES
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
    )
    for column in INDEXED:
        op.create_index(op.f(f"ix_interactions_{column}"), "interactions", [column], unique=False)


def downgrade() -> None:
    op.drop_table("interactions")
    op.drop_table("mailings")
    op.drop_table("mail_templates")
