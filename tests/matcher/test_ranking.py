"""The best unit of each owner, best owner first, ties by the order of ids; a network and its member fill one place."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.ranking import best_units, one_place
from tests.support.builders import few

units = st.lists(st.tuples(st.integers(-2, 2), st.booleans(), st.integers(0, 4)), max_size=12)


@few
@given(units)
def test_it_is_the_naive_definition(rows: list[tuple[int, bool, int]]) -> None:
    logits = np.array([row[0] for row in rows], np.float64)
    eligible = np.array([row[1] for row in rows], np.bool_)
    owner = np.array([row[2] for row in rows], np.int64)
    expected = []
    for one in set(owner.tolist()):
        mine = [i for i, (_, allowed, of) in enumerate(rows) if allowed and of == one]
        if mine:
            expected.append(min(mine, key=lambda i: (-rows[i][0], i)))
    expected.sort(key=lambda i: (-rows[i][0], rows[i][2]))
    assert best_units(logits, eligible, owner).tolist() == expected


def test_an_owner_whose_best_unit_is_not_eligible_stands_by_its_next() -> None:
    rows = best_units(np.array([9.0, 1.0, 5.0]), np.array([False, True, True]), np.array([0, 0, 1]))
    assert rows.tolist() == [2, 1]


def test_infinitely_low_still_counts() -> None:
    rows = best_units(np.array([-np.inf, 0.0]), np.array([True, True]), np.array([0, 1]))
    assert rows.tolist() == [1, 0]


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[int], dict[int, int], dict[int, frozenset[int]], list[int]]:
    """Draw owners of rows, what rows are compared through, who carries whom, and a list of one row an owner."""
    n = draw(st.integers(1, 8))
    members = {
        carrier: frozenset(own) - {carrier}
        for carrier, own in draw(st.dictionaries(st.integers(0, n - 1), st.sets(st.integers(0, n - 1)))).items()
    }
    owner, via = list(range(n)), {}
    for carrier, own in members.items():
        for member in sorted(own):
            via[len(owner)] = draw(st.sampled_from((member, -1)))
            owner.append(carrier)
    best = [draw(st.sampled_from([row for row, of in enumerate(owner) if of == one])) for one in range(n)]
    return owner, via, members, draw(st.permutations(best))


@few
@given(networks())
def test_a_network_and_its_member_fill_one_place_and_nobody_else_loses_one(
    drawn: tuple[list[int], dict[int, int], dict[int, frozenset[int]], list[int]],
) -> None:
    """Who stays is the better of the two and names the other; what is left keeps its order."""
    owner, via, members, listed = drawn
    rows, shared = one_place(np.array(listed), np.array(owner), via, members)
    kept = rows.tolist()
    assert kept == [row for row in listed if row in kept]

    def same_place(one: int, other: int) -> bool:
        return any(
            owner[member] in members.get(owner[network], ()) and via.get(network, owner[member]) == owner[member]
            for network, member in ((one, other), (other, one))
        )

    assert not any(same_place(one, other) for one in kept for other in kept if one != other)
    row_of = {owner[row]: row for row in listed}
    named = [(row_of[keeper], row_of[sharer]) for keeper, sharers in shared.items() for sharer in sharers]
    assert sorted(sharer for _, sharer in named) == sorted(set(listed) - set(kept))
    for keeper, sharer in named:
        assert keeper in kept
        assert same_place(keeper, sharer)
        assert listed.index(keeper) < listed.index(sharer)


def test_a_network_listed_through_one_member_leaves_the_others_theirs() -> None:
    rows, shared = one_place(np.array([3, 1, 2]), np.array([0, 1, 2, 0]), {3: 1}, {0: frozenset({1, 2})})
    assert rows.tolist() == [3, 2]
    assert shared == {0: (1,)}
