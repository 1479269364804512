"""The nature in natural keys; imports that can be undone; acts that change who may hear of a row.

Only the keys of rows change: their ids stay, and with them links, ratings, suggestions, announcements, documents.

Revision: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from models import changes
from models.base import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Table → the kind that is confidential by itself, which names its nature, and the nature of all others.
NATURES = {"actors": ("employee_group", "actor"), "opportunities": ("takeover", "market")}


def upgrade() -> None:
    op.create_table(
        "file_imports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("imported_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(length=60), nullable=False),
        sa.Column("undone_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=60), nullable=False),
        sa.Column("undone", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_imports")),
    )
    op.create_index(op.f("ix_file_imports_imported_at"), "file_imports", ["imported_at"], unique=False)
    op.create_table(
        "imported_rows",
        sa.Column("import_id", sa.String(length=36), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("hash_after", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["file_imports.id"], name=op.f("fk_imported_rows_import_id_file_imports")
        ),
        sa.PrimaryKeyConstraint("import_id", "row_id", name=op.f("pk_imported_rows")),
    )
    op.create_table(
        "confidentiality_acts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confidentiality_acts")),
    )
    op.create_index(op.f("ix_confidentiality_acts_row_id"), "confidentiality_acts", ["row_id"], unique=False)
    op.create_index(op.f("ix_opportunities_source_id"), "opportunities", ["source_id"], unique=False)
    for table, (secret, usual) in NATURES.items():
        rows = sa.table(table, sa.column("natural_key"), sa.column("kind"), sa.column("siret"))
        nature = sa.case((rows.c.kind == secret, f"{secret}:"), else_=f"{usual}:")
        change = sa.update(rows).values(natural_key=nature + rows.c.natural_key)
        # Nothing that the desk reads changes.
        changes.unwatch(op.get_bind(), table)
        op.execute(change.where(rows.c.siret.is_(None)) if table == "actors" else change)
        changes.watch(op.get_bind(), table, changes.Watch(table, ("id",)))


def downgrade() -> None:
    """Take the nature out of the keys again; where two rows differ by it alone, the secret one's key keeps it."""
    connection = op.get_bind()
    for table, natures in NATURES.items():
        rows = sa.table(table, sa.column("id"), sa.column("natural_key"))
        keys = dict(connection.execute(sa.select(rows.c.natural_key, rows.c.id)).all())
        short = [
            {"row": row_id, "short": number}
            for key, row_id in keys.items()
            for nature, _, number in [key.partition(":")]
            if nature in natures and not (nature == natures[0] and f"{natures[1]}:{number}" in keys)
        ]
        changes.unwatch(connection, table)
        if short:
            change = sa.update(rows).where(rows.c.id == sa.bindparam("row"))
            connection.execute(change.values(natural_key=sa.bindparam("short")), short)
        changes.watch(connection, table, changes.Watch(table, ("id",)))
    op.drop_index(op.f("ix_opportunities_source_id"), table_name="opportunities")
    op.drop_index(op.f("ix_confidentiality_acts_row_id"), table_name="confidentiality_acts")
    op.drop_table("confidentiality_acts")
    op.drop_table("imported_rows")
    op.drop_index(op.f("ix_file_imports_imported_at"), table_name="file_imports")
    op.drop_table("file_imports")
