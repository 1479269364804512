"""Partners and what they follow, the outbox, what was announced, the nights, the ratings; the gate's verdicts.

Revision: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nights",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("started_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_nights")),
    )
    op.create_table(
        "partners",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_reason", sa.String(length=40), nullable=False),
        sa.Column("soft_bounces", sa.Integer(), nullable=False),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("email", name=op.f("uq_partners_email")),
    )
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_status"), ["status"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=36), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("next_attempt_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("leased_until", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=36), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=False),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_outbox_partner_id_partners")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
        sa.UniqueConstraint(
            "partner_id", "night", "purpose", "about", name=op.f("uq_outbox_partner_id_night_purpose_about")
        ),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_night"), ["night"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_status"), ["status"], unique=False)

    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("search", sa.String(length=300), nullable=True),
        sa.Column("departments", sa.JSON(), nullable=False),
        sa.Column("frequency", sa.String(length=10), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_subscriptions_actor_id_actors")),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_subscriptions_partner_id_partners")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("partner_id", "actor_id", name=op.f("uq_subscriptions_partner_id_actor_id")),
        sa.UniqueConstraint("partner_id", "search", name=op.f("uq_subscriptions_partner_id_search")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_subscriptions_partner_id"), ["partner_id"], unique=False)

    op.create_table(
        "announcements",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("suggestion_id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("impression_id", sa.String(length=36), nullable=True),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_announcements_actor_id_actors")),
        sa.ForeignKeyConstraint(
            ["impression_id"], ["impressions.id"], name=op.f("fk_announcements_impression_id_impressions")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["outbox.id"], name=op.f("fk_announcements_message_id_outbox")),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_announcements_partner_id_partners")),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["suggestions.id"], name=op.f("fk_announcements_suggestion_id_suggestions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sa.UniqueConstraint(
            "partner_id", "suggestion_id", "event", name=op.f("uq_announcements_partner_id_suggestion_id_event")
        ),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announcements_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_announcements_message_id"), ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_announcements_night"), ["night"], unique=False)
        batch_op.create_index(batch_op.f("ix_announcements_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_announcements_suggestion_id"), ["suggestion_id"], unique=False)

    op.create_table(
        "ratings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("partner_id", sa.String(length=36), nullable=False),
        sa.Column("suggestion_id", sa.String(length=36), nullable=False),
        sa.Column("impression_id", sa.String(length=36), nullable=True),
        sa.Column("interest", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=True),
        sa.Column("retained", sa.Boolean(), nullable=True),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["impression_id"], ["impressions.id"], name=op.f("fk_ratings_impression_id_impressions")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_ratings_partner_id_partners")),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["suggestions.id"], name=op.f("fk_ratings_suggestion_id_suggestions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
    )
    with op.batch_alter_table("ratings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ratings_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ratings_suggestion_id"), ["suggestion_id"], unique=False)
        batch_op.create_index(
            "uq_ratings_current",
            ["partner_id", "suggestion_id"],
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.add_column("weights", sa.Column("verdict", sa.JSON(), nullable=True))
    op.add_column("suggestions", sa.Column("subscription_id", sa.String(length=36), nullable=True))
    _let_actor_be_unknown(True)


def downgrade() -> None:
    no_actor = "SELECT id FROM suggestions WHERE actor_id IS NULL"
    for table in ("announcements", "ratings", "impressions"):
        op.execute(f"DELETE FROM {table} WHERE suggestion_id IN ({no_actor})")
    op.execute("DELETE FROM suggestions WHERE actor_id IS NULL")
    _let_actor_be_unknown(False)
    op.drop_column("suggestions", "subscription_id")
    # Not in batch mode: that would make the table anew, to which ranked lists refer.
    op.drop_column("weights", "verdict")

    with op.batch_alter_table("ratings", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_ratings_current",
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_ratings_suggestion_id"))
        batch_op.drop_index(batch_op.f("ix_ratings_partner_id"))

    op.drop_table("ratings")
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_announcements_suggestion_id"))
        batch_op.drop_index(batch_op.f("ix_announcements_partner_id"))
        batch_op.drop_index(batch_op.f("ix_announcements_night"))
        batch_op.drop_index(batch_op.f("ix_announcements_message_id"))
        batch_op.drop_index(batch_op.f("ix_announcements_actor_id"))

    op.drop_table("announcements")
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscriptions_partner_id"))
        batch_op.drop_index(batch_op.f("ix_subscriptions_actor_id"))

    op.drop_table("subscriptions")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_status"))
        batch_op.drop_index(batch_op.f("ix_outbox_partner_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_night"))

    op.drop_table("outbox")
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partners_status"))

    op.drop_table("partners")
    op.drop_table("nights")


def _let_actor_be_unknown(unknown: bool) -> None:
    """Let `suggestions.actor_id` be null, or no more."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("suggestions", "actor_id", nullable=unknown)
        return
    # Batch mode would make anew a table to which impressions refer. This is how SQLite's manual has a NOT NULL go
    # (« Making Other Kinds Of Table Schema Changes »): what is stored stays as it is.
    old, new = ("actor_id VARCHAR(36) NOT NULL", "actor_id VARCHAR(36)")[:: 1 if unknown else -1]
    version = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar_one()
    op.execute("PRAGMA writable_schema=ON")
    op.execute(
        f"UPDATE sqlite_master SET sql = replace(sql, '{old}', '{new}') WHERE type = 'table' AND name = 'suggestions'"
    )
    op.execute(f"PRAGMA schema_version={version + 1}")
    op.execute("PRAGMA writable_schema=OFF")
