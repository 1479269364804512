"""No logit is above what it can be at most, be the phrases known or not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.features import Pairs, measure
from matcher.priors import PRIORS
from matcher.scoring import WeightsByRole, contributions, logits
from matcher.two_stage.portions import portions_of
from matcher.two_stage.rough_features import rough_phrases, rough_words
from matcher.two_stage.without_phrases import with_phrases, without_phrases
from matcher.types import Actor, Form, Opportunity, roles_of
from tests.support import builders
from tests.support.builders import SIMILARITY_RANGE, TODAY, actor_index, opportunity_index
from tests.support.tuned_weights import tuned_weights

ROUNDING = 1e-4


@builders.few
@given(
    st.lists(builders.opportunities(), min_size=1, max_size=3),
    builders.desks_of_actors(9).filter(len),
    st.just(PRIORS) | tuned_weights(),
    st.integers(0, 400),
)
def test_no_logit_is_above_its_bound(
    asked: list[Opportunity], desk: list[Actor], weights: WeightsByRole, days: int
) -> None:
    """What stands of one question serves the next ones: the same index is asked several, on two days."""
    actors = actor_index(*desk)
    for opportunity in asked:
        question = opportunity_index(opportunity)
        for place, role in enumerate(roles_of(opportunity.kind)):
            for today in (TODAY, TODAY + timedelta(days=days)):
                pairs = Pairs(question, actors, SIMILARITY_RANGE, today, role)
                shown = weights[role].calibrated(Form(question.forms[0]))
                portions = portions_of(actors)
                units = portions.players[role] if place else portions.whole
                if not units.count:
                    continue
                exact = logits(contributions(measure(pairs), shown), shown)[units.rows]
                words, phrases = rough_words(pairs), rough_phrases(pairs, None)
                most, _ = without_phrases(pairs, shown, words, units)
                at_once, _ = without_phrases(pairs, shown, words.beside(phrases), units)
                after = with_phrases(pairs, shown, most, phrases.of(units.rows))
                for bound in (most, at_once, after):
                    assert (bound >= exact - ROUNDING).all()
                assert np.abs(at_once - after).max() < ROUNDING
                some = np.arange(0, len(actors), 2)
                for name, values in rough_phrases(pairs, some).most.items():
                    assert np.array_equal(values, phrases.most[name][some], equal_nan=True)
