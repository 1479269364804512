"""Old and new code serve side by side on the newer tables: a migration adds, and takes away only a release later."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import ops
from alembic.operations.base import AbstractOperations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, text

from api.commands import terminal
from api.core.errors import NotReadyError
from api.core.settings import settings
from models.database import open_database
from models.revisions import MIGRATIONS, migrate
from tests.support.databases import by_hand, make_database, remove_database, url_of
from tests.support.expanding import breaking, broken_statements

# The last revision that was not bound by the rule.
FREE = "0036"


@pytest.fixture
def blank(tmp_path: Path) -> Iterator[Engine]:
    make_database(tmp_path / "blank.db")
    opened = open_database(url_of(tmp_path / "blank.db"))
    yield opened
    opened.dispose()
    remove_database(tmp_path / "blank.db")


def bound() -> list[tuple[str, ModuleType]]:
    """Return the migrations after `FREE`, oldest first."""
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions(FREE, "heads")
    return [(script.revision, script.module) for script in scripts if script.revision != FREE][::-1]


def phase_of(module: ModuleType) -> str:
    return getattr(module, "phase", "expand")


def test_each_migration_expands_or_says_that_it_contracts() -> None:
    assert bound()
    assert {phase_of(module) for _, module in bound()} <= {"expand", "contract"}


def test_code_of_the_revision_before_goes_on_over_each_expanded_schema(
    blank: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its operations are of those that break nothing, and every statement of the former tables still works."""
    done: list[ops.MigrateOperation] = []
    invoke = AbstractOperations.invoke

    def noting(self: AbstractOperations, operation: ops.MigrateOperation) -> Any:
        done.append(operation)
        return invoke(self, operation)

    monkeypatch.setattr(AbstractOperations, "invoke", noting)
    migrate(blank, FREE)
    # Each table as it first was: one that a later migration widens stays as code of before knows it.
    known = known_tables(blank, MetaData())
    for revision, module in bound():
        done.clear()
        if phase_of(module) == "contract":
            assert_all_work(blank, known)
            known = MetaData()
        migrate(blank, revision)
        if phase_of(module) == "expand":
            assert breaking(done) == [], revision
        known = known_tables(blank, known)
    assert_all_work(blank, known)


def known_tables(engine: Engine, known: MetaData) -> MetaData:
    """Add the tables that are new."""
    with engine.connect() as connection:
        known.reflect(connection)
    return known


def assert_all_work(engine: Engine, known: MetaData) -> None:
    with engine.connect() as connection:
        assert broken_statements(connection, known) == []
        connection.rollback()


def test_a_process_of_before_that_starts_after_the_migration_says_why_it_does_not(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with by_hand(url_of(database)) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    monkeypatch.setenv("POLESUD_DATABASE_URL", url_of(database))
    settings.cache_clear()
    try:
        with pytest.raises(NotReadyError, match="plus récente"):
            terminal.engine()
    finally:
        settings.cache_clear()


COLUMN = sa.Column("new", sa.String(), nullable=False)
BREAKING = (
    ops.DropTableOp("actors"),
    ops.RenameTableOp("actors", "people"),
    ops.DropColumnOp("actors", "name"),
    ops.AddColumnOp("actors", COLUMN),
    ops.AlterColumnOp("actors", "name", modify_name="title"),
    ops.AlterColumnOp("actors", "name", modify_nullable=False),
    ops.AlterColumnOp("actors", "name", modify_type=sa.Integer()),
    ops.AlterColumnOp("actors", "name", modify_server_default=None),
    ops.CreateIndexOp("ix", "actors", ["name"], unique=True),
    ops.CreateUniqueConstraintOp("uq", "actors", ["name"]),
    ops.CreateForeignKeyOp("fk", "actors", "partners", ["name"], ["id"]),
    ops.CreateCheckConstraintOp("ck", "actors", "name <> ''"),
    ops.ExecuteSQLOp("ALTER TABLE actors DROP COLUMN name"),
    ops.ExecuteSQLOp("ALTER TABLE actors ALTER name SET NOT NULL"),
)
HARMLESS = (
    ops.CreateTableOp("people", [COLUMN]),
    ops.AddColumnOp("actors", sa.Column("new", sa.String(), nullable=True)),
    ops.AddColumnOp("actors", sa.Column("new", sa.String(), nullable=False, server_default="")),
    ops.CreateIndexOp("ix", "actors", ["name"]),
    ops.AlterColumnOp("actors", "name", modify_nullable=True),
    ops.DropConstraintOp("uq", "actors"),
    ops.ExecuteSQLOp("UPDATE actors SET name = 'x'"),
)


@pytest.mark.parametrize("operation", BREAKING, ids=lambda one: type(one).__name__)
def test_an_operation_that_breaks_code_of_before_is_named(operation: ops.MigrateOperation) -> None:
    assert len(breaking([operation])) == 1


def test_operations_that_add_and_those_on_a_table_of_the_same_migration_are_not() -> None:
    assert breaking(HARMLESS) == []
    assert breaking([ops.CreateTableOp("people", [COLUMN]), ops.DropColumnOp("people", "new")]) == []


HARMS = {
    "a column is renamed": "ALTER TABLE saved_views RENAME COLUMN name TO title",
    "a column wants a value": "ALTER TABLE saved_views ADD COLUMN new VARCHAR NOT NULL",
    "a table is gone": "DROP TABLE recovery_codes",
}


def test_statements_of_before_that_fail_are_found(engine: Engine) -> None:
    before = MetaData()
    with engine.connect() as connection:
        before.reflect(connection, only=["accounts", "recovery_codes", "saved_views"])
        assert broken_statements(connection, before) == []
        connection.rollback()
        for harm, statement in HARMS.items():
            _harm(connection, statement)
            assert broken_statements(connection, before), harm
            connection.rollback()


def _harm(connection: Connection, statement: str) -> None:
    if connection.dialect.name == "sqlite" and "NOT NULL" in statement:
        # SQLite adds no such column in place: what a table made anew would have.
        connection.execute(text("DROP TABLE saved_views"))
        connection.execute(text("CREATE TABLE saved_views (id VARCHAR PRIMARY KEY, new VARCHAR NOT NULL)"))
    else:
        connection.execute(text(statement))
