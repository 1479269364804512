"""The journal is only added to: triggers of the database refuse all else, whoever asks and however.

An entry follows the last one; the head moves on by one entry, to the hash of that entry; neither is changed, removed or
emptied. Nothing that the law asks for needs a way around this: an erasure and the purge add entries and change none
(nobody is named in them), and a restoration puts another database in this one's place, whole.

Whoever owns the tables can drop these triggers. On PostgreSQL the service does not own them (`models.service_role`).
"""

from collections.abc import Iterator

from sqlalchemy import Connection, text

REFUSAL = "the journal is only added to"

# No entry but the next one, no head but the first.
_NEXT_ENTRY = "EXISTS (SELECT 1 FROM audit_head WHERE NEW.seq = count + 1 AND NEW.previous_hash = last_hash)"
_FIRST_HEAD = "NOT EXISTS (SELECT 1 FROM audit_head)"
_NEXT_HEAD = (
    "NEW.id = OLD.id AND NEW.count = OLD.count + 1 AND EXISTS (SELECT 1 FROM audit"
    " WHERE seq = NEW.count AND hash = NEW.last_hash AND previous_hash = OLD.last_hash)"
)

# Name → (event, table, what must hold). Those that refuse every change of an entry are of migration 0005.
_SQLITE_TRIGGERS = {
    "audit_follows": ("INSERT ON audit", _NEXT_ENTRY),
    "audit_head_one": ("INSERT ON audit_head", _FIRST_HEAD),
    "audit_head_follows": ("UPDATE ON audit_head", _NEXT_HEAD),
    "audit_head_no_delete": ("DELETE ON audit_head", "false"),
}
_POSTGRESQL_TRIGGERS = {
    "audit_only_added": ("BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT", "refuse_journal_change"),
    "audit_head_kept": ("BEFORE DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT", "refuse_journal_change"),
    "audit_follows": ("BEFORE INSERT ON audit FOR EACH ROW", "check_journal_entry"),
    "audit_head_follows": ("BEFORE INSERT OR UPDATE ON audit_head FOR EACH ROW", "check_journal_head"),
}
# A statement is refused as a broken constraint is: what called it sees the same error on both databases.
_RAISE = f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';"
_FUNCTIONS = {
    "refuse_journal_change": _RAISE,
    "check_journal_entry": f"IF NOT ({_NEXT_ENTRY}) THEN {_RAISE} END IF; RETURN NEW;",
    "check_journal_head": (
        f"IF TG_OP = 'INSERT' AND {_FIRST_HEAD} THEN RETURN NEW; END IF;"
        f" IF TG_OP = 'UPDATE' THEN IF {_NEXT_HEAD} THEN RETURN NEW; END IF; END IF; {_RAISE}"
    ),
}


def guard(connection: Connection) -> None:
    """Create the triggers. A migration that makes a table of the journal anew must call this afterwards."""
    for statement in _postgresql(connection) if connection.dialect.name == "postgresql" else _sqlite():
        connection.execute(text(statement))


def unguard(connection: Connection) -> None:
    """Drop the triggers that `guard` makes."""
    if connection.dialect.name == "postgresql":
        for name in _FUNCTIONS:
            connection.execute(text(f"DROP FUNCTION {name} CASCADE"))
        return
    for name in _SQLITE_TRIGGERS:
        connection.execute(text(f"DROP TRIGGER {name}"))


def _sqlite() -> Iterator[str]:
    for name, (event, condition) in _SQLITE_TRIGGERS.items():
        yield (
            f"CREATE TRIGGER {name} BEFORE {event} WHEN NOT ({condition}) BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def _postgresql(connection: Connection) -> Iterator[str]:
    # Where the journal is looked for is fixed: somebody's temporary table of its name is not it.
    schema = connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    for name, body in _FUNCTIONS.items():
        yield (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp"
            f" AS $$ BEGIN {body} END $$"
        )
    for name, (event, function) in _POSTGRESQL_TRIGGERS.items():
        table = event.partition(" ON ")[2].partition(" ")[0]
        yield f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {function}()"
        if function == "refuse_journal_change":
            # Also where triggers of other kinds are set aside (session_replication_role).
            yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
