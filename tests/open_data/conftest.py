"""Fixtures of the tests of open data."""

from collections.abc import Iterator

import pytest

from api.demo.fake_services import Served, served


@pytest.fixture
def service() -> Iterator[Served]:
    with served() as running:
        yield running
