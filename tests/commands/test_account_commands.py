"""Commands about people: an invitation's link, what a person may ask for, the journal's check, a backup and back."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine
from typer.testing import CliRunner

import api.cli
from api.accounts import accounts, api_keys, invitations, second_factor, sessions
from api.core.errors import LinkExpiredError, NotFoundError, SourceError, UnauthorizedError
from api.core.french import NBSP
from api.core.settings import settings
from models.base import utc_now
from models.database import open_database
from tests.support.databases import by_hand, url_of
from tests.support.journal import unguarded
from tests.support.options import OPTIONS
from tests.support.reads import read_once

Run = Callable[..., Result]
EMAIL = "canari@exemple.invalid"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database: Path) -> Iterator[Run]:
    monkeypatch.setenv("POLESUD_DATABASE_URL", url_of(database))
    # To restore renews them: those of the working folder are other tests' too.
    monkeypatch.setenv("POLESUD_LINK_KEYS", str(database.with_suffix(".keys")))
    settings.cache_clear()
    yield lambda *words, typed=None: CliRunner().invoke(api.cli.app, list(words), input=typed)
    settings.cache_clear()


def test_the_first_administrator_is_invited_from_the_terminal_and_again_where_the_link_was_lost(
    run: Run, engine: Engine
) -> None:
    first = run("invite", EMAIL, "--role", "administrator")
    assert first.exit_code == 0, first.output
    link = first.output.strip()
    assert link.startswith("http://127.0.0.1:8026/invitation/")
    second = run("invite", EMAIL).output.split()[-1]
    with pytest.raises(LinkExpiredError):
        invitations.accept(engine, link.rpartition("/")[2], "une phrase assez longue", now=utc_now())
    invitations.accept(engine, second.rpartition("/")[2], "une phrase assez longue", now=utc_now())
    assert "administration" in run("accounts").output
    assert run("invite", EMAIL, "--role", "roi").exit_code == 2


def test_a_person_s_data_is_given_and_erased(run: Run, tmp_path: Path) -> None:
    run("invite", EMAIL)
    target = tmp_path / "export.json"
    assert run("person-export", EMAIL, "--file", str(target)).exit_code == 0
    assert json.loads(target.read_text("utf-8"))["account"]["email"] == EMAIL
    assert target.stat().st_mode & 0o077 == 0
    assert json.loads(run("person-export", EMAIL).output)["email"] == EMAIL
    unsure = run("person-erase", EMAIL, typed="n\n")
    assert (unsure.exit_code, "Rien n’est changé." in unsure.output) == (1, True)
    assert run("person-erase", EMAIL, typed="oui\n").exit_code == 0
    again = run("person-erase", EMAIL, "--yes")
    assert isinstance(again.exception, NotFoundError)
    assert EMAIL not in str(again.exception)
    assert run("purge").output.startswith(f"0{NBSP}courriel vidé, 0{NBSP}session,")


def test_the_journal_is_checked_against_itself_and_against_a_mark(run: Run, database: Path) -> None:
    run("invite", EMAIL)
    told = run("audit-verify")
    assert told.exit_code == 0
    mark = told.output.rpartition("Repère : ")[2].strip()
    run("invite", EMAIL)
    assert run("audit-verify", "--repere", mark).exit_code == 0
    assert run("audit-verify", "--repere", f"1:{'0' * 64}").exit_code == 4
    assert run("audit-verify", "--repere", "n'importe quoi").exit_code == 2
    opened = open_database(url_of(database))
    unguarded(opened)
    opened.dispose()
    with by_hand(url_of(database)) as connection:
        connection.exec_driver_sql("UPDATE audit SET actor = 'night' WHERE seq = 1")
    touched = run("audit-verify")
    assert touched.exit_code == 4
    assert "entrée 1" in touched.output


def test_a_backup_is_restored_and_who_was_erased_since_stays_so(run: Run, tmp_path: Path) -> None:
    run("invite", EMAIL)
    run("invite", "autre@exemple.invalid")
    kept = tmp_path / "kept.db"
    assert run("backup", str(kept)).exit_code == 0
    run("person-erase", EMAIL, "--yes")
    run("person-erase", "autre@exemple.invalid", "--yes")
    run("invite", EMAIL)
    restored = run("restore", str(kept), "--yes")
    assert restored.exit_code == 0
    assert f"2{NBSP}personnes effacées" in restored.output
    assert EMAIL not in run("accounts").output
    run("invite", EMAIL)
    assert run("audit-verify").exit_code == 0
    kept.write_bytes(b"abime")
    assert isinstance(run("restore", str(kept), "--yes").exception, SourceError)
    assert EMAIL in run("accounts").output


def test_keys_are_listed_replaced_and_revoked_from_the_terminal(run: Run, engine: Engine) -> None:
    first, second = (run("key", "Mairie", *more, "--days", "30").output.strip() for more in ((), ("--replace",)))
    assert first != second
    listed = run("keys").output
    assert "révoquée" in listed
    assert "sert" in listed
    assert run("key-revoke", "Mairie").exit_code == 0
    with pytest.raises(UnauthorizedError):
        read_once(engine, api_keys.authenticate, second, now=utc_now())
    assert isinstance(run("key-revoke", "Personne").exception, NotFoundError)


def test_a_second_factor_is_reset_from_the_terminal(run: Run, engine: Engine) -> None:
    token, password, now = run("invite", EMAIL).output.strip().rpartition("/")[2], "une phrase assez longue", utc_now()
    invitations.accept(engine, token, password, now=now)
    account = accounts.find_account(engine, EMAIL).id
    here = sessions.sign_in(engine, EMAIL, password, client_address="192.0.2.1", now=now, options=OPTIONS)
    second_factor.begin_enrolment(engine, account, token=here, keys=[b"k" * 64], now=now)
    assert run("factor-reset", EMAIL).exit_code == 0
    assert accounts.find_account(engine, EMAIL).totp_secret is None
