"""PostgreSQL's counter of changes moves on once a transaction: 200,000 rows read in one took it seventeen minutes.

Each update of a row within one transaction leaves a version that nobody may clear away before its end, and the next
update walks through all of them.

Revision: 0043
Revises: 0042
"""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

# The note of it ends with the transaction, and a part that is rolled back takes its own note with it.
ONCE = """
CREATE OR REPLACE FUNCTION advance_change_counter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('polesud.counter_moved', true), '') = '' THEN
        UPDATE change_counter SET value = value + 1;
        PERFORM pg_notify('polesud_changes', '');
        PERFORM set_config('polesud.counter_moved', 'yes', true);
    END IF;
    RETURN NULL;
END $$
"""
# As it was before (0038).
EACH_STATEMENT = """
CREATE OR REPLACE FUNCTION advance_change_counter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE change_counter SET value = value + 1;
    PERFORM pg_notify('polesud_changes', '');
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ONCE)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(EACH_STATEMENT)
