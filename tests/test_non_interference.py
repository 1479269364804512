"""To an outsider a confidential thing does not exist: all they can get is the same bytes with and without it.

Outsiders: nobody, a client's key, a partner's account, whoever is written to. Of a case that has a teaser, partners and
who is written to get the teaser, made of what it says alone; clients and nobody not even that.

`tests/proofs/test_mutants.py` shows that these tests can fail.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.outsiders import (
    Claim,
    Sides,
    client_cannot_tell,
    order_tells_no_more,
    own_data_does_not_tell,
    own_data_tells_no_more,
    partner_cannot_tell,
    sheet_tells_no_more,
    teaser_tells_no_more,
    waiting_does_not_tell,
)
from tests.support.proof_share import examples
from tests.support.secret_worlds import World, worlds
from tests.support.smtp_server import post
from tests.support.two_sides import two_sides

pytestmark = pytest.mark.slow

# Each part draws its own: pytest-xdist spreads them. Of 4 × (150 + 60 + 50) = 1,040 worlds, each asked several things,
# `make test` draws an eighth, `make proofs` all.
PARTS = range(4)


@pytest.fixture(scope="module")
def sides(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    with two_sides(empty_database, tmp_path_factory.mktemp("sides")) as opened:
        yield opened


def holds(claim: Claim, sides: Sides, part: int, *, teasers: bool, count: int) -> None:
    """Ask a claim of random worlds."""

    @settings(deadline=None, max_examples=examples(count, least=4), suppress_health_check=list(HealthCheck))
    @given(worlds(teasers=teasers), st.integers(0, 2**32))
    def check(world: World, chance: int) -> None:
        claim(sides, world, Random(f"{part} {chance}"))

    check()


@pytest.mark.parametrize("part", PARTS)
def test_a_client_and_nobody_cannot_tell(sides: Sides, part: int) -> None:
    holds(client_cannot_tell, sides, part, teasers=True, count=150)


@pytest.mark.parametrize("part", PARTS)
def test_a_partner_and_who_is_written_to_cannot_tell_of_what_has_no_teaser(sides: Sides, part: int) -> None:
    holds(partner_cannot_tell, sides, part, teasers=False, count=60)


def test_what_a_partner_is_given_of_itself_does_not_tell(sides: Sides) -> None:
    holds(own_data_does_not_tell, sides, 0, teasers=False, count=20)


def test_what_a_partner_is_given_of_itself_says_no_more_of_a_case_than_its_teaser(sides: Sides) -> None:
    holds(own_data_tells_no_more, sides, 0, teasers=True, count=40)


@pytest.mark.parametrize("part", PARTS)
def test_of_a_case_with_a_teaser_nothing_else_can_be_told(sides: Sides, part: int) -> None:
    holds(teaser_tells_no_more, sides, part, teasers=True, count=50)


def test_of_a_case_with_a_blind_sheet_the_sheet_that_stands_can_be_told_and_nothing_beside_it(sides: Sides) -> None:
    holds(sheet_tells_no_more, sides, 0, teasers=True, count=40)


def test_the_order_of_cases_with_teasers_tells_nothing(sides: Sides) -> None:
    holds(order_tells_no_more, sides, 0, teasers=True, count=40)


def test_what_becomes_confidential_while_a_mail_waits_cannot_be_told(sides: Sides, tmp_path: Path) -> None:
    with post(tmp_path / "log") as server:
        holds(partial(waiting_does_not_tell, server), sides, 0, teasers=True, count=40)


def test_there_are_secrets_and_they_would_be_seen(sides: Sides) -> None:
    """Else the tests above would prove nothing: the facilitator sees otherwise in one world than in the other."""
    seen: list[bool] = []

    def count_differences(sides: Sides, world: World, _rng: Random) -> None:
        sides[0].fill(world.public)
        sides[1].fill(world.public, world.secret)
        for path in ("/", "/acteurs"):
            one, two = (side.house.get(path).content for side in sides)
            seen.append(one != two)
        one, two = (side.visitor.get("/espace").content for side in sides)
        seen.append(one != two)

    holds(count_differences, sides, 0, teasers=True, count=30)
    assert sum(seen) > 2 * len(seen) / 9
