"""The hash that is checked where an account has no password takes as long as any other."""

from api.accounts import passwords


def test_it_has_the_parameters_of_those_that_are_made() -> None:
    """Otherwise the time of an answer would tell who has an account."""
    assert not passwords._HASHER.check_needs_rehash(passwords._DUMMY_HASH)
