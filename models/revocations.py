"""What was revoked, withdrawn, ended or sent, on its way to the ledger outside the database.

Triggers note it, so that no writer can forget it: statements over many rows, other processes, a person's own SQL. The
unit of work that caused it moves it on to the ledger before it commits (`models.database.writing`).
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, text
from sqlmodel import Field, SQLModel


class RevocationNotice(SQLModel, table=True):
    """One revocation, or its lifting, that is not in the ledger yet. row_id: of the row; second: what else names it."""

    __tablename__ = "revocation_notices"

    id: int | None = Field(
        default=None,
        primary_key=True,
        sa_type=BigInteger().with_variant(Integer(), "sqlite"),
    )
    kind: str = Field(max_length=30)
    row_id: str = Field(max_length=36)
    second: str = Field(default="", max_length=36)


class LedgerHead(SQLModel, table=True):
    """How far the ledger went when this database was last written: the only row, and a backup's own mark.

    count: entries, 0 before the first; mac: that of the last.
    """

    __tablename__ = "ledger_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    count: int
    mac: str = Field(max_length=64)


class Watched(NamedTuple):
    """A change of a row of `table` that is noted as `kind`. columns: of the row, one or two, that name it."""

    name: str
    kind: str
    table: str
    event: str  # INSERT, DELETE, or UPDATE OF its columns
    condition: str = ""
    columns: tuple[str, ...] = ("id",)

    @property
    def trigger(self) -> str:
        return f"revocation_{self.name}"

    @property
    def here(self) -> str:
        return "OLD" if self.event == "DELETE" else "NEW"


def _set(column: str) -> str:
    return f"OLD.{column} IS NULL AND NEW.{column} IS NOT NULL"


def _cleared(column: str) -> str:
    return f"OLD.{column} IS NOT NULL AND NEW.{column} IS NULL"


def _becomes(column: str, value: str) -> str:
    return f"OLD.{column} <> '{value}' AND NEW.{column} = '{value}'"


_STOPPED = "('unsubscribed', 'suspended')"
_GIVEN, _WITHDRAWN = "coalesce({}.teaser, '') <> ''", "coalesce({}.teaser, '') = ''"

WATCHED: tuple[Watched, ...] = (
    Watched("consent_withdrawn", "consent:withdrawn", "consents", "UPDATE OF withdrawn_at", _set("withdrawn_at")),
    Watched("consent_deleted", "consent:withdrawn", "consents", "DELETE"),
    Watched("key_revoked", "key:revoked", "api_keys", "UPDATE OF revoked_at", _set("revoked_at")),
    Watched("key_deleted", "key:revoked", "api_keys", "DELETE"),
    Watched("account_disabled", "account:disabled", "accounts", "UPDATE OF disabled_at", _set("disabled_at")),
    Watched("account_enabled", "account:enabled", "accounts", "UPDATE OF disabled_at", _cleared("disabled_at")),
    Watched("account_role", "account:role", "accounts", "UPDATE OF role", "OLD.role <> NEW.role", ("id", "role")),
    Watched(
        "account_password",
        "account:password",
        "accounts",
        "UPDATE OF password_hash",
        "OLD.password_hash IS NOT NULL AND OLD.password_hash <> coalesce(NEW.password_hash, '')",
    ),
    Watched(
        "account_factor",
        "account:factor",
        "accounts",
        "UPDATE OF totp_confirmed_at",
        "OLD.totp_confirmed_at IS NOT NULL AND NEW.totp_confirmed_at IS NULL",
    ),
    Watched(
        "recovery_code_used",
        "recovery_code:used",
        "recovery_codes",
        "UPDATE OF used_at",
        _set("used_at"),
        ("account_id",),
    ),
    Watched("account_erased", "person:erased", "accounts", "DELETE"),
    Watched("partner_erased", "person:erased", "partners", "DELETE"),
    Watched("contact_erased", "contact:erased", "contacts", "DELETE"),
    Watched("actor_taken", "actor:taken", "account_actors", "DELETE", "", ("account_id", "actor_id")),
    Watched("actor_given", "actor:given", "account_actors", "INSERT", "", ("account_id", "actor_id")),
    Watched(
        "partner_unsubscribed",
        "partner:unsubscribed",
        "partners",
        "UPDATE OF status",
        _becomes("status", "unsubscribed"),
    ),
    Watched("partner_suspended", "partner:suspended", "partners", "UPDATE OF status", _becomes("status", "suspended")),
    Watched(
        "partner_resumed",
        "partner:resumed",
        "partners",
        "UPDATE OF status",
        f"OLD.status IN {_STOPPED} AND NEW.status NOT IN {_STOPPED}",
    ),
    Watched(
        "subscription_stopped",
        "subscription:stopped",
        "subscriptions",
        "UPDATE OF confirmed_at",
        _cleared("confirmed_at"),
    ),
    Watched(
        "subscription_confirmed",
        "subscription:confirmed",
        "subscriptions",
        "UPDATE OF confirmed_at",
        _set("confirmed_at"),
    ),
    Watched(
        "subscription_paused",
        "subscription:paused",
        "subscriptions",
        "UPDATE OF frequency",
        _becomes("frequency", "paused"),
    ),
    Watched(
        "subscription_unpaused",
        "subscription:unpaused",
        "subscriptions",
        "UPDATE OF frequency",
        "OLD.frequency = 'paused' AND NEW.frequency <> 'paused'",
    ),
    Watched("subscription_removed", "subscription:removed", "subscriptions", "DELETE"),
    *(
        Watched(f"{table}_{name}", f"record:{name}", table, "UPDATE OF confidential", condition)
        for table in ("actors", "opportunities")
        for name, condition in (
            ("hidden", "NEW.confidential AND NOT OLD.confidential"),
            ("shown", "OLD.confidential AND NOT NEW.confidential"),
        )
    ),
    Watched(
        "teaser_withdrawn",
        "teaser:withdrawn",
        "opportunities",
        "UPDATE OF teaser",
        f"{_GIVEN.format('OLD')} AND {_WITHDRAWN.format('NEW')}",
    ),
    Watched(
        "teaser_given",
        "teaser:given",
        "opportunities",
        "UPDATE OF teaser",
        f"{_WITHDRAWN.format('OLD')} AND {_GIVEN.format('NEW')}",
    ),
    Watched("need_withdrawn", "need:withdrawn", "stated_needs", "UPDATE OF status", _becomes("status", "withdrawn")),
    Watched("need_forgotten", "need:withdrawn", "stated_needs", "DELETE"),
    Watched(
        "proposal_withdrawn", "proposal:withdrawn", "case_proposals", "UPDATE OF withdrawn_at", _set("withdrawn_at")
    ),
    Watched("proposal_deleted", "proposal:withdrawn", "case_proposals", "DELETE"),
    Watched("sheet_withdrawn", "sheet:withdrawn", "blind_sheets", "UPDATE OF withdrawn_at", _set("withdrawn_at")),
    Watched("document_removed", "document:removed", "case_documents", "DELETE"),
    Watched("mail_sent", "mail:sent", "outbox", "UPDATE OF status", _becomes("status", "sent")),
    Watched("mail_cancelled", "mail:cancelled", "outbox", "UPDATE OF status", _becomes("status", "cancelled")),
    Watched("mail_failed", "mail:cancelled", "outbox", "UPDATE OF status", _becomes("status", "failed")),
)


def watch(connection: Connection, watched: Watched) -> None:
    """Create one trigger. A migration that makes a watched table anew must call this afterwards."""
    statements = _postgresql_trigger if connection.dialect.name == "postgresql" else _sqlite_trigger
    for statement in statements(watched):
        connection.execute(text(statement))


def unwatch(connection: Connection, watched: Watched) -> None:
    """Drop one trigger."""
    on_table = f" ON {watched.table}" if connection.dialect.name == "postgresql" else ""
    connection.execute(text(f"DROP TRIGGER {watched.trigger}{on_table}"))


def _sqlite_trigger(watched: Watched) -> Iterator[str]:
    values = ", ".join([f"'{watched.kind}'", *(f"{watched.here}.{column}" for column in watched.columns)])
    names = ", ".join(("kind", "row_id", "second")[: 1 + len(watched.columns)])
    second = "" if len(watched.columns) > 1 else ", second"
    empty = "" if len(watched.columns) > 1 else ", ''"
    when = f" WHEN {watched.condition}" if watched.condition else ""
    yield (
        f"CREATE TRIGGER {watched.trigger} AFTER {watched.event} ON {watched.table}{when} BEGIN\n"
        f"INSERT INTO revocation_notices ({names}{second}) VALUES ({values}{empty});\nEND"
    )


def _postgresql_trigger(watched: Watched) -> Iterator[str]:
    arguments = ", ".join(f"'{word}'" for word in (watched.kind, *watched.columns))
    when = f" WHEN ({watched.condition})" if watched.condition else ""
    yield (
        f"CREATE TRIGGER {watched.trigger} AFTER {watched.event} ON {watched.table}"
        f" FOR EACH ROW{when} EXECUTE FUNCTION note_revocation({arguments})"
    )


POSTGRESQL_FUNCTION = """
CREATE FUNCTION note_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    content jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
    INSERT INTO revocation_notices (kind, row_id, second)
    VALUES (TG_ARGV[0], content ->> TG_ARGV[1], CASE WHEN TG_NARGS > 2 THEN content ->> TG_ARGV[2] ELSE '' END);
    RETURN NULL;
END $$
"""
