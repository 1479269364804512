"""Vectors of actors' phrases in PostgreSQL, found by pgvector: for processes that hold no index in memory.

They stand in a schema of their own, `vectors`: all of it can be made again from the other tables, so that a backup may
leave it out. Where the server has no pgvector the schema is not made, and everything else works.
"""

from sqlalchemy import Connection, text

# Those of the encoder that this checkout builds; another needs a migration.
DIMENSIONS = 384

_TABLES = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    "CREATE SCHEMA IF NOT EXISTS vectors",
    # A row for each distinct phrase of an actor, those of the members that it carries too.
    f"""CREATE TABLE IF NOT EXISTS vectors.actor_phrases (
        actor_id varchar(36) NOT NULL,
        number smallint NOT NULL,
        department varchar(3),
        kind varchar(30) NOT NULL,
        vector halfvec({DIMENSIONS}) NOT NULL,
        PRIMARY KEY (actor_id, number)
    )""",
    "CREATE INDEX IF NOT EXISTS ix_actor_phrases_department ON vectors.actor_phrases (department, kind)",
    # A row for each NAF class of an actor, by code or by its words, and where the actor is.
    """CREATE TABLE IF NOT EXISTS vectors.actor_trades (
        actor_id varchar(36) NOT NULL,
        class smallint NOT NULL,
        department varchar(3),
        kind varchar(30) NOT NULL,
        place point,
        PRIMARY KEY (actor_id, class)
    )""",
    "CREATE INDEX IF NOT EXISTS ix_actor_trades_class ON vectors.actor_trades (class, department)",
    # One row: whose vectors they are, and the value of the change counter up to which they follow the tables.
    "CREATE TABLE IF NOT EXISTS vectors.state (encoder_revision varchar(64) NOT NULL, reached bigint NOT NULL)",
)
# Unit rows: the inner product orders as the cosine does, and is the cheapest.
MAKE_INDEX = (
    "CREATE INDEX IF NOT EXISTS ix_actor_phrases_vector ON vectors.actor_phrases USING hnsw (vector halfvec_ip_ops)"
)
DROP_INDEX = "DROP INDEX IF EXISTS vectors.ix_actor_phrases_vector"


def make_tables(connection: Connection) -> bool:
    """Make the schema where it is absent; return whether this server can have it."""
    if connection.dialect.name != "postgresql":
        return False
    available = connection.execute(text("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")).scalar()
    if not available:
        return False
    for statement in (*_TABLES, MAKE_INDEX):
        connection.execute(text(statement))
    return True


def drop_tables(connection: Connection) -> None:
    """Drop the schema; the extension stays, others may use it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP SCHEMA IF EXISTS vectors CASCADE"))


def has_tables(connection: Connection) -> bool:
    """Return whether the schema was made."""
    if connection.dialect.name != "postgresql":
        return False
    return connection.execute(text("SELECT to_regclass('vectors.actor_phrases')")).scalar() is not None
