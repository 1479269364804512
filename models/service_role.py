"""What a PostgreSQL role that serves may do: read and write rows, and neither alter a table nor the journal.

The role that migrates owns the tables; those that serve (web, night) own nothing. Rights are given table by table, so
that `pg_dump` and `psql` show them.
"""

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

# Table → what may be done with it, where that is less than with any other. The head is locked and moved on.
NARROWER = {"audit": "SELECT, INSERT", "audit_head": "SELECT, UPDATE", "alembic_version": "SELECT"}
ROWS = "SELECT, INSERT, UPDATE, DELETE"
# From which version a role may be let vacuum a table that it does not own.
_MAINTAIN_SINCE = 170_000
INSUFFICIENT_PRIVILEGE = "42501"


class RoleError(ValueError):
    """A role to which these rights cannot be given, or would be no limit."""


def grant_service_rights(connection: Connection, role: str) -> None:
    """Give a role the rights of a service, and take all others on this database from it; twice is once.

    The caller owns the tables, and commits. Tables that it makes later are the role's to write too. Raises RoleError,
    in French, for a role that is not there or that owns what it should be kept from.
    """
    _check_limited(connection, role)
    named = connection.execute(text("SELECT quote_ident(:role)"), {"role": role}).scalar_one()
    schema, database, version = connection.execute(
        text(
            "SELECT quote_ident(current_schema()), quote_ident(current_database()),"
            " current_setting('server_version_num')::int"
        )
    ).one()
    vacuum = ", MAINTAIN" if version >= _MAINTAIN_SINCE else ""
    statements = [
        # Temporary tables are tables too.
        f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC, {named}",
        f"GRANT CONNECT ON DATABASE {database} TO {named}",
    ]
    for each in (schema, *_further_schemas(connection)):
        defaults = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {each} GRANT"
        statements += [
            f"REVOKE CREATE ON SCHEMA {each} FROM PUBLIC, {named}",
            f"REVOKE ALL ON ALL TABLES IN SCHEMA {each} FROM PUBLIC, {named}",
            f"GRANT USAGE ON SCHEMA {each} TO {named}",
            f"GRANT {ROWS}{vacuum} ON ALL TABLES IN SCHEMA {each} TO {named}",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {each} TO {named}",
            f"{defaults} {ROWS}{vacuum} ON TABLES TO {named}",
            f"{defaults} USAGE, SELECT ON SEQUENCES TO {named}",
        ]
    for table, rights in NARROWER.items():
        statements += [f"REVOKE ALL ON {schema}.{table} FROM {named}", f"GRANT {rights} ON {schema}.{table} TO {named}"]
    for statement in statements:
        connection.execute(text(statement))


def service_roles(connection: Connection) -> list[str]:
    """Return the roles that may write entries of the journal without owning it, by name."""
    question = text(
        "SELECT DISTINCT grantee.rolname FROM pg_class, aclexplode(relacl) AS given"
        " JOIN pg_roles AS grantee ON grantee.oid = given.grantee"
        " WHERE pg_class.oid = to_regclass('audit') AND given.privilege_type = 'INSERT' AND given.grantee <> relowner"
        " ORDER BY 1"
    )
    return list(connection.execute(question).scalars())


def may_rewrite_journal(connection: Connection) -> bool:
    """Return whether the role of a connection could change entries: it may, or it could let itself."""
    question = text(
        "SELECT has_table_privilege('audit', 'UPDATE, DELETE, TRUNCATE, TRIGGER')"
        " OR pg_has_role(relowner, 'MEMBER') OR rolsuper"
        " FROM pg_class, pg_roles WHERE pg_class.oid = to_regclass('audit') AND rolname = current_user"
    )
    return bool(connection.execute(question).scalar())


def lacks_rights(error: ProgrammingError) -> bool:
    """Return whether a statement was refused because the role may not do it."""
    return getattr(error.orig, "sqlstate", None) == INSUFFICIENT_PRIVILEGE


def _further_schemas(connection: Connection) -> list[str]:
    """Return the schemas beside the tables' own that are made where the server can have them."""
    question = text("SELECT nspname FROM pg_namespace WHERE nspname = 'vectors'")
    return list(connection.execute(question).scalars())


def _check_limited(connection: Connection, role: str) -> None:
    found = connection.execute(
        text(
            "SELECT rolsuper, pg_has_role(rolname, relowner, 'MEMBER') AS owns FROM pg_roles, pg_class"
            " WHERE pg_class.oid = to_regclass('audit') AND rolname = :role"
        ),
        {"role": role},
    ).one_or_none()
    if found is None:
        raise RoleError(f"Le rôle « {role} » n’existe pas, ou les tables manquent : créez-le (CREATE ROLE … LOGIN).")
    if found.rolsuper or found.owns:
        raise RoleError(f"Le rôle « {role} » possède les tables, ou tout le serveur : rien ne le bornerait.")
