"""Many rows of one table, inserted for a third of what SQLAlchemy spends on their parameters, made row by row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert

from models.changes import noted_together


def insert_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all give the same columns; the others get the table's plain defaults.

    Raises ValueError where another column has a default that is to be computed.
    """
    if not rows:
        return
    given = rows[0].keys()
    # Inline: what the database gives itself is not asked back.
    statement = insert(table).inline().compile(dialect=connection.dialect, column_keys=list(given))
    names: Sequence[str] = statement.positiontup or list(statement.params)
    columns = [
        _bound(
            connection,
            table,
            name,
            [row[name] for row in rows] if name in given else [_default(table, name)] * len(rows),
        )
        for name in names
    ]
    parameters: list[Any] = list(zip(*columns, strict=True))
    if not statement.positional:
        parameters = [dict(zip(names, values, strict=True)) for values in parameters]
    with noted_together(connection, table.name, rows):
        connection.exec_driver_sql(str(statement), parameters)


def _default(table: Table, name: str) -> Any:
    default: Any = table.c[name].default
    if not default.is_scalar:
        raise ValueError(f"{table.name}.{name}: its default is to be given")
    return default.arg


def _bound(connection: Connection, table: Table, name: str, values: list[Any]) -> list[Any]:
    """Return the values of a column as the driver takes them; what is one object is made once."""
    convert: Callable[[Any], Any] | None = (
        table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    )
    if convert is None:
        return values
    # By identity, for equal values of two types may be written in two ways; the list keeps each object.
    made = {ident: convert(value) for ident, value in {id(value): value for value in values}.items()}
    return [made[id(value)] for value in values]
