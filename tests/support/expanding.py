"""What a migration would break for code of the revision before it, which still serves while it runs."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from alembic.operations import ops
from sqlalchemy import JSON, Column, Connection, MetaData, Table, inspect, select, types

# SQL by hand, which Alembic does not take apart.
_BREAKING_SQL = re.compile(r"\b(DROP\s+(TABLE|COLUMN)|RENAME|SET\s+NOT\s+NULL|ADD\s+(CONSTRAINT|CHECK|UNIQUE))\b", re.I)
# The journal, whose next row is not any row, and what triggers alone insert: they are exercised by the others' rows.
_OWN_RULES = frozenset({"audit", "audit_head", "alembic_version", "revocation_notices"})
# What no value of its type alone says.
_OWN_VALUES: dict[tuple[str, str], Any] = {("contacts", "opportunity_id"): None}


def breaking(operations: Sequence[ops.MigrateOperation]) -> list[str]:
    """Return which of a migration's operations break code of before; what touches its own new tables breaks nothing."""
    new = {operation.table_name for operation in operations if isinstance(operation, ops.CreateTableOp)}
    return [
        f"{type(operation).__name__} {getattr(operation, 'table_name', '')}: {problem}"
        for operation in operations
        if getattr(operation, "table_name", None) not in new
        for problem in _problems(operation)
    ]


def _problems(operation: ops.MigrateOperation) -> Iterator[str]:
    match operation:
        case ops.DropTableOp() | ops.RenameTableOp():
            yield "the table is gone"
        case ops.DropColumnOp():
            yield f"the column {operation.column_name} is gone"
        case ops.AddColumnOp():
            column = operation.column
            if not column.nullable and column.server_default is None and column.identity is None:
                yield f"the column {column.name} wants a value that nobody of before gives"
        case ops.AlterColumnOp():
            if operation.modify_name:
                yield f"the column {operation.column_name} is renamed"
            if operation.modify_nullable is False:
                yield f"the column {operation.column_name} takes no NULL any more"
            if operation.modify_type is not None:
                yield f"the column {operation.column_name} changes its type"
            if operation.modify_server_default is None:
                yield f"the column {operation.column_name} loses its default"
        case ops.CreateIndexOp():
            if operation.unique:
                yield "rows that were allowed are not any more"
        case ops.AddConstraintOp():
            yield "rows that were allowed are not any more"
        case ops.ExecuteSQLOp():
            if _BREAKING_SQL.search(str(operation.sqltext)):
                yield f"by hand: {operation.sqltext}"


def broken_statements(connection: Connection, before: MetaData) -> list[str]:
    """Return which statements of code of before fail now. before: the tables as they were, reflected.

    They insert a row, read, change and delete it, with all columns named, as a mapper does. Nothing of it stays.
    """
    rows: dict[str, dict[str, Any]] = {}
    problems = list(_newly_nullable(connection, before))
    with connection.begin_nested() as everything:
        for table in before.sorted_tables:
            unreadable = list(_failing(connection, table, select(table).limit(1), "read"))
            problems += unreadable
            # A row beside those that are there may be against a rule of theirs.
            if not unreadable and table.name not in _OWN_RULES and not connection.execute(select(table)).first():
                rows[table.name] = {column.name: _value(column, rows) for column in table.columns}
                problems += _failing(connection, table, table.insert().values(rows[table.name]), "insert")
        for table in reversed(before.sorted_tables):
            if table.name in rows:
                problems += _failing(connection, table, table.update().values(rows[table.name]), "update")
                problems += _failing(connection, table, table.delete(), "delete")
        everything.rollback()
    return problems


def _failing(connection: Connection, table: Table, statement: Any, name: str) -> Iterator[str]:
    savepoint = connection.begin_nested()
    try:
        connection.execute(statement)
    except Exception as error:
        savepoint.rollback()
        yield f"{name} {table.name}: {type(error).__name__}: {str(getattr(error, 'orig', error))[:200]}"
    else:
        savepoint.commit()


def _newly_nullable(connection: Connection, before: MetaData) -> Iterator[str]:
    """Yield the columns in which code of today may leave a NULL that code of before does not expect."""
    found = inspect(connection)
    for table in before.sorted_tables:
        if found.has_table(table.name):
            nullable = {column["name"] for column in found.get_columns(table.name) if column["nullable"]}
            for column in table.columns:
                if not (column.nullable or column.primary_key) and column.name in nullable:
                    yield f"{table.name}.{column.name} may be NULL now"


def _value(column: Column[Any], rows: dict[str, dict[str, Any]]) -> Any:
    """Return any value that a column takes; a key of another table is that of its row."""
    if (column.table.name, column.name) in _OWN_VALUES:
        return _OWN_VALUES[column.table.name, column.name]
    for key in column.foreign_keys:
        referred = rows.get(key.column.table.name)
        return referred[key.column.name] if referred else None
    match column.type:
        case types.Boolean():
            return False
        case types.Integer():
            return 7
        case types.Numeric() | types.Float() | types.Double():
            return 0.5
        case types.DateTime():
            return datetime(2026, 11, 30, tzinfo=UTC)
        case types.Date():
            return date(2026, 11, 30)
        case types.NullType():
            return None  # a type of an extension, which SQLAlchemy does not know
        case types.LargeBinary():
            return b"x"
        case JSON():
            return []
        case _:
            return "x"
