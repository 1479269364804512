"""Copies of a PostgreSQL database, by `pg_dump` and `pg_restore`.

A backup is restored into a new database beside the one in place; the two change names in one transaction.
"""

import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from api.core.errors import ConflictError, NotReadyError, SourceError
from api.privacy.backup_files import new_backup_file
from api.privacy.ledger import Head
from api.privacy.postgres_tools import PostgresTools, ToolError
from models.revisions import is_known_revision
from models.service_role import INSUFFICIENT_PRIVILEGE, grant_service_rights, service_roles

ARCHIVE_MAGIC = b"PGDMP"
_IN_USE = "55006"
# Of a name's 63 bytes, what is left beside the words that are put after it.
_NAME_LENGTH = 36


class PostgresCopies:
    """See `api.privacy.database_copies.DatabaseCopies`. The role owns the database and may create others."""

    def __init__(self, database_url: str, tools: str = "") -> None:
        self._url = make_url(database_url)
        self._tools = PostgresTools(tools)

    def backup(self, target_path: Path) -> None:
        with new_backup_file(target_path) as partial_path:
            # One moment of the whole database, whoever writes meanwhile.
            self._tools.run("pg_dump", "--format=custom", f"--file={partial_path}", database=self._url)
            self.check(partial_path)

    def check(self, backup_file: Path) -> None:
        if not backup_file.is_file():
            raise SourceError(f"« {backup_file} » n’existe pas.")
        with backup_file.open("rb") as file:
            if file.read(len(ARCHIVE_MAGIC)) != ARCHIVE_MAGIC:
                raise SourceError(f"« {backup_file} » n’est pas une sauvegarde de PostgreSQL (pg_dump).")
        try:
            contents = self._tools.run("pg_restore", "--list", str(backup_file))
            # Read whole: each block is unpacked, and nothing is written.
            self._tools.run("pg_restore", f"--file={os.devnull}", str(backup_file))
            revision = self._revision_in(backup_file)
        except ToolError as error:
            raise SourceError(f"« {backup_file} » est abîmé, ou ne peut pas être lu : {error.detail}") from error
        if " audit_head " not in contents or not revision:
            raise SourceError(f"« {backup_file} » n’est pas une sauvegarde de Pôle Sud.")
        if not is_known_revision(revision):
            raise SourceError(
                f"« {backup_file} » vient d’une version plus récente de ce programme : mettez-le d’abord à jour."
            )

    def check_unused(self) -> None:
        with self._server() as server:
            others = server.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = :name AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
                ),
                {"name": self._url.database},
            ).scalar_one()
        if others:
            raise _in_use()

    @contextmanager
    def working_copy(self, backup_file: Path) -> Iterator[str]:
        copy_url = self._url.set(database=f"{self._short_name()}_copie_{secrets.token_hex(4)}")
        with self._server() as server:
            name, owner = _quoted(server, copy_url.database), self._owner(server)
            made_for = f"OWNER {_quoted(server, owner)} " if owner else ""
            server.execute(text(f"CREATE DATABASE {name} {made_for}TEMPLATE template0 {self._locale(server)}"))
        try:
            with self._server() as server:
                # Nobody else has to do with it until it is whole.
                server.execute(text(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC"))
            self._make_extensions(copy_url, backup_file)
            if owner:
                # A superuser restores for whoever owned the database: all that is made from here on is theirs.
                escaped = owner.replace("\\", "\\\\").replace(" ", "\\ ")
                copy_url = copy_url.update_query_dict({"options": f"-c role={escaped}"})
            without = ("--no-owner", "--no-privileges", "--no-comments")
            try:
                self._tools.run("pg_restore", "--exit-on-error", *without, str(backup_file), database=copy_url)
            except ToolError as error:
                raise SourceError(f"« {backup_file} » n’a pas pu être relu dans une base : {error.detail}") from error
            yield copy_url.render_as_string(hide_password=False)
        finally:
            with self._server() as server:
                # Its name is another's where it was put in place.
                server.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    @contextmanager
    def scratch_copy(self) -> Iterator[str]:
        # A folder that its owner alone may enter.
        with tempfile.TemporaryDirectory(prefix="pole-sud-") as folder:
            self.backup(Path(folder) / "essai")
            with self.working_copy(Path(folder) / "essai") as copy_url:
                yield copy_url

    def head_of(self, database_url: str) -> Head | None:
        with self._server() as server:
            if not _exists(server, make_url(database_url).database or ""):
                return None
        try:
            with _connected(make_url(database_url)) as connection:
                row = connection.execute(text("SELECT count, mac FROM ledger_head")).one_or_none()
        except ProgrammingError:
            return None
        return Head(*row) if row else None

    def put_in_place(self, copy_url: str) -> str:
        live_name, copy_name = self._url.database or "", make_url(copy_url).database or ""
        with self._server() as server:
            is_there = _exists(server, live_name)
            is_public = (
                is_there
                and server.execute(
                    text("SELECT has_database_privilege('public', :name, 'CONNECT')"), {"name": live_name}
                ).scalar_one()
            )
        # Who served the one serves the other.
        roles: list[str] = []
        if is_there:
            with _connected(self._url) as connection:
                roles = service_roles(connection)
        with _connected(make_url(copy_url)) as connection, connection.begin():
            for role in roles:
                grant_service_rights(connection, role)
        former_name = ""
        with self._server(autocommit=False) as server:
            live, copy = _quoted(server, live_name), _quoted(server, copy_name)
            if is_there:
                former_name, number = f"{self._short_name()}_avant_restauration", 1
                while _exists(server, former_name):
                    number += 1
                    former_name = f"{self._short_name()}_avant_restauration_{number}"
                server.execute(text(f"ALTER DATABASE {live} RENAME TO {_quoted(server, former_name)}"))
            server.execute(text(f"ALTER DATABASE {copy} RENAME TO {live}"))
            if is_public or not is_there:
                server.execute(text(f"GRANT CONNECT ON DATABASE {live} TO PUBLIC"))
            server.commit()
        return former_name

    def _short_name(self) -> str:
        return (self._url.database or "").encode()[:_NAME_LENGTH].decode(errors="ignore")

    def _revision_in(self, backup_file: Path) -> str:
        """Return the revision of the tables that a backup holds, "" for none."""
        lines = self._tools.run(
            "pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(backup_file)
        ).splitlines()
        starts = [number for number, line in enumerate(lines) if line.startswith("COPY ")]
        return lines[starts[0] + 1] if len(starts) == 1 and lines[starts[0] + 1] != "\\." else ""

    def _owner(self, server: Connection) -> str:
        """Return who owns the database in place, "" where it is this role or there is none."""
        question = text(
            "SELECT pg_get_userbyid(datdba) FROM pg_database"
            " WHERE datname = :name AND pg_get_userbyid(datdba) <> current_user"
        )
        return server.execute(question, {"name": self._url.database}).scalar() or ""

    def _make_extensions(self, copy_url: URL, backup_file: Path) -> None:
        """Make what a backup's extensions are; pgvector wants a superuser. Raises ConflictError."""
        contents = self._tools.run("pg_restore", "--list", str(backup_file))
        with _connected(copy_url, autocommit=True) as connection:
            for name in re.findall(r"^\d+; \d+ \d+ EXTENSION - (\S+)", contents, re.MULTILINE):
                try:
                    connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {_quoted(connection, name)}"))
                except DBAPIError as error:
                    if _code_of(error) != INSUFFICIENT_PRIVILEGE:
                        raise
                    raise ConflictError(
                        f"L’extension « {name} » ne s’installe que par un superutilisateur : restaurez avec un tel"
                        " rôle ; tables et base restent à qui les avait."
                    ) from error

    def _locale(self, server: Connection) -> str:
        """Return the clauses that give a new database the order of letters of the one in place."""
        row = server.execute(
            text(
                "SELECT pg_encoding_to_char(encoding) AS encoding, quote_literal(datcollate) AS collate,"
                " quote_literal(datctype) AS ctype, datlocprovider AS provider,"
                " quote_literal(coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')) AS locale"
                " FROM pg_database d WHERE datname = :name"
            ),
            {"name": self._url.database},
        ).one_or_none()
        if row is None:
            return "ENCODING 'UTF8'"
        provider = {"i": f"icu ICU_LOCALE {row.locale}", "b": f"builtin BUILTIN_LOCALE {row.locale}"}
        return (
            f"ENCODING '{row.encoding}' LC_COLLATE {row.collate} LC_CTYPE {row.ctype}"
            f" LOCALE_PROVIDER {provider.get(row.provider, 'libc')}"
        )

    @contextmanager
    def _server(self, *, autocommit: bool = True) -> Iterator[Connection]:
        """Open the server's own database.

        Raises ConflictError for what the role may not do or others prevent, NotReadyError where nobody answers.
        """
        try:
            with _connected(self._url.set(database="postgres"), autocommit=autocommit) as connection:
                yield connection
        except DBAPIError as error:
            if _code_of(error) == _IN_USE:
                raise _in_use() from error
            if _code_of(error) == INSUFFICIENT_PRIVILEGE:
                raise ConflictError(
                    "Ce rôle ne peut pas créer de base, ou celle-ci n’est pas à lui : prenez celui qui possède les"
                    " tables (ALTER ROLE … CREATEDB)."
                ) from error
            if isinstance(error, OperationalError) and not _code_of(error):
                raise NotReadyError(
                    "Le serveur PostgreSQL ne répond pas, ou n’ouvre pas à ce rôle : voyez POLESUD_DATABASE_URL."
                ) from error
            raise


@contextmanager
def _connected(url: URL, *, autocommit: bool = False) -> Iterator[Connection]:
    isolation = {"isolation_level": "AUTOCOMMIT"} if autocommit else {}
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, **isolation)
    with engine.connect() as connection:
        yield connection


def _exists(server: Connection, name: str) -> bool:
    return bool(server.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).scalar())


def _quoted(server: Connection, name: str | None) -> str:
    return str(server.execute(text("SELECT quote_ident(:name)"), {"name": name}).scalar_one())


def _code_of(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _in_use() -> ConflictError:
    return ConflictError(
        "Des programmes ont la base ouverte : arrêtez le service et la nuit, puis recommencez. Rien n’est changé."
    )
