"""The night's commands, its report and its metrics: exit statuses can be relied on, and nobody is named."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine
from typer.testing import CliRunner

import api.cli
import api.commands.terminal
from api.core.clock import night_of
from api.core.french import NBSP
from api.core.settings import HOME_DEPARTMENTS, Settings, settings
from api.matching.columns_path import columns_path
from api.matching.desk import Desk
from api.matching.kept_columns import KeptColumns
from matcher.embedding import Encoder
from models.database import open_database
from tests.support.databases import copy_database, url_of
from tests.support.night_world import TITLES, TRADES, ToyEncoder, add_actor, add_need, follow, mails, row_counts
from tests.support.smtp_server import post
from tests.support.world import Doors, opened_doors

pytestmark = pytest.mark.slow

Run = Callable[..., Result]
TODAY = night_of(datetime.now(UTC))
DOWN = 9


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Run]:
    """Run a command on a database, in this process, with an encoder that costs nothing."""
    monkeypatch.setattr(api.commands.terminal, "open_encoder", lambda _location, **_: ToyEncoder())
    monkeypatch.setenv("POLESUD_LINK_KEYS", str(tmp_path / "keys"))

    def command(database: Path, *words: str, port: int = DOWN) -> Result:
        monkeypatch.setenv("POLESUD_DATABASE_URL", url_of(database))
        monkeypatch.setenv("POLESUD_SMTP_PORT", str(port))
        settings.cache_clear()
        return CliRunner().invoke(api.cli.app, list(words))

    yield command
    settings.cache_clear()


@pytest.fixture
def world(engine: Engine, database: Path) -> Path:
    """A gardener who is followed, a need for it, and a search that finds something."""
    actor = add_actor(engine, 1)
    for number in range(2):
        add_need(engine, number, TITLES[number], published_on=TODAY, deadline=TODAY + timedelta(days=9))
    follow(engine, "camille@exemple.invalid", on=TODAY - timedelta(days=3), actor_id=actor)
    follow(engine, "camille@exemple.invalid", on=TODAY - timedelta(days=3), search=TRADES[1])
    return database


def test_a_night_exits_with_0_when_all_has_left_and_a_rerun_sends_nothing(
    run: Run, world: Path, engine: Engine, tmp_path: Path
) -> None:
    with post(tmp_path / "log") as server:
        first = run(world, "night", "--report", str(tmp_path / "nuit.html"), port=server.port)
        assert first.exit_code == 0, first.output
        before, sent = row_counts(engine), server.ids()
        again = run(world, "night", port=server.port)
        assert (again.exit_code, row_counts(engine), server.ids()) == (0, before, sent)
    assert len(mails(engine)) == 1
    assert f"2{NBSP}nouveautés" in first.output
    page = (tmp_path / "nuit.html").read_text("utf-8")
    assert "terminée</span>" in page
    assert "pas terminée" not in page
    assert "<style>" in page
    assert "camille" not in page + first.output


def test_a_night_reads_the_file_that_a_serving_process_keeps(
    run: Run, world: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would read every row of the desk, and index it anew."""
    monkeypatch.setenv("POLESUD_COLUMNS", str(tmp_path / "columns"))
    encoder, path = ToyEncoder(), columns_path(Settings(_env_file=None, database_url=url_of(world)))
    assert path
    served = Desk(engine, encoder, HOME_DEPARTMENTS, kept=KeptColumns(path, encoder.revision))
    served.snapshot()
    served.keep()
    served.wait_until_kept()

    def read_from_tables(*_: object) -> None:
        raise AssertionError("actors are read from the tables")

    monkeypatch.setattr("api.matching.queries.actors_among", read_from_tables)
    found = run(world, "night", "--dry-run")
    assert found.exit_code == 0, found.output
    path.unlink()
    assert "read from the tables" in str(run(world, "night", "--dry-run").exception)


def test_a_night_exits_with_3_while_mails_wait_and_deliver_sends_them(run: Run, world: Path, tmp_path: Path) -> None:
    assert run(world, "night").exit_code == 3
    assert run(world, "deliver").exit_code == 3
    assert "pas terminée : des messages" in " ".join(run(world, "nights").output.split())
    with post(tmp_path / "log") as server:
        done = run(world, "deliver", port=server.port)
        assert done.exit_code == 0, done.output
        assert len(server.ids()) == 3
        assert run(world, "deliver", port=server.port).output.startswith(f"0{NBSP}parti,")
    assert "terminée" in run(world, "nights").output
    assert run(world, "night").exit_code == 0


def test_a_night_exits_with_3_where_a_mail_was_given_up(run: Run, world: Path, tmp_path: Path) -> None:
    with post(tmp_path / "log", reject=["camille@exemple.invalid"]) as server:
        done = run(world, "night", port=server.port)
    assert done.exit_code == 3, done.output
    assert "abandonnés" in done.output
    assert "exemple.invalid" not in done.output


def test_a_dry_run_says_what_would_be_and_leaves_no_night(run: Run, world: Path, engine: Engine) -> None:
    done = run(world, "night", "--dry-run")
    assert done.exit_code == 0, done.output
    assert "rien n’a été écrit ni envoyé" in done.output
    assert mails(engine) == []
    assert run(world, "night", "--date", (TODAY + timedelta(days=1)).isoformat()).exit_code == 2


def test_a_partner_subscribes_from_the_terminal_and_must_confirm(run: Run, world: Path, engine: Engine) -> None:
    done = run(world, "subscribe", "alex@exemple.invalid", "--actor", "Coopérative 1", "--frequency", "weekly")
    assert done.exit_code == 0, done.output
    assert "à confirmer" in done.output
    assert len(mails(engine, "confirmation")) == 3
    listed = " ".join(run(world, "subscriptions").output.split())
    assert "le lundi" in listed
    assert "Coopérative 1" in listed
    assert run(world, "subscribe", "alex", "--search", "tonte").exit_code == 1
    assert run(world, "rotate-link-keys").exit_code == 0


def test_the_demonstration_sends_once_and_writes_what_it_caught(
    run: Run, world_database: Path, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.commands.terminal, "open_encoder", lambda _location, **_: encoder)
    database = copy_database(world_database, tmp_path / "demo.db")
    done = run(database, "demo-night", "--folder", str(tmp_path / "mails"))
    assert done.exit_code == 0, done.output
    told = done.output.replace("\N{NO-BREAK SPACE}", " ")
    assert "Passage 1 : 4 courriels reçus" in told
    assert "Passage 2 : 0 courriel reçu" in told
    names = sorted(path.name for path in (tmp_path / "mails").iterdir())
    assert [name for name in names if name.endswith(".eml")] == [f"{number:02d}.eml" for number in range(1, 11)]
    assert len(names) == 20


@pytest.fixture
def served(run: Run, world: Path) -> Iterator[Doors]:
    run(world, "night")
    with opened_doors(world, ToyEncoder()) as doors:
        yield doors


def test_a_night_s_report_is_a_json_and_a_page_for_facilitators(served: Doors) -> None:
    path = f"/api/nights/{TODAY.isoformat()}"
    told = served.facilitator.get(path).json()
    assert told["mails"] == {"pending": 1}
    assert told["told"] == {"new": 2}
    assert (told["complete"], told["finished_at"]) == (False, None)
    assert told["stages"]["match"]["due"] == 2
    assert told["stages"]["send"]["server_down"] is True
    assert told["stages"]["tune"]["reason"] == "too_few_new_ratings"
    assert served.facilitator.get("/api/nights").json()["nights"] == [told]
    page = served.facilitator.get(f"/nuits/{TODAY.isoformat()}")
    assert page.headers["content-type"].startswith("text/html")
    assert "serveur injoignable" in page.text
    assert f"2{NBSP}nouveautés" in page.text
    for address in (path, "/api/nights"):
        assert served.client.get(address).status_code == 403
        assert served.anonymous.get(address).status_code == 401
    address = f"/nuits/{TODAY.isoformat()}"
    assert served.client.get(address).status_code == 403
    # Without a key it is a page like others: whoever is not signed in is sent to sign in.
    assert served.anonymous.get(address, follow_redirects=False).status_code == 303
    for address in ("/api/nights/2020-01-01", "/nuits/2020-01-01"):
        assert served.facilitator.get(address).status_code == 404
    assert "exemple.invalid" not in json.dumps(told) + page.text


def test_prometheus_reads_the_last_night_with_a_key(served: Doors) -> None:
    assert served.anonymous.get("/metrics").status_code == 401
    # What was told tells of confidential cases.
    assert served.client.get("/metrics").status_code == 403
    text = served.facilitator.get("/metrics").text
    for line in (
        "polesud_mails_waiting 3.0",
        "polesud_night_finished 0.0",
        'polesud_night_mails{status="pending"} 1.0',
        'polesud_night_told{event="new"} 2.0',
        'polesud_night_tuning{done="skipped"} 1.0',
    ):
        assert line in text
    assert 'polesud_night_seconds{stage="match"}' in text
    assert "exemple.invalid" not in text


def test_metrics_of_a_desk_without_nights_tell_only_what_waits(database: Path) -> None:
    from prometheus_client import CollectorRegistry, generate_latest

    from api.web.metrics import NightCollector

    engine = open_database(url_of(database))
    registry = CollectorRegistry()
    registry.register(NightCollector(engine))
    assert b"polesud_mails_waiting 0.0" in generate_latest(registry)
    engine.dispose()
