"""Every setting is documented, with its true default; each is read from the environment."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.core.errors import SettingsError
from api.core.settings import Settings, settings

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `(POLESUD_[A-Z_]+)` \| `([^`]*)` \| (.+) \|$", re.MULTILINE)
PREFIX = "POLESUD_"
# Two values of settings that are no texts and no numbers.
VALUES = {
    "second_factor": ("off", "required"),
    "smtp_security": ("tls", "starttls"),
    "boamp_filter": ("where", "refine"),
    "allow_unsafe": ("True", "False"),
    "needs_page": ("True", "False"),
    "encoder_from_hub": ("True", "False"),
    "employee_notice_anchor": ("closing", "protocol"),
    "employee_notice_changed_on": ("2026-07-27", "2026-07-28"),
    "trusted_proxies": ("192.0.2.1", "192.0.2.1,10.0.0.0/8"),
}


def written(value: object) -> str:
    """Return a setting's value as it is written in the environment."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return f"{value:g}" if isinstance(value, float) else str(value)


def names() -> list[str]:
    return sorted(PREFIX + name.upper() for name in Settings.model_fields)


def documented() -> dict[str, tuple[str, str]]:
    text = (ROOT / "docs/settings.md").read_text("utf-8")
    return {name: (default, meaning) for name, default, meaning in ROW.findall(text)}


def test_the_table_of_settings_is_whole_and_names_nothing_else() -> None:
    assert sorted(documented()) == names()


def test_every_default_is_told_as_it_is() -> None:
    defaults = {PREFIX + name.upper(): written(field.default) for name, field in Settings.model_fields.items()}
    assert {name: default for name, (default, _) in documented().items()} == defaults
    assert all(len(meaning) > 20 for _, meaning in documented().values())


def test_no_other_document_names_a_setting_that_does_not_exist() -> None:
    pages = [path for path in (ROOT / "README.md", ROOT / "Makefile", *(ROOT / "docs").glob("*.md")) if path.exists()]
    named = {name for page in pages for name in re.findall(rf"\b{PREFIX}[A-Z_]+\b", page.read_text("utf-8"))}
    # The folder of secrets is no setting: it is where settings are.
    assert named <= {*names(), f"{PREFIX}SECRETS"}


@pytest.mark.parametrize("name", names())
def test_a_setting_is_read_from_the_environment(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Under the name that is documented, before the file `.env`."""
    monkeypatch.chdir(tmp_path)
    field = name.removeprefix(PREFIX).lower()
    first, second = VALUES.get(field, ("11", "12"))
    (tmp_path / ".env").write_text(f"{name}={first}\n", "utf-8")
    assert written(getattr(Settings(), field)) == first
    monkeypatch.setenv(name, second)
    assert written(getattr(Settings(), field)) == second


def test_links_follow_the_port_unless_an_address_is_given() -> None:
    assert Settings(port=9_001).public_url == "http://127.0.0.1:9001"
    assert Settings(port=9_001, public_url="https://polesud.invalid").public_url == "https://polesud.invalid"


def test_what_other_programs_put_in_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("PORT=1\nPOLESUD_ANCIEN=1\n", "utf-8")
    assert Settings().port == Settings.model_fields["port"].default


@pytest.mark.parametrize("text", ["26,07", "26, 07", " 26 7 ", "26,07,26"])
def test_a_list_means_the_same_however_it_is_written(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLESUD_DEPARTMENTS", text)
    assert Settings().departments == ("26", "07")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("POLESUD_SMTP_SECURITY", "ssl", "attendu : none, starttls ou tls"),
        ("POLESUD_DEPARTMENTS", "26,Drôme", "département invalide"),
        ("POLESUD_DEPARTMENTS", "", "attendu : au moins 1"),
        ("POLESUD_TRUSTED_PROXIES", "proxy.invalid", "adresse ou réseau IP attendu"),
        ("POLESUD_ALLOW_UNSAFE", "peut-être", "attendu : true ou false"),
        ("POLESUD_PORT", "80000", "attendu : au plus 65535"),
        ("POLESUD_MAIL_TRIES", "0", "attendu : plus de 0"),
        ("POLESUD_SESSION_HOURS", "douze", "nombre attendu"),
    ],
)
def test_a_value_that_cannot_serve_is_refused_at_the_start_by_name(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(SettingsError, match=f"{name} : {reason}"):
        settings()


def test_only_the_commands_and_the_application_read_the_settings_themselves() -> None:
    """Everywhere below, settings are arguments."""
    pattern = re.compile(r"from api\.core\.settings import .*\bsettings\b|api\.core\.settings\.settings")
    readers = {
        path.relative_to(ROOT) for path in (ROOT / "api").rglob("*.py") if pattern.search(path.read_text("utf-8"))
    }
    assert {path.parts[1] for path in readers} == {"app.py", "commands", "demo"}
