"""The migrations and the tables that the code declares say the same thing, up and down."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from models.database import migrate, open_database
from models.tables import metadata
from tests.world import url_of


@pytest.fixture
def blank(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(url_of(tmp_path / "blank.db"))
    yield opened
    opened.dispose()


def schema(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, coalesce(sql, '') FROM sqlite_master ORDER BY name"))
        return [(name, sql) for name, sql in rows]


def test_after_head_the_tables_are_what_the_metadata_says(blank: Engine) -> None:
    migrate(blank)
    with blank.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        # Autogenerate does not compare these.
        found = inspect(connection)
        for table in metadata.sorted_tables:
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [
                column.name for column in table.primary_key.columns
            ]
            nullable = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert nullable == {column.name: column.nullable for column in table.columns}


def test_base_leaves_nothing_and_up_again_gives_the_same_tables(blank: Engine) -> None:
    migrate(blank)
    once = schema(blank)
    assert {table.name for table in metadata.sorted_tables} < {name for name, _ in once}
    migrate(blank, "base")
    assert inspect(blank).get_table_names() == ["alembic_version"]
    with blank.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 0
    migrate(blank)
    assert schema(blank) == once


def test_migrating_twice_changes_nothing_and_keeps_the_rows(engine: Engine) -> None:
    def communes() -> int:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM communes")).scalar() or 0)

    before = communes()
    migrate(engine)
    assert communes() == before > 3000


def test_every_constraint_has_a_name_that_a_later_migration_can_call_it_by(blank: Engine) -> None:
    migrate(blank)
    found = inspect(blank)
    for table in metadata.sorted_tables:
        assert found.get_pk_constraint(table.name)["name"] == f"pk_{table.name}"
        for key in found.get_foreign_keys(table.name):
            assert key["name"] == f"fk_{table.name}_{key['constrained_columns'][0]}_{key['referred_table']}"
        for unique in found.get_unique_constraints(table.name):
            assert unique["name"] == f"uq_{table.name}_{'_'.join(unique['column_names'])}"
