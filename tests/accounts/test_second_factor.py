"""The second factor: enrolled by a code, asked for after the password; each code once, its secret in no copy."""

import random
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import Engine

from api.accounts import accounts, invitations, second_factor, sessions
from api.accounts.account_keys import open_account_keys
from api.audit.log import journal_page
from api.core.errors import ConflictError, InvalidError, NotReadyError, RefusedSignInError, TooManyError
from models.database import reading
from models.tables import Account
from tests.support.databases import stored_bytes
from tests.support.options import OPTIONS
from tests.support.reads import read_once

NOW = datetime(2026, 11, 24, 8, 0, 5, tzinfo=UTC)
EMAIL, PASSWORD = "camille.canari@exemple.invalid", "correct cheval pile agrafe"
ACCOUNT_KEYS = open_account_keys(OPTIONS)
KEYS = ACCOUNT_KEYS.factors
ATTEMPT = sessions.attempt_of(EMAIL, "192.0.2.1", ACCOUNT_KEYS.counters[-1])
STEP = timedelta(seconds=30)


@pytest.fixture
def account(engine: Engine) -> str:
    link = invitations.invite(engine, EMAIL, "administrator", by="cli", now=NOW, options=OPTIONS)
    invitations.accept(engine, link.rpartition("/")[2], PASSWORD, now=NOW)
    return accounts.find_account(engine, EMAIL).id


def password_given(engine: Engine, now: datetime) -> str:
    return sessions.sign_in(engine, EMAIL, PASSWORD, client_address="192.0.2.1", now=now, options=OPTIONS)


def code_given(engine: Engine, token: str, code: str, now: datetime) -> str:
    return second_factor.finish_with_code(engine, token, code, attempt=ATTEMPT, keys=KEYS, now=now, options=OPTIONS)


def is_in(engine: Engine, token: str, now: datetime) -> bool:
    return read_once(engine, sessions.who, token, now=now, options=OPTIONS) is not None


def enrolled(engine: Engine, account: str) -> tuple[pyotp.TOTP, list[str]]:
    """Enrol an account, and return its telephone and its recovery codes."""
    token = password_given(engine, NOW)
    second_factor.begin_enrolment(engine, account, token=token, keys=KEYS, now=NOW)
    waiting = read_once(engine, second_factor.waiting_secret, account, keys=KEYS)
    assert waiting
    telephone = pyotp.parse_uri(waiting[1])
    assert isinstance(telephone, pyotp.TOTP)
    assert telephone.secret == waiting[0]
    other = password_given(engine, NOW)
    codes = second_factor.confirm_enrolment(engine, account, telephone.at(NOW), token=token, keys=KEYS, now=NOW)
    assert (is_in(engine, token, NOW), is_in(engine, other, NOW)) == (True, False)
    return telephone, list(codes)


def test_after_the_password_nothing_opens_before_a_code_and_each_code_serves_once(engine: Engine, account: str) -> None:
    telephone, _ = enrolled(engine, account)
    later = NOW + 3 * STEP
    token = password_given(engine, later)
    assert not is_in(engine, token, later)
    code = telephone.at(later)
    opened = code_given(engine, token, f" {code[:3]} {code[3:]}", later)
    assert is_in(engine, opened, later)
    again = password_given(engine, later)
    with pytest.raises(RefusedSignInError):
        code_given(engine, again, code, later)
    # Nor one of an earlier step, though it would still be within the window.
    with pytest.raises(RefusedSignInError):
        code_given(engine, again, telephone.at(later - STEP), later)
    assert is_in(engine, code_given(engine, again, telephone.at(later + STEP), later), later)


def test_a_code_serves_a_step_early_or_late_and_no_more(engine: Engine, account: str) -> None:
    telephone, _ = enrolled(engine, account)
    for steps, is_taken in ((-2, False), (-1, True), (2, False), (1, True)):
        now = NOW + timedelta(hours=2 + steps)
        token = password_given(engine, now)
        code = telephone.at(now + steps * STEP)
        if is_taken:
            assert code_given(engine, token, code, now)
        else:
            with pytest.raises(RefusedSignInError):
                code_given(engine, token, code, now)


def test_a_recovery_code_serves_once_and_is_kept_as_a_hash(engine: Engine, account: str) -> None:
    _, codes = enrolled(engine, account)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    now = NOW + timedelta(minutes=5)
    assert code_given(engine, password_given(engine, now), codes[0].lower(), now)
    with pytest.raises(RefusedSignInError):
        code_given(engine, password_given(engine, now), codes[0], now)
    assert read_once(engine, second_factor.recovery_codes_left, account) == second_factor.RECOVERY_CODES - 1
    content = stored_bytes(engine)
    assert not [code for code in codes if code.encode() in content or code.replace("-", "").encode() in content]


def test_the_secret_is_unreadable_without_the_keys_and_follows_their_rotation(engine: Engine, account: str) -> None:
    telephone, _ = enrolled(engine, account)
    content = stored_bytes(engine)
    assert telephone.secret.encode() not in content
    now, rotated = NOW + timedelta(minutes=5), [*KEYS, b"n" * 64]
    token = password_given(engine, now)
    with pytest.raises(NotReadyError):
        second_factor.finish_with_code(
            engine, token, telephone.at(now), attempt=ATTEMPT, keys=[b"x" * 64], now=now, options=OPTIONS
        )
    second_factor.finish_with_code(
        engine, token, telephone.at(now), attempt=ATTEMPT, keys=rotated, now=now, options=OPTIONS
    )
    # Read with the newest key alone: the older ones may go.
    later = now + 2 * STEP
    assert second_factor.finish_with_code(
        engine,
        password_given(engine, later),
        telephone.at(later),
        attempt=ATTEMPT,
        keys=rotated[-1:],
        now=later,
        options=OPTIONS,
    )


def test_codes_are_throttled_as_passwords_are(engine: Engine, account: str) -> None:
    telephone, _ = enrolled(engine, account)
    now = NOW + timedelta(minutes=5)
    token = password_given(engine, now)
    for number in range(6):
        with pytest.raises(TooManyError if number == 5 else RefusedSignInError):
            code_given(engine, token, "000000" if telephone.at(now) != "000000" else "000001", now)
    with pytest.raises(TooManyError):
        code_given(engine, token, telephone.at(now), now)


def test_the_wait_for_a_code_ends(engine: Engine, account: str) -> None:
    telephone, _ = enrolled(engine, account)
    now = NOW + timedelta(minutes=5)
    token = password_given(engine, now)
    late = now + sessions.CODE_MINUTES
    with pytest.raises(RefusedSignInError):
        code_given(engine, token, telephone.at(late), late)


def test_an_administrator_resets_another_s_factor_and_not_their_own(engine: Engine, account: str) -> None:
    enrolled(engine, account)
    token = password_given(engine, NOW + STEP)
    with pytest.raises(ConflictError):
        second_factor.reset(engine, account, by=f"account:{account}", now=NOW)
    second_factor.reset(engine, account, by="account:other", now=NOW + STEP)
    with pytest.raises(RefusedSignInError):
        code_given(engine, token, "000000", NOW + STEP)
    assert is_in(engine, password_given(engine, NOW + STEP), NOW + STEP)
    assert read_once(engine, second_factor.recovery_codes_left, account) == 0
    assert "factor.reset" in {entry.action for entry in read_once(engine, journal_page)}


def test_a_wrong_code_enrols_nobody_and_a_right_one_takes_the_factor_away(engine: Engine, account: str) -> None:
    here = password_given(engine, NOW)
    second_factor.begin_enrolment(engine, account, token=here, keys=KEYS, now=NOW)
    with pytest.raises(InvalidError):
        second_factor.confirm_enrolment(engine, account, "12", token=here, keys=KEYS, now=NOW)
    with reading(engine) as session:
        assert session.get_one(Account, account).totp_confirmed_at is None
    telephone, _ = enrolled(engine, account)
    now = NOW + timedelta(minutes=5)
    with pytest.raises(InvalidError):
        second_factor.turn_off(engine, account, "12", attempt=ATTEMPT, keys=KEYS, now=now)
    second_factor.turn_off(engine, account, telephone.at(now), attempt=ATTEMPT, keys=KEYS, now=now)
    assert is_in(engine, password_given(engine, now), now)


def test_secrets_and_recovery_codes_are_long_and_follow_no_seed(engine: Engine, account: str) -> None:
    """160 bits, and 120: from 112 on a fast hash is enough to keep a code."""
    made = []
    for _ in range(2):
        random.seed(1)
        telephone, codes = enrolled(engine, account)
        second_factor.reset(engine, account, by="cli", now=NOW)
        made += [telephone.secret, *codes]
    assert len(set(made)) == len(made) == 2 * (1 + second_factor.RECOVERY_CODES)
    assert {len(text.replace("-", "")) for text in made} == {32, 24}


def test_a_forgotten_password_that_is_replaced_by_a_link_still_wants_the_code(engine: Engine, account: str) -> None:
    telephone, _ = enrolled(engine, account)
    link = invitations.invite_again(engine, account, by="cli", now=NOW, options=OPTIONS)
    invitations.accept(engine, link.rpartition("/")[2], PASSWORD, now=NOW)
    later = NOW + 3 * STEP
    token = password_given(engine, later)
    assert not is_in(engine, token, later)
    assert is_in(engine, code_given(engine, token, telephone.at(later), later), later)


def test_what_is_done_with_a_factor_is_in_the_journal_right_or_wrong(engine: Engine, account: str) -> None:
    _, codes = enrolled(engine, account)
    token = password_given(engine, NOW + 3 * STEP)
    with pytest.raises(RefusedSignInError):
        code_given(engine, token, "12", NOW + 3 * STEP)
    code_given(engine, token, codes[0], NOW + 3 * STEP)
    actions = [entry.action for entry in read_once(engine, journal_page)]
    for action in ("factor.begun", "factor.set", "factor.failed", "factor.recovery_used", "sign_in.ok"):
        assert action in actions


def test_a_session_whose_sign_in_was_long_ago_chooses_no_telephone(engine: Engine, account: str) -> None:
    """Neither begins nor confirms, nor does the session of somebody else: it might have been stolen."""
    invitations.accept(
        engine,
        invitations.invite(engine, "autre@exemple.invalid", "facilitator", by="cli", now=NOW, options=OPTIONS)[-43:],
        PASSWORD,
        now=NOW,
    )
    other = sessions.sign_in(
        engine, "autre@exemple.invalid", PASSWORD, client_address="192.0.2.1", now=NOW, options=OPTIONS
    )
    token, later = password_given(engine, NOW), NOW + second_factor.FRESH_SIGN_IN + STEP
    for asking, now in ((token, later), (other, NOW), (None, NOW)):
        with pytest.raises(InvalidError, match="reconnectez-vous"):
            second_factor.begin_enrolment(engine, account, token=asking, keys=KEYS, now=now)
    second_factor.begin_enrolment(engine, account, token=token, keys=KEYS, now=NOW)
    waiting = read_once(engine, second_factor.waiting_secret, account, keys=KEYS)
    assert waiting
    with pytest.raises(InvalidError, match="reconnectez-vous"):
        second_factor.confirm_enrolment(
            engine, account, pyotp.TOTP(waiting[0]).at(later), token=token, keys=KEYS, now=later
        )
    again = password_given(engine, later)
    assert second_factor.confirm_enrolment(
        engine, account, pyotp.TOTP(waiting[0]).at(later), token=again, keys=KEYS, now=later
    )
