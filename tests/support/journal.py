"""A journal without its triggers: what its chain finds by itself, and what only marks kept elsewhere do."""

from sqlalchemy import Engine, text

from models.journal_guard import unguard


def unguarded(engine: Engine) -> None:
    """Drop every trigger of the journal, as who owns the tables can."""
    with engine.begin() as connection:
        unguard(connection)
        if engine.dialect.name == "sqlite":
            for act in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER audit_no_{act}"))
