"""Identifiers are a function of the natural key; moments are never ambiguous."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import StatementError

from models.accounts import ApiKey
from models.base import identifier, utc_now
from models.database import reading, writing
from tests.support.proof_share import examples

KEYS = st.lists(st.text(max_size=12), min_size=1, max_size=3)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1901, 1, 1), datetime(2099, 1, 1), timezones=OFFSETS)


@settings(deadline=None, max_examples=examples(50))
@given(KEYS, KEYS)
def test_an_identifier_says_its_key_and_no_other(one: list[str], other: list[str]) -> None:
    """Equal keys, equal identifiers; different keys, different ones (the separator stands in no key of ours)."""
    clean_one, clean_other = ([part.replace("\x1f", "") for part in key] for key in (one, other))
    assert (identifier("actors", *clean_one) == identifier("actors", *clean_other)) == (clean_one == clean_other)
    assert identifier("actors", *clean_one) != identifier("lots", *clean_one)
    assert UUID(identifier("actors", *clean_one)).version == 5


def test_an_identifier_is_the_same_in_every_process() -> None:
    """Pinned: a change would orphan every suggestion ever shown. Python's own hashes differ from process to process."""
    code = "from models.base import identifier; print(identifier('actors', 'siret:00017926700026'))"
    root = Path(__file__).parents[2]
    told = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
    assert told.strip() == identifier("actors", "siret:00017926700026") == "6d583586-983a-54b2-8bdc-36062dfa58b9"


@settings(deadline=None, max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=MOMENTS)
def test_a_moment_comes_back_as_the_same_instant_in_utc(engine: Engine, moment: datetime) -> None:
    with writing(engine) as session:
        session.merge(ApiKey(id="one", name="one", secret_hash="0", role="client", created_at=moment))
    with reading(engine) as session:
        found = session.get(ApiKey, "one")
    assert found is not None
    assert found.created_at == moment
    assert found.created_at.tzinfo is UTC
    assert found.revoked_at is None


def test_a_moment_without_a_time_zone_is_refused(engine: Engine) -> None:
    naive = utc_now().replace(tzinfo=None)
    with pytest.raises(StatementError, match="ambiguous"), writing(engine) as session:
        session.add(ApiKey(id="one", name="one", secret_hash="0", role="client", created_at=naive))
    with reading(engine) as session:
        assert session.get(ApiKey, "one") is None
