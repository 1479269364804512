"""What changed since when: a counter that moves on within each transaction, and its value at each row's last change.

Triggers keep both, so that no writer can forget them: other processes, statements over many rows, a person's own SQL.
The counter misses nothing, where clocks of two writers may: a transaction that commits later has a higher value (SQLite
has one writer at a time; in PostgreSQL the counter's row stays locked from the first statement to the commit, and moves
on once: all that a transaction changes has one value).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, text
from sqlmodel import Field, SQLModel


class ChangeCounter(SQLModel, table=True):
    """The counter: one row, 0 in a new database."""

    __tablename__ = "change_counter"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    value: int = Field(sa_type=BigInteger)


class RowChange(SQLModel, table=True):
    """At which value of the counter a row last changed. subject: what is to be read again, see `WATCHED`."""

    __tablename__ = "row_changes"
    # SQLite then keeps one tree for the rows and their key instead of two.
    __table_args__ = {"sqlite_with_rowid": False}

    subject: str = Field(primary_key=True, max_length=30)
    row_id: str = Field(primary_key=True, max_length=36)
    counter: int = Field(sa_type=BigInteger, index=True)


class Watch(NamedTuple):
    """Under which subject a table's changes are noted, and the columns that hold the ids to note."""

    subject: str
    columns: tuple[str, ...]


WATCHED: Mapping[str, Watch] = {
    "actors": Watch("actors", ("id",)),
    "memberships": Watch("memberships", ("carrier_id",)),
    "finance_products": Watch("actors", ("actor_id",)),
    "contracts_won": Watch("contracts_won", ("siret",)),
    "company_states": Watch("company_states", ("siren",)),
    "opportunities": Watch("opportunities", ("id",)),
    "lots": Watch("opportunities", ("opportunity_id",)),
    "takeover_cases": Watch("opportunities", ("opportunity_id",)),
    "duplicate_proposals": Watch("duplicate_proposals", ("first_id", "second_id")),
    "communes": Watch("communes", ("code",)),
    "former_communes": Watch("communes", ("code",)),
    "weights": Watch("weights", ("id",)),
    "teaser_lines": Watch("opportunities", ("opportunity_id",)),
    "register_extracts": Watch("register", ("department",)),
}
EVENTS = ("insert", "update", "delete")
# Rows of one statement from which on SQLite notes them together.
_MANY = 200
_NEWER = "ON CONFLICT (subject, row_id) DO UPDATE SET counter = excluded.counter"


def watch(connection: Connection, table: str, watched: Watch) -> None:
    """Create the triggers of a table. A migration that makes a watched table anew must call this afterwards."""
    statements = _postgresql_triggers if connection.dialect.name == "postgresql" else _sqlite_triggers
    for statement in statements(table, watched):
        connection.execute(text(statement))


def unwatch(connection: Connection, table: str) -> None:
    """Drop the triggers of a table."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"DROP TRIGGER advance_{table} ON {table}"))
        connection.execute(text(f"DROP TRIGGER note_{table} ON {table}"))
        return
    for event in EVENTS:
        connection.execute(text(f"DROP TRIGGER note_{table}_{event}"))


@contextmanager
def noted_together(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Note the rows that the caller inserts meanwhile, and no other statement, at once: SQLite's trigger takes as long
    over each as the row itself.

    The trigger goes and comes back within the caller's transaction, which keeps all others from writing: whoever else
    writes, before or after, or once this fails, meets it. PostgreSQL moves its counter on once a transaction anyway.
    """
    watched = WATCHED.get(table)
    few = watched is None or len(rows) < _MANY or any(name not in rows[0] for name in watched.columns)
    if few or connection.dialect.name != "sqlite":
        yield
        return
    assert watched is not None
    question = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?"
    trigger: str | None = connection.exec_driver_sql(question, (f"note_{table}_insert",)).scalar_one_or_none()
    if trigger is None:
        # Tables that are made without migrations are not watched.
        yield
        return
    # A statement that fails leaves neither rows without a note nor a table without its trigger.
    with connection.begin_nested():
        connection.exec_driver_sql(f"DROP TRIGGER note_{table}_insert")
        yield
        moved = "UPDATE change_counter SET value = value + 1 RETURNING value"
        counter = connection.exec_driver_sql(moved).scalar_one()
        # In their order: the tree that holds them is then walked through once.
        ids = sorted({row[name] for row in rows for name in watched.columns})
        note = f"INSERT INTO row_changes (subject, row_id, counter) VALUES (?, ?, ?) {_NEWER}"  # noqa: S608 (names of ours)
        connection.exec_driver_sql(note, [(watched.subject, ident, counter) for ident in ids])
        connection.exec_driver_sql(trigger)


def _sqlite_triggers(table: str, watched: Watch) -> Iterator[str]:
    for event in EVENTS:
        here = "OLD" if event == "delete" else "NEW"
        notes = [_sqlite_note(watched.subject, f"{here}.{column}", "true") for column in watched.columns]
        if event == "update":
            notes += [
                _sqlite_note(watched.subject, f"OLD.{column}", f"OLD.{column} <> NEW.{column}")
                for column in watched.columns
            ]
        body = "\n".join(["UPDATE change_counter SET value = value + 1;", *notes])
        yield f"CREATE TRIGGER note_{table}_{event} AFTER {event.upper()} ON {table} BEGIN\n{body}\nEND"


def _sqlite_note(subject: str, row_id: str, condition: str) -> str:
    return (
        # Of names in this file.
        f"INSERT INTO row_changes (subject, row_id, counter) SELECT '{subject}', {row_id}, value FROM change_counter"  # noqa: S608
        f" WHERE {condition} {_NEWER};"
    )


def _postgresql_triggers(table: str, watched: Watch) -> Iterator[str]:
    # Before any row is locked: two writers then wait for each other in one order only.
    yield (
        f"CREATE TRIGGER advance_{table} BEFORE INSERT OR UPDATE OR DELETE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION advance_change_counter()"
    )
    arguments = ", ".join(f"'{word}'" for word in (watched.subject, *watched.columns))
    yield (
        f"CREATE TRIGGER note_{table} AFTER INSERT OR UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION note_row_change({arguments})"
    )


# As the first migration makes them; 0043 has the counter move on once a transaction.
POSTGRESQL_FUNCTIONS = (
    """
CREATE FUNCTION advance_change_counter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE change_counter SET value = value + 1;
    RETURN NULL;
END $$
""",
    """
CREATE FUNCTION note_row_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO row_changes (subject, row_id, counter)
    SELECT DISTINCT TG_ARGV[0], side.content ->> name, change_counter.value
    FROM (VALUES (to_jsonb(NEW)), (to_jsonb(OLD))) AS side (content), unnest(TG_ARGV[1:]) AS name, change_counter
    WHERE side.content ->> name IS NOT NULL
    ON CONFLICT (subject, row_id) DO UPDATE SET counter = excluded.counter;
    RETURN NULL;
END $$
""",
)
