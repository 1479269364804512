"""Migrations to the newest tables, and at which of them a database is."""

from functools import cache
from pathlib import Path

from sqlalchemy import Engine, inspect

MIGRATIONS = Path(__file__).parent / "migrations"
# The advisory lock of whoever migrates: any number, but the same in each version.
_MIGRATING = 26_070_038


class UnknownRevisionError(Exception):
    """Tables at a migration that this version of the program does not have."""


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision, up or down (`base` empties the database).

    Processes that start together over PostgreSQL migrate one after the other: those that follow find nothing to do.
    Raises UnknownRevisionError where the tables are at a migration that this version does not know.
    """
    if revision == "head" and _is_newest(engine):
        return
    # Mostly there is nothing to do: to import it and to find that out takes half a second.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    alembic_config = Config()
    alembic_config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        alembic_config.attributes["connection"] = connection
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
        try:
            if revision == "base":
                command.downgrade(alembic_config, revision)
            else:
                command.upgrade(alembic_config, revision)
        except CommandError as error:
            raise UnknownRevisionError from error
        connection.commit()


def newest_revision() -> str:
    """Return the newest migration of this version, by the names of their files."""
    return max(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def _is_newest(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        known = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
        return known == [newest_revision()]


def is_known_revision(revision: str) -> bool:
    """Return whether this version of the program has the migration that a database's tables are at."""
    return revision in _revisions()


@cache
def _revisions() -> frozenset[str]:
    """Return the migrations of this version, whose modules are read once a process."""
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())
