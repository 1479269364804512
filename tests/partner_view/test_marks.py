"""A mark opens for the account that it was made for, and for nobody else; without a key it says nothing."""

import base64
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.mailing.links import Signer
from api.partner_view.marks import LENGTH, SINGLE_LENGTH, Marks, Pair

SIGNER = Signer(["clé d’essai"], 45)
ids = st.uuids().map(str)
pairs = st.builds(Pair, ids, ids)


def marks(account: str = "a", *keys: str) -> Marks:
    return Marks.of(Signer(keys, 45) if keys else SIGNER, account)


@given(pairs)
def test_a_mark_opens_to_its_pair_and_is_always_the_same(pair: Pair) -> None:
    mark = marks().make(pair)
    assert marks().open(mark) == pair
    assert marks().make(pair) == mark
    assert len(mark) == LENGTH
    assert mark.replace("-", "").replace("_", "").isalnum()


@given(ids)
def test_a_mark_of_one_identifier_opens_to_it_and_to_no_pair(identifier: str) -> None:
    mark = marks().make_single(identifier)
    assert (marks().open_single(mark), marks().open(mark), len(mark)) == (identifier, None, SINGLE_LENGTH)
    assert marks("b").open_single(mark) is None
    assert marks("b").make_single(identifier)[:20] != mark[:20]


@given(pairs)
def test_another_account_cannot_open_it_nor_see_that_it_is_the_same_pair(pair: Pair) -> None:
    mine, theirs = marks("a"), marks("b")
    assert theirs.open(mine.make(pair)) is None
    # Not even a part of it is alike: the tag, which is the first 16 bytes, moves the whole.
    one, two = (base64.urlsafe_b64decode(each.make(pair)) for each in (mine, theirs))
    assert one[:16] != two[:16]
    assert one[16:] != two[16:]


@given(pairs, st.integers(0, LENGTH - 1), st.sampled_from("AZaz09-_"))
def test_an_altered_mark_opens_to_nothing(pair: Pair, place: int, letter: str) -> None:
    mark = marks().make(pair)
    altered = mark[:place] + letter + mark[place + 1 :]
    assert marks().open(altered) == (pair if altered == mark else None)


@pytest.mark.parametrize(
    "mark", ["", "aucune", "é" * LENGTH, "A" * LENGTH, "A" * (LENGTH - 1) + "\n", "A" * (LENGTH + 4), "+/" * 32]
)
def test_what_is_no_mark_opens_to_nothing(mark: str) -> None:
    assert marks().open(mark) is None


def test_marks_of_an_older_key_still_open_until_it_is_forgotten() -> None:
    pair = Pair(str(uuid.uuid4()), str(uuid.uuid4()))
    old = marks("a", "first").make(pair)
    assert marks("a", "first", "second").open(old) == pair
    assert marks("a", "first", "second").make(pair) != old
    assert marks("a", "second", "third").open(old) is None


def test_a_mark_shares_no_key_with_links_in_mails() -> None:
    """Else what one of them shows would help against the other."""
    assert SIGNER.derived_keys("polesud.mark") != SIGNER.derived_keys("polesud.link.avis")
    assert [len(key) for key in SIGNER.derived_keys("polesud.mark")] == [64]
