"""What a database's catalogue says, for tests of migrations: SQLite's or PostgreSQL's."""

from pathlib import Path

from sqlalchemy import Connection, Engine, text

_SQLITE = "SELECT name, coalesce(sql, '') FROM sqlite_master ORDER BY name"
# Columns, constraints, indexes, triggers and functions, each as the server writes it.
_POSTGRESQL = """
SELECT name, sql FROM (
    SELECT table_name || '.' || column_name AS name,
        concat_ws(' ', table_name, data_type, character_maximum_length, is_nullable, column_default) AS sql
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'public'
    UNION ALL
    SELECT conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL
    SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT proname, prosrc FROM pg_proc LEFT JOIN pg_depend ON objid = pg_proc.oid AND deptype = 'e'
    WHERE pronamespace = 'public'::regnamespace AND objid IS NULL
) AS everything ORDER BY name, sql
"""


def schema_of(engine: Engine) -> list[tuple[str, str]]:
    """Return the name and the definition of all that a database declares, sorted."""
    with engine.connect() as connection:
        return [(name, sql) for name, sql in connection.execute(text(_SQLITE if is_sqlite(engine) else _POSTGRESQL))]


def triggers_of(engine: Engine) -> set[str]:
    """Return the names of a database's triggers."""
    return {name for name, sql in schema_of(engine) if sql.startswith("CREATE TRIGGER")}


def is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def assert_sound(connection: Connection) -> None:
    """Fail where a key leads nowhere, or the file is damaged. PostgreSQL lets no key lead nowhere."""
    if connection.dialect.name == "sqlite":
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def freed_space_holds(engine: Engine, word: bytes) -> bool:
    """Return whether an SQLite file still holds a word that no row has; PostgreSQL frees its rows' space itself."""
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return word in Path(engine.url.database or "").read_bytes()
