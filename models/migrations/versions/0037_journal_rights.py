"""The journal is only added to, on both databases, and its head moves on with it: triggers refuse all else.

Revision: 0037
Revises: 0036
"""

from alembic import op

from models import journal_guard

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    journal_guard.guard(op.get_bind())


def downgrade() -> None:
    journal_guard.unguard(op.get_bind())
