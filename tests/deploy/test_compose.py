"""`compose.yaml` runs what `make demo-postgres` starts: no Docker reads it here, a parser of YAML does."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from api.core.settings import PREFIX, Settings
from api.demo.several_processes import PROCESSES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return content


def test_the_processes_and_their_ports_are_those_of_the_demonstration(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {*PROCESSES, "tables", "database"}
    for name, port in PROCESSES.items():
        assert services[name]["ports"] == [f"127.0.0.1:{port}:8026"]
        assert services[name]["environment"][f"{PREFIX}PUBLIC_URL"].endswith(f":-http://127.0.0.1:{port}}}")
    assert "demo-postgres: dev" in (ROOT / "Makefile").read_text("utf-8")


def test_every_process_shares_the_folder_of_keys_and_the_database_and_nobody_else_reaches_it(
    compose: dict[str, Any],
) -> None:
    database = compose["services"]["database"]
    assert database["image"] == "pgvector/pgvector:pg18"
    assert "ports" not in database
    assert database["command"][-1] == "listen_addresses="
    for name in PROCESSES:
        service = compose["services"][name]
        assert service["volumes"] == ["desk:/srv/pole-sud/var", "socket:/var/run/postgresql"]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
    assert set(compose["volumes"]) == {"desk", "database", "socket"}


def test_no_secret_stands_in_it_or_in_the_environment(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert {_source(secret) for secret in service["secrets"]} <= set(compose["secrets"])
        values = {name: str(value) for name, value in service.get("environment", {}).items()}
        assert not [name for name, value in values.items() if "PASSWORD" in name and not value.startswith("/run/")]
    assert {secret["file"].partition("/")[0] for secret in compose["secrets"].values()} == {"secrets"}
    assert "secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_each_waits_until_what_it_needs_is_ready(compose: dict[str, Any]) -> None:
    needs = {name: service.get("depends_on", {}) for name, service in compose["services"].items()}
    healthy, ended = {"condition": "service_healthy"}, {"condition": "service_completed_successfully"}
    assert needs == {
        "database": {},
        "tables": {"database": healthy},
        "desk": {"tables": ended},
        "api-1": {"desk": healthy},
        "api-2": {"desk": healthy},
    }
    for name, service in compose["services"].items():
        assert name == "tables" or service["healthcheck"]["test"][0] == "CMD"


def test_whoever_serves_is_not_who_owns_the_tables(compose: dict[str, Any]) -> None:
    owner = {"source": "owner_database_url", "target": "polesud_database_url"}
    assert compose["services"]["tables"]["secrets"] == [owner]
    assert "grant-roles pole_sud_web" in compose["services"]["tables"]["entrypoint"][-1]
    assert all("owner" not in str(compose["services"][name]["secrets"]) for name in PROCESSES)
    assert "CREATE ROLE pole_sud_web" in (ROOT / "deploy/postgres/web-role.sh").read_text("utf-8")


def _source(secret: str | dict[str, str]) -> str:
    return secret if isinstance(secret, str) else secret["source"]


def test_the_settings_read_the_secret_that_compose_gives(tmp_path: Path, compose: dict[str, Any]) -> None:
    """The file is named like its variable; a variable goes before it."""
    name = "polesud_database_url"
    assert compose["services"]["desk"]["secrets"] == [name]
    (tmp_path / name).write_text("postgresql+psycopg://a:b@/c?host=/var/run/postgresql\n")
    assert Settings(_env_file=None, _secrets_dir=tmp_path).database_url.endswith("/var/run/postgresql")
    assert re.fullmatch(rf"{PREFIX}DATABASE_URL", name.upper())


def test_the_image_holds_the_driver() -> None:
    """What the Dockerfile installs is what serves."""
    assert "requirements/serve.txt" in (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^psycopg-binary==", (ROOT / "requirements/serve.txt").read_text("utf-8"), re.M)
