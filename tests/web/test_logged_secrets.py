"""Whatever fails, in the served process or in a command: its output holds no name, address, token or SQL."""

import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from api.accounts import api_keys
from models.database import open_database
from tests.support.databases import SERVER, by_hand, copy_database, url_of
from tests.support.forked_programs import ForkedProgram
from tests.support.serving import PATIENCE, serving, wait_for
from tests.support.smtp_server import post
from tests.support.world import ENCODER, demo_actor

pytestmark = pytest.mark.slow

NAME, EMAIL, WORDS = "Canarivoire Bessolière", "canari.plumage@exemple.invalid", "Reprise canarissime"
CANARIES = ("canari", "bessoli", "plumage")
SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b")
GARDENERS = demo_actor("a001", "00017926700026")


def run_sql(database: Path, *statements: str) -> None:
    with by_hand(url_of(database)) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def refusals(**messages: str) -> list[str]:
    """Return statements that let a table refuse whatever is inserted, with a message."""
    if not SERVER:
        return [
            f"CREATE TRIGGER refuse_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for table, message in messages.items()
        ]
    return [
        statement
        for table, message in messages.items()
        for statement in (
            f"CREATE FUNCTION refuse_{table}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER refuse_{table} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_{table}()",
        )
    ]


def command(database: Path, *arguments: str, **variables: str) -> str:
    """Run a command, whatever becomes of it; return all that it wrote to stderr."""
    variables |= {
        "POLESUD_DATABASE_URL": url_of(database),
        "POLESUD_ENCODER": str(ENCODER),
        "POLESUD_LINK_KEYS": str(database.with_suffix(".keys")),
    }
    return ForkedProgram("api.cli", *arguments, variables=variables).ended(PATIENCE).stderr


@pytest.fixture(scope="module")
def output(world_database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[str]]:
    """All that the served process and the commands wrote while everything failed, and the tokens that were used."""
    folder = tmp_path_factory.mktemp("faults")
    database = copy_database(world_database, folder / "served.db")
    engine = open_database(url_of(database))
    secret = api_keys.replace_key(engine, "essai", api_keys.FACILITATOR)
    engine.dispose()
    written, tokens = "", [secret]
    errors = folder / "stderr"
    with serving(database, errors=errors) as (process, address):
        wait_for(process, f"{address}/ready", {200, 503})
        # A connection a request: what fails may take longer than the server keeps an idle one.
        limits = httpx2.Limits(max_keepalive_connections=0)
        headers = {"X-API-Key": secret}
        with httpx2.Client(base_url=address, headers=headers, timeout=60, limits=limits) as client:
            statuses = []

            # A mail with links, which the server then refuses: its answer repeats the address.
            subscription = {"email": EMAIL, "actor_id": GARDENERS}
            assert client.post("/api/subscriptions", json=subscription).status_code < 300
            with by_hand(url_of(database)) as connection:
                newest = "SELECT text FROM outbox ORDER BY created_at DESC LIMIT 1"
                mail = str(connection.exec_driver_sql(newest).scalar_one())
            links = re.findall(r"https?://[^\s>]+", mail)
            tokens += [link.rpartition("/")[2] for link in links]
            with post(folder / "mails", refuse=[EMAIL]) as server:
                written += command(database, "deliver", POLESUD_SMTP_PORT=str(server.port))

            # Constraints and triggers whose messages repeat what was sent.
            run_sql(database, *refusals(actors="Canari Bessolière", partners="Canari"))
            actor = {"name": NAME, "kind": "scop", "activities": [WORDS]}
            statuses.append(client.post("/api/actors", json=actor).status_code)
            other = subscription | {"email": f"autre.{EMAIL}"}
            statuses.append(client.post("/api/subscriptions", json=other).status_code)

            # What cannot be read: values that no type of ours holds, in every page that shows them.
            # PostgreSQL keeps no JSON that is none.
            unreadable = '{"canari": "plumage"}' if SERVER else "{canari"
            run_sql(database, f"UPDATE actors SET activities = '{unreadable}', name = '{NAME}'")
            run_sql(database, "DROP TRIGGER refuse_actors" + (" ON actors" if SERVER else ""))
            statuses += [client.get(f"/api/actors{path}").status_code for path in ("", f"/{GARDENERS}")]

            # Tables that went: the pages behind links, the sign-in.
            run_sql(database, *(f"ALTER TABLE {table} RENAME TO gone_{table}" for table in ("partners", "accounts")))
            for link in links:
                for method in ("GET", "POST"):
                    statuses.append(client.request(method, urlsplit(link).path).status_code)
            form = {"courriel": EMAIL, "mot_de_passe": "canari canari canari"}
            statuses.append(client.post("/connexion", data=form).status_code)
            assert statuses.count(500) >= 5, statuses

        # Bad links, and no HTTP at all.
        for path in ("/s/canari.canari", "/canari?courriel=" + EMAIL, "/espace/propositions/canari"):
            httpx2.get(address + path)
        with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as raw:
            raw.sendall(b"GET /canari plumage\r\nX: canari\r\n\r\n")
            raw.recv(1024)
        process.terminate()
        out, _ = process.communicate(timeout=PATIENCE)
    written += out + errors.read_text()
    written += command(database, "person-export", EMAIL)
    written += command(database, "night")
    return written, tokens


def test_faults_are_noted(output: tuple[str, list[str]]) -> None:
    """The claim below would be empty otherwise."""
    written, _ = output
    code = "23000" if SERVER else "SQLITE_CONSTRAINT_TRIGGER"
    assert f"sqlalchemy.exc.IntegrityError ({code})" in written
    assert written.count("Traceback") >= 5
    assert "message " in written


def test_they_are_noted_without_names_addresses_tokens_and_sql(output: tuple[str, list[str]]) -> None:
    written, tokens = output
    assert [canary for canary in CANARIES if canary in written.lower()] == []
    assert [token for token in tokens if token in written] == []
    # The code that failed is shown by its own line, and ours holds no statement with a value.
    assert [line for line in written.splitlines() if SQL.search(line)] == []
