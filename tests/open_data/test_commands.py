"""`sync` and `sources`, the night's first stage, and the samples that lie beside the project, read as they are."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from typer.testing import CliRunner

import api.cli
from api.core.clock import today_in_france
from api.core.errors import ConflictError
from api.core.settings import settings
from api.demo import recorded
from api.demo.fake_services import Served, served
from api.night.wording import stage_lines
from api.open_data.refresh import refresh
from api.open_data.sync import since_last
from models.database import open_database, reading
from models.open_data import SyncRun
from models.tables import Actor, ContractWon, Opportunity
from tests.support.databases import SERVER, url_of
from tests.support.notices import NOW, TODAY, notice, options, read
from tests.support.open_data_dump import dump


@pytest.fixture
def service() -> Iterator[Served]:
    with served({"boamp": [notice(1), notice(2), notice(3, nature="INCONNUE")]}) as running:
        yield running


@pytest.fixture
def run(service: Served, database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("POLESUD_DATABASE_URL", url_of(database))
    for name, value in service.settings().items():
        monkeypatch.setenv(f"POLESUD_{name.upper()}", str(value))
    settings.cache_clear()
    yield CliRunner()
    settings.cache_clear()


def test_the_command_reads_tells_what_came_and_its_exit_says_whether_all_did(
    run: CliRunner, service: Served, database: Path
) -> None:
    today = today_in_france()
    for record in service.records["boamp"]:
        record["dateparution"] = (today - timedelta(days=2)).isoformat()
    since = (today - timedelta(days=5)).isoformat()
    before = dump(open_database(url_of(database)))
    rehearsal = run.invoke(api.cli.app, ["sync", "boamp", "--since", since, "--departement", "26", "--dry-run"])
    if SERVER:
        # A rehearsal copies the file.
        assert isinstance(rehearsal.exception, ConflictError)
    else:
        assert "2 fiches créées" in rehearsal.output
        assert "rien n’a été écrit" in rehearsal.output
        assert rehearsal.exit_code == 3
    assert dump(open_database(url_of(database))) == before
    done = run.invoke(api.cli.app, ["sync", "boamp", "--since", since, "--departement", "26"])
    assert done.exit_code == 3
    assert "nature d’avis inconnue" in done.output
    assert '"26"' in service.asked[-1][1]["where"]
    assert '"07"' not in service.asked[-1][1]["where"]
    service.records["boamp"].pop()
    assert "lue à la demande" in run.invoke(api.cli.app, ["sources"]).output
    assert len(dump(open_database(url_of(database)))["opportunities"]) == 2


@pytest.mark.parametrize("words", [["sync", "boamo"], ["sync", "boamp", "--departement", "999"]])
def test_what_is_unknown_is_refused_before_anything_is_asked(words: list[str], run: CliRunner, service: Served) -> None:
    assert run.invoke(api.cli.app, words).exit_code != 0
    assert service.asked == []


def test_the_night_reads_its_sources_from_before_the_last_time_and_survives_them(
    engine: Engine, service: Served
) -> None:
    elsewhere = f"{service.base}/nowhere"
    chosen = options(service, open_data_sources="boamp, decp", departments="26", decp_url=elsewhere)
    told = refresh(engine, today=TODAY, now=lambda: NOW, options=chosen)
    assert told["failed"] == {"decp": "DECP : la source refuse la demande (réponse 404)."}
    assert told["counts"]["created"] == 2
    line = stage_lines({"stages": {"refresh": told | {"seconds": 1.0}}})[0][1]
    assert line.startswith("2\N{NO-BREAK SPACE}sources ; 3 enregistrements lus, 2 fiches créées")
    assert "pas lues en entier : DECP (" in line
    assert since_last(engine, "boamp", TODAY, 60, 7) == TODAY - timedelta(days=7)
    assert since_last(engine, "decp", TODAY, 60, 7) == TODAY - timedelta(days=60)


def test_a_night_without_sources_or_with_an_unknown_one_goes_on(engine: Engine, service: Served) -> None:
    none = refresh(engine, today=TODAY, now=lambda: NOW, options=options(service, open_data_sources=""))
    assert none == {"sources": 0, "reason": "no_source_configured"}
    wrong = refresh(engine, today=TODAY, now=lambda: NOW, options=options(service, open_data_sources="boamo"))
    assert wrong["sources"] == 0
    assert "« boamo » est inconnue" in wrong["reason"]
    assert service.asked == []


def test_our_samples_come_in_whole_and_a_second_reading_changes_nothing(engine: Engine) -> None:
    with served(recorded.own()) as service:
        found = read(engine, service, "communes recherche_entreprises boamp decp bodacc", since=date(2026, 9, 1))
        assert all(one.complete for one in found.values()), {name: one.error for name, one in found.items()}
        first = dump(engine)
        again = read(engine, service, "communes recherche_entreprises boamp decp bodacc", since=date(2026, 9, 1))
    assert all(
        set(one.counts) <= {"pages", "unchanged_pages", "records", "unchanged", "refused"} for one in again.values()
    )
    second = dump(engine)
    assert {name: rows for name, rows in first.items() if name not in ("sync_runs", "audit")} == {
        name: rows for name, rows in second.items() if name not in ("sync_runs", "audit")
    }
    with reading(engine) as session:
        assert len(session.exec(select(Actor)).all()) >= 12
        statuses = {row.source_id: row.status for row in session.exec(select(Opportunity)).all()}
        assert set(statuses.values()) == {"open", "expected", "closed", "cancelled"}
        assert session.exec(select(ContractWon)).all()
    assert "CANARI" not in repr(second)


@pytest.mark.slow
@pytest.mark.skipif(not recorded.shared(), reason="../shared/samples is not there")
def test_the_samples_beside_the_project_come_in_as_they_are(engine: Engine) -> None:
    departments = [f"{number:02}" for number in range(1, 96) if number != 20]
    with served(recorded.shared()) as service:
        found = read(engine, service, "recherche_entreprises boamp", departments=departments, since=date(2025, 1, 1))
    assert all(one.complete for one in found.values()), {name: one.error for name, one in found.items()}
    assert {name: one.counts.get("refused", 0) for name, one in found.items()} == {
        "recherche_entreprises": 0,
        "boamp": 0,
    }
    with reading(engine) as session:
        assert session.exec(select(Actor)).all()
        assert session.exec(select(Opportunity)).all()


def test_two_readings_of_one_source_at_once_do_not_move_each_other_s_cursor(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [notice(number) for number in range(150)]

    def meanwhile(number: int) -> None:
        if number == 2:
            service.before = None
            read(engine, service)

    service.before = meanwhile
    found = read(engine, service)["boamp"]
    assert found.complete, "what the other read is what stands"
    with reading(engine) as session:
        (row,) = session.exec(select(SyncRun)).all()
    assert row.complete
    assert row.counts["created"] == 150


def test_the_moment_of_a_reading_is_that_of_its_caller(engine: Engine, service: Served) -> None:
    read(engine, service)
    with reading(engine) as session:
        (row,) = session.exec(select(SyncRun)).all()
    assert row.ended_at == datetime.combine(TODAY, time(3), UTC)
