"""What is left of deleted rows in the database's own files, and what takes it away."""

from sqlalchemy import Engine

# The tables that an erasure deletes rows of, or empties columns of.
ERASED_FROM = (
    *("accounts", "sessions", "invitations", "recovery_codes", "account_actors", "card_corrections", "saved_views"),
    *("throttles", "partners", "subscriptions", "ratings", "outbox", "announcements", "contacts", "interactions"),
    *("mailings", "stated_needs", "suggestions", "impressions", "text_vectors"),
)


def rewrite_erased(engine: Engine) -> None:
    """Take what an erasure left out of the database's reach.

    SQLite: the file is written anew, and holds nothing of it. PostgreSQL: the dead versions of rows are removed from
    tables and indexes, while others read and write; bytes may stay in free space until it is used, or until whoever
    owns the tables writes them anew (`VACUUM FULL`).
    """
    if engine.dialect.name == "sqlite":
        rewrite_whole(engine)
    else:
        # A table that somebody holds is left to autovacuum.
        _run(engine, f"VACUUM (SKIP_LOCKED) {', '.join(ERASED_FROM)}")


def rewrite_whole(engine: Engine) -> None:
    """Write anew what an erasure may have touched, in a database that nobody else uses: nothing of it is left."""
    if engine.dialect.name == "postgresql":
        _run(engine, f"VACUUM (FULL) {', '.join(ERASED_FROM)}", "ANALYZE")
    else:
        # Deleted data otherwise stays in free pages, and in the write-ahead log.
        _run(engine, "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")


def _run(engine: Engine, *statements: str) -> None:
    """Run statements outside of any transaction."""
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        return
    raw_connection = engine.raw_connection()
    try:
        cursor = raw_connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
    finally:
        raw_connection.close()
