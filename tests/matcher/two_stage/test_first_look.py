"""Who is left with a bound by texts alone cannot be missed."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from matcher.eligibility import Condition, conditions, may_be_told
from matcher.features import Pairs
from matcher.types import Actor, Opportunity, roles_of
from tests.support import builders
from tests.support.builders import SIMILARITY_RANGE, TODAY, actor_index, opportunity_index
from tests.support.noise_worlds import noise_actors, noise_opportunities

UNTOLD = (Condition.ELIGIBLE, Condition.CARRIED, Condition.NO_ROLE)


def leading(opportunity: Opportunity, *desk: Actor) -> Pairs:
    role = roles_of(opportunity.kind)[0]
    return Pairs(opportunity_index(opportunity), actor_index(*desk), SIMILARITY_RANGE, TODAY, role)


@builders.few
@given(builders.opportunities(), builders.desks_of_actors(9).filter(len))
def test_whoever_fails_a_condition_that_teaches_something_may_be_told(
    opportunity: Opportunity, desk: list[Actor]
) -> None:
    pairs = leading(opportunity, *desk)
    told = ~np.isin(conditions(pairs), UNTOLD)
    assert may_be_told(pairs)[told].all()


def test_most_near_misses_of_a_takeover_are_no_news() -> None:
    """Otherwise every takeover would look at everybody closely."""
    desk, takeovers = noise_actors(3, 300), [row for row in noise_opportunities(4, 30) if row.kind == "takeover"]
    every = [leading(row, *desk) for row in takeovers]
    told = [~np.isin(conditions(pairs), UNTOLD) for pairs in every]
    assert any(some.any() for some in told)
    assert all(may_be_told(pairs)[some].all() for pairs, some in zip(every, told, strict=True))
    assert np.median([may_be_told(pairs).mean() for pairs in every]) < 0.5
