"""On PostgreSQL a bounded role serves all that a service does, and can alter neither the journal nor a table."""

from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from time import sleep

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from typer.testing import CliRunner

from api.app import create_app
from api.audit.log import note_alone, verify
from api.cli import command_line
from api.commands import terminal
from api.commands.unsafe_settings import unsafe_settings
from api.core.errors import ConflictError, NotReadyError
from api.core.settings import Settings, settings
from api.demo.postgres_server import drop_database
from api.privacy.database_copies import backup, copies_of
from api.privacy.personal_data import erase_person
from models.base import utc_now
from models.database import open_database
from models.service_role import RoleError, grant_service_rights, may_rewrite_journal
from tests.support.databases import SERVER, by_hand, url_of
from tests.support.night_worker import night_once
from tests.support.night_world import NIGHT, ToyEncoder, add_actor, add_need, follow, small
from tests.support.options import OPTIONS
from tests.support.reads import read_once
from tests.support.revocable import bring_down_to
from tests.support.signed_in import PASSWORD, browser, open_account
from tests.support.world import CLIENT_BASE, Doors, doors_of

pytestmark = pytest.mark.postgres_only("SQLite has no roles: whoever has the file has all of it")

DOWN = 9  # the discard port: nobody listens
REFUSED = (
    "UPDATE audit SET actor = 'account:x'",
    "DELETE FROM audit",
    "TRUNCATE audit CASCADE",
    "DELETE FROM audit_head",
    "UPDATE audit_head SET count = 0",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_only_added ON audit",
    "CREATE OR REPLACE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
    "SET session_replication_role = replica",
    "ALTER TABLE actors ADD COLUMN new integer",
    "DROP TABLE saved_views",
    "CREATE TABLE other (x integer)",
    "CREATE TEMPORARY TABLE audit_head (id integer, count integer, last_hash text)",
    "CREATE SCHEMA other",
    "UPDATE alembic_version SET version_num = '0001'",
    "TRUNCATE actors CASCADE",
)


@pytest.fixture
def role(engine: Engine) -> Iterator[str]:
    """A role of a service, bounded; its name is such that it wants quotes."""
    name = f"Pôle web {token_hex(4)}"
    with engine.begin() as owner:
        owner.execute(text(f'CREATE ROLE "{name}" LOGIN'))
        grant_service_rights(owner, name)
    yield name
    with engine.begin() as owner:
        owner.execute(text(f'DROP OWNED BY "{name}"'))
        owner.execute(text(f'DROP ROLE "{name}"'))


@pytest.fixture
def owner(engine: Engine) -> Iterator[str]:
    """A role that may own databases, and is no superuser."""
    name = f"Pôle owner {token_hex(4)}"
    with engine.begin() as connection:
        connection.execute(text(f'CREATE ROLE "{name}" LOGIN CREATEDB'))
    yield name
    with engine.begin() as connection:
        connection.execute(text(f'REASSIGN OWNED BY "{name}" TO CURRENT_USER'))
        connection.execute(text(f'DROP ROLE "{name}"'))


@pytest.fixture
def served_url(database: Path, role: str) -> str:
    return make_url(url_of(database)).set(username=role).render_as_string(hide_password=False)


@pytest.fixture
def served(served_url: str) -> Iterator[Engine]:
    opened = open_database(served_url)
    yield opened
    opened.dispose()


@pytest.fixture
def doors(served_url: str, served: Engine, engine: Engine, tmp_path: Path) -> Iterator[Doors]:
    """The application as the role serves it, over a few rows."""
    actor_id = add_actor(small(engine), 1)
    add_need(engine, 1)
    follow(engine, "camille@exemple.invalid", actor_id=actor_id)
    fields = {"database_url": served_url, "ledger": f"{tmp_path}/ledger", "link_keys": f"{tmp_path}/keys"}
    app = create_app(Settings.model_validate(fields), encoder=ToyEncoder())
    with TestClient(app, base_url=CLIENT_BASE) as anonymous:
        while anonymous.get("/ready").status_code != 200:
            sleep(0.05)
        yield doors_of(app, anonymous, served)


def test_a_day_and_a_night_pass_under_the_role(doors: Doors, served: Engine, tmp_path: Path) -> None:
    """Signing in, ranking, rating, opening a case, the night's mails, an erasure, a backup."""
    open_account(doors, "facilitator", "animation@exemple.invalid")
    desk = browser(doors)
    form = {"courriel": "animation@exemple.invalid", "mot_de_passe": PASSWORD}
    assert desk.post("/connexion", data=form).status_code == 303
    assert desk.get("/").status_code == 200
    with served.connect() as connection:
        need = connection.execute(text("SELECT id FROM opportunities")).scalar_one()
    (suggestion,) = doors.ask({"opportunity_id": need, "k": 1})[0]["suggestions"]
    asked = {"email": "ali@exemple.invalid", "actor_id": suggestion["candidate"]["id"]}
    partner = doors.facilitator.post("/api/subscriptions", json=asked).json()["partner_id"]
    rating = {"partner_id": partner, "suggestion_id": suggestion["id"], "interest": 3}
    assert doors.facilitator.post("/api/ratings", json=rating).status_code == 201
    assert desk.post("/dossiers", data={"suggestion": suggestion["id"]}).status_code == 303
    night = night_once(doors.engine, DOWN, NIGHT)
    assert night.stages["match"]["announced"] > 0
    erase_person(served, "ali@exemple.invalid", by="cli", now=utc_now())
    backup(served.url.render_as_string(hide_password=False), tmp_path / "kept.db")
    found = read_once(served, verify)
    assert found.problem == ""
    assert found.count > 3


def test_the_role_can_alter_neither_the_journal_nor_a_table_nor_its_own_rights(
    served: Engine, served_url: str, engine: Engine
) -> None:
    note_alone(served, by="cli", action="tried", kind="thing")
    for statement in REFUSED:
        with (
            pytest.raises(DBAPIError, match=r"permission denied|must be owner|only added to"),
            by_hand(served_url) as connection,
        ):
            connection.execute(text(statement))
    with by_hand(served_url) as connection:
        # A warning, and nothing more.
        connection.execute(text("GRANT ALL ON audit TO CURRENT_USER"))
        assert not may_rewrite_journal(connection)
    assert read_once(engine, verify).problem == ""
    assert read_once(engine, verify).count == 1


def test_tables_of_later_migrations_are_the_role_s_to_write_and_twice_is_once(
    engine: Engine, role: str, served: Engine
) -> None:
    with engine.begin() as owner:
        owner.execute(text("CREATE TABLE later (id integer GENERATED ALWAYS AS IDENTITY, x integer)"))
        grant_service_rights(owner, role)
    with served.begin() as connection:
        connection.execute(text("INSERT INTO later (x) VALUES (1)"))
        connection.execute(text("DELETE FROM later"))
    note_alone(served, by="cli", action="tried", kind="thing")


def test_whoever_served_the_former_database_serves_the_restored_one(
    engine: Engine, served: Engine, served_url: str, database: Path, tmp_path: Path
) -> None:
    url = url_of(database)
    backup(url, tmp_path / "kept.db")
    note_alone(served, by="cli", action="tried", kind="thing")
    with pytest.raises(ConflictError, match="ouverte"):
        copies_of(url).check_unused()
    for opened in (engine, served):
        opened.dispose()
    with pytest.raises(ConflictError, match="CREATEDB"), copies_of(served_url).working_copy(tmp_path / "kept.db"):
        pass
    with copies_of(url).working_copy(tmp_path / "kept.db") as copy_url:
        former = copies_of(url).put_in_place(copy_url)
    note_alone(served, by="cli", action="tried", kind="thing")
    assert read_once(served, verify).count == 1
    with pytest.raises(ProgrammingError, match="permission denied"), by_hand(served_url) as connection:
        connection.execute(text("DELETE FROM audit"))
    drop_database(SERVER, former)


def test_a_superuser_restores_extensions_and_leaves_all_to_the_owner(
    engine: Engine, database: Path, tmp_path: Path, owner: str
) -> None:
    url, kept = url_of(database), tmp_path / "kept.db"
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        connection.execute(text(f'ALTER DATABASE "{make_url(url).database}" OWNER TO "{owner}"'))
    backup(url, kept)
    as_owner = make_url(url).set(username=owner).render_as_string(hide_password=False)
    with pytest.raises(ConflictError, match="vector"), copies_of(as_owner).working_copy(kept):
        pass
    with copies_of(url).working_copy(kept) as copy_url, by_hand(copy_url) as connection:
        owners = connection.execute(text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"))
        assert owners.scalars().all() == [owner]
        assert connection.execute(text("SELECT current_user")).scalar() == owner
        connection.execute(text("SELECT '[1]'::vector"))


def test_no_role_is_bounded_that_could_free_itself(engine: Engine) -> None:
    with engine.connect() as owner:
        for name, why in (("postgres", "possède"), ("absent", "n’existe pas")):
            with pytest.raises(RoleError, match=why):
                grant_service_rights(owner, name)


def test_settings_with_which_the_service_could_rewrite_its_journal_are_unsafe(engine: Engine, served: Engine) -> None:
    options = OPTIONS.model_copy(update={"public_url": "https://rapprochements.exemple.fr"})

    def told(database: Engine) -> bool:
        return any("récrire le journal" in reason for _, reason in unsafe_settings(options, database))

    assert told(engine)
    assert not told(served)


def test_commands_bound_a_role_and_tell_it_to_wait_for_the_migration(
    engine: Engine, role: str, served_url: str, database: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLESUD_DATABASE_URL", url_of(database))
    settings.cache_clear()
    try:
        done = CliRunner().invoke(command_line(), ["grant-roles", role])
        assert done.exit_code == 0, done.output
        assert f"Bornés : {role}" in done.output
        bring_down_to(engine, "0036")
        monkeypatch.setenv("POLESUD_DATABASE_URL", served_url)
        settings.cache_clear()
        with pytest.raises(NotReadyError, match="migrate"):
            terminal.engine()
    finally:
        settings.cache_clear()
