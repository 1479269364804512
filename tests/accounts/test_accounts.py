"""Accounts: a link serves once, a password is kept as a hash, a session ends when the tables say so, guesses wait."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine
from sqlmodel import select

from api.accounts import accounts, invitations, passwords, sessions, throttle
from api.accounts.account_keys import open_account_keys
from api.audit.log import journal_page, verify
from api.core.errors import (
    ConflictError,
    InvalidError,
    LinkExpiredError,
    NotFoundError,
    RefusedSignInError,
    TooManyError,
)
from models.database import reading, writing
from models.tables import Account, AccountSession, Invitation, Throttle
from tests.support.databases import stored_bytes
from tests.support.options import OPTIONS
from tests.support.quick_hashing import QUICK, SERVED_HASHER
from tests.support.reads import read_once

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
EMAIL, PASSWORD = "camille.canari@exemple.invalid", "correct cheval pile agrafe"
KEY = open_account_keys(OPTIONS).counters[-1]


def opened(engine: Engine, email: str = EMAIL, role: str = "administrator") -> str:
    link = invitations.invite(engine, email, role, by="cli", now=NOW, options=OPTIONS)
    invitations.accept(engine, link.rpartition("/")[2], PASSWORD, now=NOW)
    return accounts.find_account(engine, email).id


def sign_in(
    engine: Engine, password: str = PASSWORD, now: datetime = NOW, client_address: str = "192.0.2.1", **more: str
) -> str:
    return sessions.sign_in(
        engine, more.get("email", EMAIL), password, client_address=client_address, now=now, options=OPTIONS
    )


def test_an_invitation_serves_once_and_for_its_time(engine: Engine) -> None:
    link = invitations.invite(
        engine, " Camille.Canari@exemple.invalid ", "facilitator", by="cli", now=NOW, options=OPTIONS
    )
    token = link.rpartition("/")[2]
    assert read_once(engine, invitations.read_invitation, token, now=NOW).email == EMAIL
    with pytest.raises(LinkExpiredError):
        invitations.accept(engine, token, PASSWORD, now=NOW + timedelta(days=7))
    invitations.accept(engine, token, PASSWORD, now=NOW + timedelta(days=6))
    with pytest.raises(LinkExpiredError):
        invitations.accept(engine, token, "un autre mot de passe", now=NOW + timedelta(days=6))
    with pytest.raises(NotFoundError):
        invitations.accept(engine, token[:-1], PASSWORD, now=NOW)
    assert sign_in(engine)


def test_two_who_use_one_link_at_once_do_not_both_set_the_password(engine: Engine) -> None:
    token = invitations.invite(engine, EMAIL, "facilitator", by="cli", now=NOW, options=OPTIONS).rpartition("/")[2]

    def use(number: int) -> bool:
        try:
            invitations.accept(engine, token, f"{PASSWORD} {number}", now=NOW)
        except LinkExpiredError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) == 1


def test_a_new_link_ends_the_former_one_and_choosing_a_password_ends_all_sessions(engine: Engine) -> None:
    account = opened(engine)
    token = sign_in(engine)
    first, second = (
        invitations.invite_again(engine, account, by="cli", now=NOW, options=OPTIONS).rpartition("/")[2]
        for _ in range(2)
    )
    with pytest.raises(LinkExpiredError):
        invitations.accept(engine, first, PASSWORD, now=NOW)
    assert read_once(engine, sessions.who, token, now=NOW, options=OPTIONS)
    invitations.accept(engine, second, "une phrase toute neuve", now=NOW)
    assert read_once(engine, sessions.who, token, now=NOW, options=OPTIONS) is None
    with pytest.raises(RefusedSignInError):
        sign_in(engine)


@pytest.mark.parametrize(
    "bad", ["", "onze lettre", EMAIL, EMAIL.upper(), "camille.canari", "aaaaaaaaaaaaaaa", "x" * 201]
)
def test_a_weak_password_is_refused_and_the_link_still_serves(engine: Engine, bad: str) -> None:
    token = invitations.invite(engine, EMAIL, "facilitator", by="cli", now=NOW, options=OPTIONS).rpartition("/")[2]
    with pytest.raises(InvalidError):
        invitations.accept(engine, token, bad, now=NOW)
    invitations.accept(engine, token, PASSWORD, now=NOW)


def test_a_long_password_that_could_be_set_opens_however_its_accents_are_typed(engine: Engine) -> None:
    long_password = f"{PASSWORD} {'é' * 150}"
    token = invitations.invite(engine, EMAIL, "facilitator", by="cli", now=NOW, options=OPTIONS).rpartition("/")[2]
    invitations.accept(engine, token, unicodedata.normalize("NFD", long_password), now=NOW)
    assert sign_in(engine, unicodedata.normalize("NFD", long_password))
    assert sign_in(engine, long_password)
    for other in (f"{long_password} et la suite", long_password.upper(), f" {long_password}"):
        with pytest.raises(RefusedSignInError):
            sign_in(engine, other)


def test_no_password_expires(engine: Engine) -> None:
    opened(engine)
    assert sign_in(engine, now=NOW + timedelta(days=3650))


def test_neither_password_nor_token_nor_link_is_in_the_tables(engine: Engine) -> None:
    link = invitations.invite(engine, EMAIL, "facilitator", by="cli", now=NOW, options=OPTIONS).rpartition("/")[2]
    invitations.accept(engine, link, PASSWORD, now=NOW)
    token = sign_in(engine)
    content = stored_bytes(engine)
    assert EMAIL.encode() in content
    for secret in (PASSWORD, link, token):
        assert secret.encode() not in content


def test_what_was_hashed_by_older_parameters_is_hashed_anew_at_the_next_sign_in(engine: Engine) -> None:
    account = opened(engine)
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    with patch.object(passwords, "_HASHER", stronger):
        sign_in(engine)
    with reading(engine) as session:
        assert not stronger.check_needs_rehash(session.get_one(Account, account).password_hash or "")


def test_the_parameters_that_serve_are_those_of_rfc_9106() -> None:
    hasher = SERVED_HASHER
    assert (hasher.type.name, hasher.memory_cost, hasher.time_cost, hasher.parallelism) == ("ID", 65536, 3, 4)


def test_whoever_is_refused_learns_no_more_than_that(engine: Engine) -> None:
    """Unknown, wrong, disabled and never opened: one message, and each has a password looked at."""
    opened(engine)
    closed = opened(engine, "ferme@exemple.invalid", "facilitator")
    accounts.disable(engine, closed, by="cli", now=NOW)
    invitations.invite(engine, "attend@exemple.invalid", "facilitator", by="cli", now=NOW, options=OPTIONS)
    told = []
    with patch.object(passwords, "_HASHER", wraps=QUICK) as hasher:
        for email in (EMAIL, "inconnu@exemple.invalid", "ferme@exemple.invalid", "attend@exemple.invalid"):
            with pytest.raises(RefusedSignInError) as refused:
                sign_in(engine, "pas le bon du tout", email=email)
            told.append((refused.value.detail, refused.value.status))
        assert hasher.verify.call_count == 4
    assert len(set(told)) == 1


def test_failures_make_one_wait_longer_each_time_up_to_a_quarter_of_an_hour(engine: Engine) -> None:
    opened(engine)
    now, waits = NOW, []
    for _ in range(12):
        with pytest.raises(RefusedSignInError):
            sign_in(engine, "pas le bon du tout", now)
        wait = timedelta()
        while True:
            try:
                with reading(engine) as session:
                    throttle.check(session, throttle.Attempt(EMAIL, "192.0.2.1", KEY), now + wait)
                break
            except TooManyError:
                wait += timedelta(seconds=30)
        waits.append(wait / timedelta(seconds=30))
        now += wait
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]
    with pytest.raises(TooManyError, match="15"):
        sign_in(engine, now=now - timedelta(seconds=30 * 30))
    assert sign_in(engine, now=now)
    with pytest.raises(RefusedSignInError):
        sign_in(engine, "pas le bon du tout", now)
    assert sign_in(engine, now=now)


def test_an_unknown_address_waits_like_a_known_one(engine: Engine) -> None:
    for number in range(6):
        with pytest.raises(TooManyError if number == 5 else RefusedSignInError):
            sign_in(engine, email="inconnu@exemple.invalid")


def test_one_who_tries_many_accounts_waits_too_though_they_have_one_themselves(engine: Engine) -> None:
    opened(engine)
    tried = 0
    with suppress(TooManyError):
        for number in range(100):
            with pytest.raises(RefusedSignInError):
                sign_in(engine, "pas le bon du tout", email=f"{number}@exemple.invalid", client_address="2001:db8::1")
            tried += 1
            sign_in(engine, client_address="2001:db8::2")
    assert tried <= throttle.FREE_BY_NETWORK
    assert sign_in(engine, client_address="2001:db8:1::1")


def test_a_hundred_guesses_at_once_count_as_a_hundred(engine: Engine) -> None:
    opened(engine)
    looked_at = []

    def guess(number: int) -> None:
        with suppress(TooManyError):
            try:
                sign_in(engine, f"pas le bon du tout {number}")
            except RefusedSignInError:
                looked_at.append(number)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(guess, range(100)))
    assert len(looked_at) == throttle.FREE_BY_ACCOUNT_HERE


def visits(engine: Engine, token: str, now: datetime) -> bool:
    """Ask for a page at a moment: its use is noted where the session holds."""
    found = read_once(engine, sessions.who, token, now=now, options=OPTIONS)
    if found and found.session_id:
        with writing(engine) as session:
            sessions.note_use(session, found.session_id, now)
    return found is not None


def test_a_session_ends_when_idle_when_old_and_when_told(engine: Engine) -> None:
    account = opened(engine)
    token = sign_in(engine)
    assert visits(engine, token, NOW + timedelta(minutes=119))
    assert not visits(engine, token, NOW + timedelta(minutes=119 + 120))
    now = NOW
    while now < NOW + timedelta(hours=11, minutes=30):
        now += timedelta(minutes=100)
        assert visits(engine, token, now) == (now < NOW + timedelta(hours=12))
    assert read_once(engine, sessions.who, token, now=NOW + timedelta(hours=12), options=OPTIONS) is None
    one, other = sign_in(engine), sign_in(engine)
    sessions.sign_out(engine, one, now=NOW)
    assert [read_once(engine, sessions.who, each, now=NOW, options=OPTIONS) is None for each in (one, other)] == [
        True,
        False,
    ]
    assert accounts.revoke_sessions(engine, account, by="cli", now=NOW) == 2
    assert read_once(engine, sessions.who, other, now=NOW, options=OPTIONS) is None
    assert read_once(engine, sessions.who, "n'importe quoi", now=NOW, options=OPTIONS) is None


def test_signing_in_anew_ends_the_session_that_the_browser_came_with(engine: Engine) -> None:
    opened(engine)
    former = sign_in(engine)
    token = sessions.sign_in(
        engine, EMAIL, PASSWORD, client_address="192.0.2.1", former_token=former, now=NOW, options=OPTIONS
    )
    assert token != former
    assert read_once(engine, sessions.who, former, now=NOW, options=OPTIONS) is None
    assert read_once(engine, sessions.who, token, now=NOW, options=OPTIONS) is not None


def test_a_role_and_a_disabling_act_at_the_next_request(engine: Engine) -> None:
    opened(engine)
    other = opened(engine, "autre@exemple.invalid", "facilitator")
    token = sign_in(engine, email="autre@exemple.invalid")
    accounts.change_role(engine, other, "administrator", by="cli", now=NOW)
    found = read_once(engine, sessions.who, token, now=NOW, options=OPTIONS)
    assert found is not None
    assert found.role == "administrator"
    accounts.disable(engine, other, by="cli", now=NOW)
    assert read_once(engine, sessions.who, token, now=NOW, options=OPTIONS) is None
    accounts.enable(engine, other, by="cli", now=NOW)
    assert read_once(engine, sessions.who, token, now=NOW, options=OPTIONS) is None
    assert sign_in(engine, email="autre@exemple.invalid")


def test_the_last_administrator_stays(engine: Engine) -> None:
    account = opened(engine)
    # Who never opened theirs could not administer.
    invitations.invite(engine, "attend@exemple.invalid", "administrator", by="cli", now=NOW, options=OPTIONS)
    for act in (
        lambda: accounts.disable(engine, account, by="cli", now=NOW),
        lambda: accounts.change_role(engine, account, "facilitator", by="cli", now=NOW),
    ):
        with pytest.raises(ConflictError):
            act()
    opened(engine, "autre@exemple.invalid")
    accounts.disable(engine, account, by="cli", now=NOW)


def test_the_journal_tells_it_all_and_names_nobody(engine: Engine) -> None:
    account = opened(engine)
    for password in ("pas le bon du tout", PASSWORD):
        with suppress(RefusedSignInError):
            sign_in(engine, password)
    accounts.revoke_sessions(engine, account, by="cli", now=NOW)
    entries = list(reversed(read_once(engine, journal_page)))
    assert [entry.action for entry in entries] == [
        "account.invited", "account.password_set", "sign_in.failed", "sign_in.ok", "account.sessions_revoked",
    ]  # fmt: skip
    assert {entry.object_id for entry in entries} == {account}
    assert "canari" not in "".join(f"{entry.actor}{entry.detail}{entry.object_id}" for entry in entries)
    assert read_once(engine, verify).problem == ""


def test_the_throttle_keeps_no_address(engine: Engine) -> None:
    opened(engine)
    with pytest.raises(RefusedSignInError):
        sign_in(engine, "pas le bon du tout")
    with reading(engine) as session:
        kept = [row.id for table in (Throttle, AccountSession, Invitation) for row in session.exec(select(table)).all()]
    assert all(len(one) == 64 for one in kept)
