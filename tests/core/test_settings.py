"""Every setting is documented, with its true default; each is read from the environment."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.core.settings import Settings

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `(POLESUD_[A-Z_]+)` \| `([^`]*)` \| (.+) \|$", re.MULTILINE)
PREFIX = "POLESUD_"


def told(value: object) -> str:
    """Return a setting's value as it is written in the environment."""
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
    defaults = {PREFIX + name.upper(): told(field.default) for name, field in Settings.model_fields.items()}
    assert {name: default for name, (default, _) in documented().items()} == defaults
    assert all(len(meaning) > 20 for _, meaning in documented().values())


def test_no_other_document_names_a_setting_that_does_not_exist() -> None:
    pages = [path for path in (ROOT / "README.md", ROOT / "Makefile", *(ROOT / "docs").glob("*.md")) if path.exists()]
    named = {name for page in pages for name in re.findall(rf"\b{PREFIX}[A-Z_]+\b", page.read_text("utf-8"))}
    assert named <= set(names())


@pytest.mark.parametrize("name", names())
def test_a_setting_is_read_from_the_environment(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Under the name that is documented, before the file `.env`."""
    monkeypatch.chdir(tmp_path)
    field = name.removeprefix(PREFIX).lower()
    (tmp_path / ".env").write_text(f"{name}=11\n", "utf-8")
    assert told(getattr(Settings(), field)) == "11"
    monkeypatch.setenv(name, "12")
    assert told(getattr(Settings(), field)) == "12"


def test_what_other_programs_put_in_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("PORT=1\nPOLESUD_ANCIEN=1\n", "utf-8")
    assert Settings().port == Settings.model_fields["port"].default
