"""The migrations and the tables that the code declares say the same thing, up and down."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Column, Connection, Engine, inspect, text

from models.base import utc_now
from models.database import open_database, reading
from models.revisions import MIGRATIONS, UnknownRevisionError, migrate, newest_revision
from models.tables import ApiKey, metadata
from tests.support.databases import make_database, remove_database, url_of
from tests.support.schemas import assert_sound, freed_space_holds, is_sqlite, schema_of


@pytest.fixture
def blank(tmp_path: Path) -> Iterator[Engine]:
    make_database(tmp_path / "blank.db")
    opened = open_database(url_of(tmp_path / "blank.db"))
    yield opened
    opened.dispose()
    remove_database(tmp_path / "blank.db")


def test_after_head_the_tables_are_what_the_metadata_says(blank: Engine) -> None:
    migrate(blank)
    with blank.connect() as connection:
        options = {"compare_type": True, "compare_server_default": other_default}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        # Autogenerate does not compare these.
        found = inspect(connection)
        for table in metadata.sorted_tables:
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [
                column.name for column in table.primary_key.columns
            ]
            nullable = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert nullable == {column.name: column.nullable for column in table.columns}


def test_the_newest_migration_is_told_by_its_name(blank: Engine) -> None:
    """It is the one to which alembic brings the tables; then nothing is done."""
    assert [newest_revision()] == ScriptDirectory(str(MIGRATIONS)).get_heads()
    migrate(blank)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(command, "upgrade", pytest.fail)
        migrate(blank)


def test_tables_of_a_newer_version_are_refused(blank: Engine) -> None:
    migrate(blank)
    with blank.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnknownRevisionError):
        migrate(blank)


def other_default(
    _context: object, _found: object, column: Column[Any], found: str | None, *said: str | None
) -> bool | None:
    """Compare what a column of JSON has by default; PostgreSQL, which alembic asks, cannot. None: as alembic does."""

    def bare(default: str | None) -> str:
        return (default or "").removesuffix("::json").strip("'")

    return bare(found) != bare(said[-1]) if isinstance(column.type, JSON) else None


def test_base_leaves_nothing_and_up_again_gives_the_same_tables(blank: Engine) -> None:
    migrate(blank)
    once = schema_of(blank)
    assert {table.name for table in metadata.sorted_tables} < {name for name, _ in once}
    migrate(blank, "base")
    assert inspect(blank).get_table_names() == ["alembic_version"]
    with blank.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 0
    migrate(blank)
    assert schema_of(blank) == once


def test_migrating_twice_changes_nothing_and_keeps_the_rows(engine: Engine) -> None:
    def communes() -> int:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM communes")).scalar() or 0)

    before = communes()
    migrate(engine)
    assert communes() == before > 3000


def test_every_constraint_has_a_name_that_a_later_migration_can_call_it_by(blank: Engine) -> None:
    migrate(blank)
    found = inspect(blank)
    for table in metadata.sorted_tables:
        assert found.get_pk_constraint(table.name)["name"] == f"pk_{table.name}"
        for key in found.get_foreign_keys(table.name):
            assert key["name"] == f"fk_{table.name}_{key['constrained_columns'][0]}_{key['referred_table']}"
        for unique in found.get_unique_constraints(table.name):
            assert unique["name"] == f"uq_{table.name}_{'_'.join(unique['column_names'])}"


def test_what_was_suggested_outlives_the_night_s_migration_up_and_down(blank: Engine) -> None:
    """Impressions refer to a table that SQLite cannot alter; a search's suggestions, which have no actor, are new."""
    migrate(blank, "0002")
    moment = "2026-11-24 03:30:00"
    rows = (
        ("weights", {"id": "w", "status": "active", "values": "{}", "note": "", "created_at": moment}),
        ("ranked_lists", dict.fromkeys(("id", "direction", "subject", "encoder_revision"), "l")),
        ("suggestions", {"id": "s", "actor_id": "a", "subject": "opportunity:o", "confidential": False}),
        ("impressions", dict.fromkeys(("id", "list_id", "suggestion_id"), "i") | {"breakdown": "{}"}),
    )
    with blank.connect() as connection:
        _insert(connection, "actors", an_actor(moment))
        for table, values in rows:
            _insert(
                connection,
                table,
                values | OWN.get(table, {}) | ({"created_at": moment} if table != "impressions" else {}),
            )
        connection.commit()
    migrate(blank)
    with blank.connect() as connection:
        search = {
            "id": "s2",
            "subject": "opportunity:o",
            "subscription_id": "u",
            "confidential": False,
            "created_at": moment,
        }
        _insert(connection, "suggestions", search)
        _insert(
            connection, "impressions", dict(OWN["impressions"], id="i2", suggestion_id="s2", rank=2, breakdown="{}")
        )
        connection.commit()
    for change in (down, migrate):
        change(blank)
        with blank.connect() as connection:
            assert connection.execute(text("SELECT id FROM suggestions")).scalars().all() == ["s"]
            assert connection.execute(text("SELECT suggestion_id FROM impressions")).scalars().all() == ["s"]
            assert_sound(connection)


def test_accounts_outlive_the_sessions_migration_up_and_down(blank: Engine) -> None:
    """An account that was open can sign in; its former sessions and invitations hold no longer."""
    moment = "2026-11-24 03:30:00"
    account = dict.fromkeys(("id", "email", "name"), "c") | {"role": "facilitator", "created_at": moment}
    migrate(blank, "0004")
    with blank.connect() as connection:
        _insert(connection, "accounts", account | {"password_hash": "h"})
        _insert(connection, "invitations", {"token_hash": "t", "account_id": "c", "expires_at": moment})
        _insert(
            connection, "sessions", {"token_hash": "t", "account_id": "c", "created_at": moment, "expires_at": moment}
        )
        connection.commit()
    for change in (migrate, lambda engine: down(engine, "0004"), migrate):
        change(blank)
        with blank.connect() as connection:
            assert connection.execute(text("SELECT email, password_hash FROM accounts")).all() == [("c", "h")]
            assert connection.execute(text("SELECT COUNT(*) FROM sessions")).scalar() == 0
            assert_sound(connection)


OWN: dict[str, dict[str, object]] = {
    "ranked_lists": {"weights_id": "w"},
    "impressions": {"list_id": "l", "suggestion_id": "s", "rank": 1, "score": 0.5, "propensity": 1.0},
}


def down(engine: Engine, revision: str = "0002") -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        connection.commit()


def an_actor(moment: str) -> dict[str, object]:
    texts = dict.fromkeys(("natural_key", "content_hash", "source", "name"), "a") | {"kind": "scop", "id": "a"}
    lists = dict.fromkeys(("activities", "naf", "area_departments", "area_communes", "approvals", "seeks"), "[]")
    return texts | lists | {"confidential": False, "created_at": moment, "updated_at": moment}


def _insert(connection: Connection, table: str, values: dict[str, object]) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


def test_the_words_of_pasted_texts_are_forgotten_and_other_reasons_stay(blank: Engine) -> None:
    """Of lists that answer a pasted text alone, and without leaving them in the free space of the file."""
    migrate(blank, "0008")
    moment = "2026-11-24 03:30:00"
    reasons = [
        {"code": "words", "value": 0.5, "contribution": 0.1, "figures": {"shared": "zingraviole"}},
        {"code": "nearness", "value": 0.5, "contribution": 0.1, "figures": {"km": 3.0, "exact": 1}},
    ]
    with blank.connect() as connection:
        weights = {"id": "w", "status": "active", "values": "{}", "note": "", "created_at": moment}
        _insert(connection, "weights", weights)
        _insert(connection, "actors", an_actor(moment))
        for name, direction, subject in (("t", "actors_for_text", "text:h"), ("o", "actors_for_opportunity", "o")):
            ranked_list = {"id": name, "direction": direction, "subject": subject, "weights_id": "w"}
            _insert(connection, "ranked_lists", ranked_list | {"encoder_revision": "e", "created_at": moment})
            suggestion = {"id": name, "actor_id": "a", "subject": subject, "confidential": False, "created_at": moment}
            _insert(connection, "suggestions", suggestion)
            line = {"id": name, "list_id": name, "suggestion_id": name, "rank": 1, "score": 0.5, "propensity": 1}
            told = reasons if name == "t" else [{**reasons[0], "figures": {"shared": "tonte"}}, reasons[1]]
            _insert(connection, "impressions", line | {"breakdown": json.dumps({"bias": 0, "reasons": told})})
        connection.commit()
    migrate(blank)
    with blank.connect() as connection:
        stored = dict(connection.execute(text("SELECT id, CAST(breakdown AS TEXT) FROM impressions")).all())  # type: ignore[arg-type]
    kept = json.loads(stored["t"])["reasons"]
    assert [(one["code"], one["figures"]) for one in kept] == [
        ("words", {"forgotten": 1}),
        ("nearness", {"km": 3.0, "exact": 1}),
    ]
    assert json.loads(stored["o"])["reasons"][0]["figures"] == {"shared": "tonte"}
    if is_sqlite(blank):
        assert not freed_space_holds(blank, b"zingraviole")


def an_opportunity(row_id: str, kind: str, key: str, moment: str) -> dict[str, object]:
    texts = {"id": row_id, "natural_key": key, "source": key.partition(":")[0], "source_id": key.partition(":")[2]}
    lists = dict.fromkeys(("naf", "cpv", "reserved", "required_approvals"), "[]")
    own = {"content_hash": "h", "kind": kind, "title": row_id, "status": "open", "confidential": kind == "takeover"}
    return texts | lists | own | {"created_at": moment, "updated_at": moment}


def test_rows_and_all_that_hangs_on_them_outlive_the_change_of_their_keys_up_and_down(blank: Engine) -> None:
    """Keys get the nature of the thing; ids, links, ratings and what the desk reads stay as they are."""
    moment = "2026-11-24 03:30:00"
    keys = {"o1": "saisie:1", "o2": "boamp:26-1", "a1": "siret:1", "a2": "saisie:1", "a3": "saisie:2"}
    nature = {"o1": "takeover:", "o2": "market:", "a1": "", "a2": "actor:", "a3": "employee_group:"}
    migrate(blank, "0011")
    with blank.connect() as connection:
        _insert(connection, "opportunities", an_opportunity("o1", "takeover", keys["o1"], moment))
        _insert(connection, "opportunities", an_opportunity("o2", "market", keys["o2"], moment))
        for row_id, kind in (("a1", "scop"), ("a2", "esat"), ("a3", "employee_group")):
            own: dict[str, object] = {"id": row_id, "natural_key": keys[row_id], "kind": kind}
            _insert(connection, "actors", an_actor(moment) | own | ({"siret": "1"} if row_id == "a1" else {}))
        suggestion = {"id": "s", "actor_id": "a3", "subject": "opportunity:o1", "opportunity_id": "o1"}
        _insert(connection, "suggestions", suggestion | {"confidential": True, "created_at": moment})
        connection.commit()

    def stored() -> dict[str, str]:
        with blank.connect() as connection:
            rows = connection.execute(
                text("SELECT id, natural_key FROM opportunities UNION SELECT id, natural_key FROM actors")
            )
            assert connection.execute(text("SELECT actor_id, opportunity_id FROM suggestions")).all() == [("a3", "o1")]
            assert_sound(connection)
            return {row.id: row.natural_key for row in rows}

    with blank.connect() as connection:
        counter = connection.execute(text("SELECT value FROM change_counter")).scalar()
    for change, expected in (
        (migrate, {row_id: nature[row_id] + key for row_id, key in keys.items()}),
        (lambda engine: down(engine, "0011"), keys),
        (migrate, {row_id: nature[row_id] + key for row_id, key in keys.items()}),
    ):
        change(blank)
        assert stored() == expected
    # What now differs by its nature alone cannot have one key: the secret row keeps its own.
    with blank.connect() as connection:
        assert connection.execute(text("SELECT value FROM change_counter")).scalar() == counter
        _insert(connection, "opportunities", an_opportunity("o3", "market", "market:saisie:1", moment))
        connection.commit()
    down(blank, "0011")
    assert stored() == keys | {"o1": "takeover:saisie:1", "o3": "saisie:1"}


def test_a_key_of_before_opens_for_a_year_more(blank: Engine) -> None:
    migrate(blank, "0011")
    moment = "2026-11-24 03:30:00"
    with blank.connect() as connection:
        key = {"id": "k", "name": "Mairie", "secret_hash": "h", "role": "client", "created_at": moment}
        _insert(connection, "api_keys", key)
        connection.commit()
    migrate(blank)
    with reading(blank) as session:
        expires_at = session.get_one(ApiKey, "k").expires_at
        assert expires_at
        assert abs(expires_at - utc_now() - timedelta(days=365)) < timedelta(days=1)


def test_a_threshold_becomes_the_section_that_it_lies_in_up_and_down(blank: Engine) -> None:
    """The triggers of what is revoked stay: a table made anew would lose them."""
    moment = "2026-11-24 03:30:00"
    thresholds = {"s0": 0.0, "s1": 0.2, "s2": 0.44, "s3": 0.45, "s4": 0.69, "s5": 0.7, "s6": 1.0}
    sections = {
        name: "call_first" if t >= 0.7 else "good_lead" if t >= 0.45 else "to_study" for name, t in thresholds.items()
    }
    floors = {"call_first": 0.7, "good_lead": 0.45, "to_study": 0.2}
    migrate(blank, "0015")
    with blank.connect() as connection:
        partner = {"id": "p", "email": "p", "label": "", "status": "active", "status_reason": "", "soft_bounces": 0}
        _insert(connection, "partners", partner | {"created_at": moment, "updated_at": moment})
        for name, threshold in thresholds.items():
            wishes = {"search": name, "departments": "[]", "frequency": "nightly", "weekday": 0, "most": 5}
            own = {"id": name, "partner_id": "p", "threshold": threshold, "created_at": moment}
            _insert(connection, "subscriptions", own | wishes)
        connection.commit()

    def stored(column: str) -> dict[str, object]:
        with blank.connect() as connection:
            assert_sound(connection)
            return {
                row.id: row.value
                for row in connection.execute(text(f"SELECT id, {column} AS value FROM subscriptions"))
            }

    def triggers() -> set[str]:
        return {sql for _, sql in schema_of(blank) if sql.startswith("CREATE TRIGGER")}

    before = triggers()
    for _ in range(2):
        migrate(blank)
        assert stored("least") == sections
        down(blank, "0015")
        assert stored("threshold") == {name: floors[section] for name, section in sections.items()}
    assert triggers() == before


def test_bodacc_alone_is_read_anew_once_cases_are_sequences_of_notices(blank: Engine) -> None:
    moment = "2026-11-24 03:30:00"
    run = {"number": 1, "departments": "26", "since": "2026-11-01", "day": "2026-11-23", "query": 1, "complete": True}
    run |= {"counts": "{}", "missing": "{}", "warnings": "[]", "error": "", "started_at": moment}
    migrate(blank, "0016")
    with blank.connect() as connection:
        for source in ("boamp", "bodacc"):
            own = {"source": source}
            _insert(connection, "raw_records", own | {"reference": "r", "sha256": "h", "fetched_at": moment})
            stamp = {"id": source, "etag": "e", "last_modified": "", "stamped_at": moment}
            _insert(connection, "page_stamps", own | stamp)
            _insert(connection, "sync_runs", own | run)
        connection.commit()
    migrate(blank)
    with blank.connect() as connection:
        rows = connection.execute(text("SELECT source, sha256 FROM raw_records")).all()
        assert {row.source: row.sha256 for row in rows} == {"boamp": "h", "bodacc": ""}
        for table in ("page_stamps", "sync_runs"):
            assert connection.execute(text(f"SELECT source FROM {table}")).scalars().all() == ["boamp"]
    down(blank, "0016")
    migrate(blank)
