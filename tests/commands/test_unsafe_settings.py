"""A service that others reach is not started with unsafe settings; each is named, in French."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from api.accounts import accounts, api_keys, invitations
from api.cli import app
from api.commands.unsafe_settings import DEMO_KEY, unsafe_settings
from api.core.errors import SettingsError
from api.core.settings import Settings, settings
from models.base import utc_now
from tests.support.databases import url_of
from tests.support.options import OPTIONS

SAFE = {
    "host": "0.0.0.0",  # noqa: S104 - a setting, nothing listens
    "public_url": "https://rapprochements.exemple.fr",
    "trusted_proxies": ("172.16.0.0/12",),
    "smtp_host": "smtp.exemple.fr",
    "smtp_user": "pole-sud",
    "smtp_security": "starttls",
}


@pytest.fixture
def safe(database: Path, tmp_path: Path) -> Settings:
    """Settings of a service that others reach, with which nothing is wrong."""
    database.chmod(0o600)
    keys = tmp_path / "keys"
    keys.write_text("x", "utf-8")
    keys.chmod(0o600)
    return OPTIONS.model_copy(update=SAFE | {"database_url": url_of(database), "link_keys": str(keys)})


def variables(options: Settings, engine: Engine) -> list[str]:
    Path(str(engine.url.database) + "-wal").touch(0o600)
    for suffix in ("-wal", "-shm"):
        for file in Path(str(engine.url.database)).parent.glob(f"*{suffix}"):
            file.chmod(0o600)
    return [variable for variable, _ in unsafe_settings(options, engine)]


def test_safe_settings_are_not_refused(safe: Settings, engine: Engine) -> None:
    assert variables(safe, engine) == []


def test_a_database_over_verified_tls_or_on_this_machine_is_not_refused(safe: Settings, engine: Engine) -> None:
    for url in (
        "postgresql://u@base.exemple.fr/d?sslmode=verify-full",
        "postgresql://u@127.0.0.1/d",
        "postgresql:///d",
    ):
        assert variables(safe.model_copy(update={"database_url": url}), engine) == []


def test_a_fresh_checkout_on_this_machine_is_not_refused(engine: Engine) -> None:
    """Readable files, demonstration accounts and http are for this machine alone."""
    api_keys.create_key(engine, DEMO_KEY, api_keys.FACILITATOR)
    assert variables(OPTIONS.model_copy(update={"link_keys": "var/none"}), engine) == []


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"public_url": "http://rapprochements.exemple.fr"}, "POLESUD_PUBLIC_URL"),
        ({"public_url": "http://127.0.0.1:8026"}, "POLESUD_PUBLIC_URL"),
        ({"public_url": "https://127.0.0.1"}, "POLESUD_PUBLIC_URL"),
        ({"host": "127.0.0.1", "public_url": "http://rapprochements.exemple.fr"}, "POLESUD_PUBLIC_URL"),
        ({"trusted_proxies": ()}, "POLESUD_TRUSTED_PROXIES"),
        ({"trusted_proxies": ("0.0.0.0/0",)}, "POLESUD_TRUSTED_PROXIES"),
        ({"trusted_proxies": ("::/0",)}, "POLESUD_TRUSTED_PROXIES"),
        ({"smtp_security": "none"}, "POLESUD_SMTP_SECURITY"),
        ({"smtp_security": "none", "smtp_user": ""}, "POLESUD_SMTP_SECURITY"),
        ({"boamp_url": "http://boamp.exemple.fr"}, "POLESUD_BOAMP_URL"),
        ({"database_url": "postgresql+psycopg://pole-sud@base.exemple.fr/desk"}, "POLESUD_DATABASE_URL"),
        ({"database_url": "postgresql+psycopg://u@base.exemple.fr/d?sslmode=require"}, "POLESUD_DATABASE_URL"),
    ],
)
def test_an_unsafe_setting_is_named(safe: Settings, engine: Engine, changes: dict[str, object], variable: str) -> None:
    assert variables(safe.model_copy(update=changes), engine) == [variable]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_read_is_named(safe: Settings, engine: Engine, mode: int) -> None:
    Path(safe.link_keys).chmod(mode)
    assert variables(safe, engine) == ["POLESUD_LINK_KEYS"]
    Path(safe.link_keys).chmod(0o600)
    Path(str(engine.url.database)).chmod(mode)
    assert variables(safe, engine) == ["POLESUD_DATABASE_URL"]


def test_what_the_demonstration_made_is_named(safe: Settings, engine: Engine) -> None:
    api_keys.create_key(engine, DEMO_KEY, api_keys.FACILITATOR)
    invitations.invite(
        engine, "animation@exemple.invalid", accounts.FACILITATOR, name="", by="cli", now=utc_now(), options=OPTIONS
    )
    reasons = [reason for _, reason in unsafe_settings(safe, engine) if "démonstration" in reason]
    assert len(reasons) == 2


@pytest.fixture
def in_environment(safe: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*SAFE, "database_url", "link_keys"):
        value = getattr(safe, name)
        monkeypatch.setenv(f"POLESUD_{name.upper()}", ",".join(value) if isinstance(value, tuple) else str(value))
    settings.cache_clear()


@pytest.mark.usefixtures("in_environment")
def test_check_settings_says_what_is_wrong_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CliRunner().invoke(app, ["check-settings"]).exit_code == 0
    monkeypatch.setenv("POLESUD_PUBLIC_URL", "http://rapprochements.exemple.fr")
    settings.cache_clear()
    checked = CliRunner().invoke(app, ["check-settings"])
    assert checked.exit_code == 1
    assert "POLESUD_PUBLIC_URL : le service est ouvert à d’autres machines" in checked.output


@pytest.mark.usefixtures("in_environment")
def test_serve_refuses_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLESUD_PUBLIC_URL", "http://rapprochements.exemple.fr")
    monkeypatch.setenv("POLESUD_SMTP_SECURITY", "none")
    settings.cache_clear()
    refused = CliRunner().invoke(app, ["serve"])
    assert isinstance(refused.exception, SettingsError)
    assert [name for name, _ in refused.exception.fields] == ["POLESUD_SMTP_SECURITY", "POLESUD_PUBLIC_URL"]


@pytest.mark.usefixtures("in_environment")
def test_the_port_of_the_command_goes_before_that_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLESUD_PORT", "8027")
    monkeypatch.setenv("POLESUD_PUBLIC_URL", "")
    refused = CliRunner().invoke(app, ["serve", "--port", "9001"])
    assert isinstance(refused.exception, SettingsError)
    assert (settings().port, settings().public_url) == (9001, "http://127.0.0.1:9001")
    settings.cache_clear()
