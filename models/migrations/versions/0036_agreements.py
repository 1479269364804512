"""The confidentiality agreement: its text by version, what was signed; documents in folders.

Revision: 0036
Revises: 0035
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# What a reader's name and the day can be printed on; what cannot stays in the house.
MARKABLE = (".pdf", ".jpg", ".png")
INDEXED = ("consent_id", "opportunity_id", "actor_id", "account_id", "signed_on")

FIRST_TEXT = """\
ENGAGEMENT DE CONFIDENTIALITÉ

1. Objet. Pôle Sud me fait connaître, pour la structure au nom de laquelle je signe, une entreprise dont la reprise est étudiée. Je m’engage avant de savoir de quelle entreprise il s’agit.

2. Secret. Je ne dis à personne qui est cette entreprise, que sa cession est envisagée, ni ce que contiennent ses documents. Dans ma structure et parmi mes conseils, je n’en parle qu’aux personnes qui en ont besoin pour étudier la reprise, et qui se sont engagées de même.

3. Usage. Je ne me sers de ce que j’apprends que pour étudier cette reprise.

4. Personnes. Je n’approche ni ses salariés, ni ses clients, ni ses fournisseurs, ni son bailleur, ni sa banque, sans l’accord de Pôle Sud.

5. Documents. Les documents me sont remis à mon nom. Je ne les transmets à personne, et je les rends ou les détruis si la reprise ne se fait pas.

6. Limites. Cet engagement ne porte pas sur ce qui est déjà public, sur ce que je savais déjà, ni sur ce que la loi ou un juge m’oblige à dire.

7. Durée. Il vaut cinq ans à compter de sa signature, même si la reprise ne se fait pas, et même si je retire mon accord.

8. Preuve. Pôle Sud en garde un exemplaire, avec mon nom, sa date et l’empreinte de ce texte ; chaque lecture d’un document est notée, et le cédant peut le savoir."""  # noqa: E501 (a paragraph a line)

FIRST_SHA256 = "537e90bb171c5c0b0beb3e874b0652214d0722d94a3312d01036bb10e48e2ca8"


def upgrade() -> None:
    texts = op.create_table(
        "agreement_texts",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.String(length=20_000), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("written_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_agreement_texts")),
    )
    op.bulk_insert(
        texts,
        [
            {
                "number": 1,
                "text": FIRST_TEXT,
                "sha256": FIRST_SHA256,
                "written_at": datetime(2026, 11, 29, tzinfo=UTC),
                "written_by": "",
            }
        ],
    )
    op.create_table(
        "signed_agreements",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consent_id", sa.String(length=36), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("signer", sa.String(length=200), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("text_number", sa.Integer(), nullable=True),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("suffix", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("noted_at", models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=36), nullable=False),
        sa.Column("forgotten_at", models.base.UtcDateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_signed_agreements_{column}_{target.split('.')[0]}")
            )
            for column, target in (
                ("consent_id", "consents.id"),
                ("opportunity_id", "opportunities.id"),
                ("actor_id", "actors.id"),
                ("text_number", "agreement_texts.number"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_agreements")),
    )
    for column in INDEXED:
        op.create_index(op.f(f"ix_signed_agreements_{column}"), "signed_agreements", [column], unique=False)
    op.add_column("case_documents", sa.Column("folder", sa.String(length=20), nullable=False, server_default="house"))
    documents = sa.table("case_documents", sa.column("folder"), sa.column("suffix"))
    # What partners could open before they still can, where it can be marked.
    op.execute(documents.update().where(documents.c.suffix.in_(MARKABLE)).values(folder="documents"))


def downgrade() -> None:
    op.drop_column("case_documents", "folder")
    op.drop_table("signed_agreements")
    op.drop_table("agreement_texts")
