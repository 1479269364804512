"""Who guesses is slowed, and cannot keep an account's owner out."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from api.accounts import devices, throttle
from api.accounts.throttle import Attempt
from api.core.errors import TooManyError
from models.database import reading, writing
from models.tables import Throttle

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
EMAIL, KEY = "camille.canari@exemple.invalid", b"k" * 64
KEYS = [b"a" * 64, b"b" * 64]
TODAY = date(2026, 11, 24)


def fails(engine: Engine, attempt: Attempt, now: datetime) -> bool:
    """Try in vain; return whether the attempt was let through to the password."""
    try:
        with writing(engine) as session:
            throttle.record_failure(session, attempt, now)
    except TooManyError:
        return False
    return True


def guesses(engine: Engine, attempts: list[Attempt], *, hours: int, every_s: int = 30) -> int:
    """Try again and again, from each in turn; return how many attempts were let through.

    All in one unit of work: an attempt during a wait counts nothing.
    """
    let_through = 0
    with writing(engine) as session:
        for number in range(hours * 3600 // every_s):
            attempt, now = attempts[number % len(attempts)], NOW + timedelta(seconds=every_s * number)
            with suppress(TooManyError):
                throttle.record_failure(session, attempt, now)
                let_through += 1
    return let_through


def test_a_day_of_guesses_from_one_network_keeps_neither_another_network_nor_a_known_browser_out(
    engine: Engine,
) -> None:
    attacker = Attempt(EMAIL, "203.0.113.9", KEY)
    let_through = guesses(engine, [attacker], hours=6)
    assert 0 < let_through < 40
    now = NOW + timedelta(hours=6)
    assert not fails(engine, attacker, now)
    with reading(engine) as session:
        throttle.check(session, Attempt(EMAIL, "198.51.100.1", KEY), now)
        # Even within the attacker's own network.
        throttle.check(session, Attempt(EMAIL, "203.0.113.9", KEY, device="n"), now)


def test_guesses_from_many_networks_on_one_account_are_slowed_to_one_a_minute(engine: Engine) -> None:
    botnet = [Attempt(EMAIL, f"203.0.113.{number}", KEY) for number in range(200)]
    let_through = guesses(engine, botnet, hours=2, every_s=10)
    assert let_through <= throttle.FREE_BY_ACCOUNT + 2 * 60
    now = NOW + timedelta(hours=2)
    with reading(engine) as session:
        throttle.check(session, Attempt(EMAIL, "198.51.100.1", KEY, device="n"), now)


def test_a_stolen_device_cookie_gives_no_more_guesses_than_a_network(engine: Engine) -> None:
    assert guesses(engine, [Attempt(EMAIL, "203.0.113.9", KEY, device="n")], hours=6) < 40


def test_counters_are_keyed_hashes_and_are_deleted_after_a_day(engine: Engine) -> None:
    fails(engine, Attempt(EMAIL, "203.0.113.9", KEY), NOW)
    with reading(engine) as session:
        before = {row.id for row in session.exec(select(Throttle)).all()}
    assert len(before) == 3
    others = {Attempt(EMAIL, "203.0.113.9", b"other").by_account, Attempt(EMAIL, "203.0.113.9", b"other").by_network}
    assert not before & others
    fails(engine, Attempt("x@exemple.invalid", "203.0.113.8", KEY), NOW + timedelta(hours=25))
    with reading(engine) as session:
        assert not before & {row.id for row in session.exec(select(Throttle)).all()}


def test_a_device_cookie_is_known_by_its_account_alone_for_its_time_and_over_a_rotation() -> None:
    name, value = devices.cookie_name(KEYS, EMAIL), devices.new_cookie(KEYS, EMAIL, today=TODAY)

    def known(
        email: str = EMAIL, keys: list[bytes] = KEYS, value: str = value, later: int = 0, name: str = name
    ) -> bool:
        today = TODAY + timedelta(days=later)
        return devices.known_device(keys, email, {name: value}, today=today, device_days=180) is not None

    assert known()
    assert known(later=180)
    assert not known(later=181)
    assert known(keys=[*KEYS, b"c" * 64])
    assert not known(keys=[b"c" * 64])
    other = "autre@exemple.invalid"
    assert not known(email=other, name=devices.cookie_name(KEYS, other))
    for changed in (value[:-1], value[:-1] + "g", value.replace("2026", "2027"), "", "é"):
        assert not known(value=changed)
    assert EMAIL not in name + value


@given(st.text(), st.text())
def test_no_text_in_the_cookie_is_an_error(name: str, value: str) -> None:
    cookies = {devices.cookie_name(KEYS, EMAIL): value, name: value}
    assert devices.known_device(KEYS, EMAIL, cookies, today=TODAY, device_days=180) is None


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.0", "Navigateur inconnu"),
        ("", "Navigateur inconnu"),
    ],
)
def test_a_browser_is_named_coarsely(user_agent: str, words: str) -> None:
    assert devices.device_in_words(user_agent) == words
