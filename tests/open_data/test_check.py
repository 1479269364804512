"""`sync … --check`: asks each service for a few records, prints their coverage, and touches no database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import api.cli
from api.core.clock import today_in_france
from api.core.settings import settings
from api.demo.fake_services import Fault, Served, served
from api.open_data.coverage.asking import ASKED
from tests.support.notices import notice
from tests.support.open_data_forms import form_samples, renamed


@pytest.fixture
def service() -> Iterator[Served]:
    """The sample of each form, published today."""
    own: dict[str, list[dict[str, object]]] = {}
    for sample in form_samples():
        record = dict(sample.record)
        if "dateparution" in record:
            record["dateparution"] = today_in_france().isoformat()
        own.setdefault(sample.source, []).append(record)
    with served(own) as running:
        yield running


@pytest.fixture
def run(service: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("POLESUD_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    monkeypatch.setenv("COLUMNS", "200")
    for name, value in service.settings().items():
        monkeypatch.setenv(f"POLESUD_{name.upper()}", str(value))
    settings.cache_clear()
    yield CliRunner()
    settings.cache_clear()
    assert list(tmp_path.iterdir()) == [], "no database was made"


def test_all_services_are_asked_and_the_table_holds_field_form_and_source(run: CliRunner, service: Served) -> None:
    output = run.invoke(api.cli.app, ["sync", "tout", "--check"]).output
    assert {path.split("/")[1] for path, _, _ in service.asked} >= {
        *("communes", "recherche_entreprises", "boamp", "decp", "bodacc")
    }
    for words in (
        "BOAMP",
        "FNSimple (1)",
        "date limite",
        "annulation, national",
        "BODACC",
        "DECP",
        "toujours (≥ 95",
    ):
        assert words in output
    assert "rien n’a été écrit" in output


def test_twenty_records_of_several_queries_are_enough(run: CliRunner, service: Served) -> None:
    today = today_in_france().isoformat()
    service.records["boamp"] = [notice(number, dateparution=today) for number in range(150)]
    output = run.invoke(api.cli.app, ["sync", "boamp", "--check"]).output
    assert f"{ASKED}\xa0enregistrements lus" in output
    assert sum(int(params["limit"]) for _, params, _ in service.asked) <= 4 * ASKED
    assert {params["limit"] for _, params, _ in service.asked} <= {str(number) for number in range(5, ASKED + 1)}


def test_a_renamed_field_is_named_with_what_it_may_have_become_and_the_exit_says_so(
    run: CliRunner, service: Served
) -> None:
    path = "listepersonnes personne denomination"
    service.records["bodacc"] = [renamed(record, path, 2, "raisonSociale") for record in service.records["bodacc"]]
    done = run.invoke(api.cli.app, ["sync", "bodacc", "--check"])
    assert done.exit_code == 3
    assert f"attendu à {path}" in done.output
    assert "raisonSociale" in done.output


@pytest.mark.parametrize(
    ("fault", "words"), [(Fault("schema"), "results"), (Fault("status", 404), "refuse la demande")]
)
def test_a_service_that_fails_is_said_and_the_others_are_checked(
    run: CliRunner, service: Served, fault: Fault, words: str
) -> None:
    service.faults.extend([fault])
    done = run.invoke(api.cli.app, ["sync", "boamp", "bodacc", "--check"])
    assert done.exit_code == 3
    assert "BOAMP : pas lue" in done.output
    assert words in done.output
    assert "BODACC : 4\xa0enregistrements lus" in done.output


def test_what_is_as_expected_exits_with_zero(run: CliRunner) -> None:
    done = run.invoke(api.cli.app, ["sync", "communes", "decp", "--check"])
    assert (done.exit_code, "tout est où on l’attend" in done.output) == (0, True), done.output


def test_a_service_without_records_is_said(run: CliRunner, service: Served) -> None:
    service.records["boamp"] = []
    assert "aucun enregistrement" in run.invoke(api.cli.app, ["sync", "boamp", "--check"]).output
