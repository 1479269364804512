"""The hash that is checked where an account has no password takes as long as any other."""

from tests.support.quick_hashing import SERVED_DUMMY_HASH, SERVED_HASHER


def test_it_has_the_parameters_of_those_that_are_made() -> None:
    """Otherwise the time of an answer would tell who has an account."""
    assert not SERVED_HASHER.check_needs_rehash(SERVED_DUMMY_HASH)
