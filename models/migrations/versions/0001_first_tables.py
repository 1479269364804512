"""The first tables.

Revision: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actors",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("natural_key", sa.String(length=400), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=300), nullable=True),
        sa.Column("siret", sa.String(length=14), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("legal_category", sa.String(length=4), nullable=True),
        sa.Column("activities", sa.JSON(), nullable=False),
        sa.Column("naf", sa.JSON(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=True),
        sa.Column("commune_name", sa.String(length=300), nullable=True),
        sa.Column("postcode", sa.String(length=5), nullable=True),
        sa.Column("department", sa.String(length=3), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("radius_km", sa.Float(), nullable=True),
        sa.Column("area_departments", sa.JSON(), nullable=False),
        sa.Column("area_communes", sa.JSON(), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("headcount_band", sa.String(length=2), nullable=True),
        sa.Column("turnover_eur", sa.Float(), nullable=True),
        sa.Column("approvals", sa.JSON(), nullable=False),
        sa.Column("seeks", sa.JSON(), nullable=False),
        sa.Column("ess", sa.Boolean(), nullable=True),
        sa.Column("esus", sa.Boolean(), nullable=True),
        sa.Column("website", sa.String(length=300), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("information_date", sa.Date(), nullable=True),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actors")),
        sa.UniqueConstraint("natural_key", name=op.f("uq_actors_natural_key")),
    )
    with op.batch_alter_table("actors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_actors_confidential"), ["confidential"], unique=False)
        batch_op.create_index(batch_op.f("ix_actors_department"), ["department"], unique=False)
        batch_op.create_index(batch_op.f("ix_actors_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_actors_siret"), ["siret"], unique=False)
        batch_op.create_index(batch_op.f("ix_actors_source_id"), ["source_id"], unique=False)

    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", models.base.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("name", name=op.f("uq_api_keys_name")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_keys_secret_hash")),
    )
    op.create_table(
        "communes",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("department", sa.String(length=3), nullable=False),
        sa.Column("postcodes", sa.JSON(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("point_source", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_communes")),
    )
    with op.batch_alter_table("communes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_communes_department"), ["department"], unique=False)

    op.create_table(
        "opportunities",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("natural_key", sa.String(length=400), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("origin", sa.String(length=30), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("teaser", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("buyer_name", sa.String(length=300), nullable=True),
        sa.Column("buyer_siret", sa.String(length=14), nullable=True),
        sa.Column("naf", sa.JSON(), nullable=False),
        sa.Column("cpv", sa.JSON(), nullable=False),
        sa.Column("amount_eur", sa.Float(), nullable=True),
        sa.Column("commune_code", sa.String(length=5), nullable=True),
        sa.Column("commune_name", sa.String(length=300), nullable=True),
        sa.Column("postcode", sa.String(length=5), nullable=True),
        sa.Column("department", sa.String(length=3), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reserved", sa.JSON(), nullable=False),
        sa.Column("social_clause", sa.Boolean(), nullable=True),
        sa.Column("required_approvals", sa.JSON(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunities")),
        sa.UniqueConstraint("natural_key", name=op.f("uq_opportunities_natural_key")),
    )
    with op.batch_alter_table("opportunities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opportunities_confidential"), ["confidential"], unique=False)
        batch_op.create_index(batch_op.f("ix_opportunities_deadline"), ["deadline"], unique=False)
        batch_op.create_index(batch_op.f("ix_opportunities_department"), ["department"], unique=False)
        batch_op.create_index(batch_op.f("ix_opportunities_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_opportunities_status"), ["status"], unique=False)

    op.create_table(
        "text_vectors",
        sa.Column("encoder_revision", sa.String(length=64), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("encoder_revision", "text_hash", name=op.f("pk_text_vectors")),
    )
    op.create_table(
        "weights",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weights")),
    )
    with op.batch_alter_table("weights", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_weights_status"), ["status"], unique=False)

    op.create_table(
        "former_communes",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("department", sa.String(length=3), nullable=False),
        sa.Column("current_code", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["current_code"], ["communes.code"], name=op.f("fk_former_communes_current_code_communes")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_former_communes")),
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("cpv", sa.JSON(), nullable=False),
        sa.Column("amount_eur", sa.Float(), nullable=True),
        sa.Column("reserved", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name=op.f("fk_lots_opportunity_id_opportunities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("opportunity_id", "number", name=op.f("uq_lots_opportunity_id_number")),
    )
    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lots_opportunity_id"), ["opportunity_id"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("carrier_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["carrier_id"], ["actors.id"], name=op.f("fk_memberships_carrier_id_actors")),
        sa.ForeignKeyConstraint(["member_id"], ["actors.id"], name=op.f("fk_memberships_member_id_actors")),
        sa.PrimaryKeyConstraint("carrier_id", "member_id", name=op.f("pk_memberships")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_member_id"), ["member_id"], unique=False)

    op.create_table(
        "ranked_lists",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("direction", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("weights_id", sa.String(length=36), nullable=False),
        sa.Column("encoder_revision", sa.String(length=64), nullable=False),
        sa.Column("api_key_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_ranked_lists_api_key_id_api_keys")),
        sa.ForeignKeyConstraint(["weights_id"], ["weights.id"], name=op.f("fk_ranked_lists_weights_id_weights")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranked_lists")),
    )
    op.create_table(
        "takeover_cases",
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("turnover_eur", sa.Float(), nullable=True),
        sa.Column("price_min_eur", sa.Float(), nullable=True),
        sa.Column("price_max_eur", sa.Float(), nullable=True),
        sa.Column("transfer_on", sa.Date(), nullable=True),
        sa.Column("holder_siren", sa.String(length=9), nullable=True),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name=op.f("fk_takeover_cases_opportunity_id_opportunities")
        ),
        sa.PrimaryKeyConstraint("opportunity_id", name=op.f("pk_takeover_cases")),
    )
    op.create_table(
        "suggestions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=True),
        sa.Column("lot_id", sa.String(length=36), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("created_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["actors.id"], name=op.f("fk_suggestions_actor_id_actors")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_suggestions_lot_id_lots")),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name=op.f("fk_suggestions_opportunity_id_opportunities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
        sa.UniqueConstraint("actor_id", "subject", name=op.f("uq_suggestions_actor_id_subject")),
    )
    with op.batch_alter_table("suggestions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suggestions_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_suggestions_opportunity_id"), ["opportunity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_suggestions_subject"), ["subject"], unique=False)

    op.create_table(
        "impressions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("list_id", sa.String(length=36), nullable=False),
        sa.Column("suggestion_id", sa.String(length=36), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("propensity", sa.Float(), nullable=False),
        sa.Column("breakdown", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["ranked_lists.id"], name=op.f("fk_impressions_list_id_ranked_lists")),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["suggestions.id"], name=op.f("fk_impressions_suggestion_id_suggestions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_impressions")),
        sa.UniqueConstraint("list_id", "rank", name=op.f("uq_impressions_list_id_rank")),
    )
    with op.batch_alter_table("impressions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_impressions_list_id"), ["list_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_impressions_suggestion_id"), ["suggestion_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("impressions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_impressions_suggestion_id"))
        batch_op.drop_index(batch_op.f("ix_impressions_list_id"))

    op.drop_table("impressions")
    with op.batch_alter_table("suggestions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suggestions_subject"))
        batch_op.drop_index(batch_op.f("ix_suggestions_opportunity_id"))
        batch_op.drop_index(batch_op.f("ix_suggestions_actor_id"))

    op.drop_table("suggestions")
    op.drop_table("takeover_cases")
    op.drop_table("ranked_lists")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_member_id"))

    op.drop_table("memberships")
    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lots_opportunity_id"))

    op.drop_table("lots")
    op.drop_table("former_communes")
    with op.batch_alter_table("weights", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_weights_status"))

    op.drop_table("weights")
    op.drop_table("text_vectors")
    with op.batch_alter_table("opportunities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opportunities_status"))
        batch_op.drop_index(batch_op.f("ix_opportunities_kind"))
        batch_op.drop_index(batch_op.f("ix_opportunities_department"))
        batch_op.drop_index(batch_op.f("ix_opportunities_deadline"))
        batch_op.drop_index(batch_op.f("ix_opportunities_confidential"))

    op.drop_table("opportunities")
    with op.batch_alter_table("communes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_communes_department"))

    op.drop_table("communes")
    op.drop_table("api_keys")
    with op.batch_alter_table("actors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_actors_source_id"))
        batch_op.drop_index(batch_op.f("ix_actors_siret"))
        batch_op.drop_index(batch_op.f("ix_actors_kind"))
        batch_op.drop_index(batch_op.f("ix_actors_department"))
        batch_op.drop_index(batch_op.f("ix_actors_confidential"))

    op.drop_table("actors")
