"""The score is the logistic function of a weighted sum, and nothing else."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.features import COUNTED, FEATURES
from matcher.priors import PRIORS
from matcher.scoring import PRIOR, Weights, contributions, logits, sigmoid
from matcher.types import FloatArray
from tests.support.builders import few, weights

cells = st.one_of(st.just(math.nan), st.floats(0, 1, width=32))
tables = st.lists(st.lists(cells, min_size=len(FEATURES), max_size=len(FEATURES)), min_size=1, max_size=5).map(
    lambda rows: np.array(rows, np.float32)
)


def test_weights_that_forget_or_invent_a_feature_are_refused() -> None:
    short = dict.fromkeys(list(FEATURES)[1:], 1.0)
    for values in (short, {**PRIOR.values, "beauty": 1.0}):
        with pytest.raises(ValueError, match="semantic"):
            replace(PRIOR, values=values)
        with pytest.raises(ValueError, match="semantic"):
            replace(PRIOR, neutral=values)


def test_the_revision_depends_on_the_content_and_only_on_it() -> None:
    turned = Weights(PRIOR.bias, dict(reversed(PRIOR.values.items())), dict(reversed(PRIOR.neutral.items())))
    assert turned.revision == PRIOR.revision
    others = {
        weights(bias=-6.0).revision,
        weights(words=3.5).revision,
        replace(PRIOR, neutral={**PRIOR.neutral, "words": 0.1}).revision,
    }
    assert len(others | {PRIOR.revision}) == 4


@few
@given(tables)
def test_an_unknown_feature_contributes_as_its_neutral_value(features: FloatArray) -> None:
    parts = contributions(features, PRIOR)
    for row, line in zip(features, parts, strict=True):
        for name, value, part in zip(FEATURES, row, line, strict=True):
            known = PRIOR.neutral[name] if math.isnan(value) else float(value)
            assert part == pytest.approx(PRIOR.values[name] * known)


@few
@given(tables)
def test_a_row_s_logit_is_the_same_bits_alone_as_among_others(features: FloatArray) -> None:
    together = logits(contributions(features, PRIOR), PRIOR)
    alone = [logits(contributions(features[i : i + 1], PRIOR), PRIOR)[0] for i in range(len(features))]
    assert together.tolist() == alone
    expected = PRIOR.bias + contributions(features, PRIOR).sum(axis=1)
    np.testing.assert_allclose(together, expected, atol=1e-8)


def test_noise_of_the_last_bits_makes_a_tie() -> None:
    parts = np.zeros((2, len(FEATURES)))
    parts[:, 0] = 0.3, 0.1 + 0.2
    assert parts[0, 0] != parts[1, 0]
    one, other = logits(parts, PRIOR)
    assert one == other


@few
@given(st.floats(-30, 30), st.floats(-30, 30))
def test_the_logistic_function_rises_and_is_symmetric(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert sigmoid(low) <= sigmoid(high)
    assert sigmoid(one) + sigmoid(-one) == pytest.approx(1)


def test_the_logistic_function_s_known_values() -> None:
    assert sigmoid(0.0) == 0.5
    assert sigmoid(math.log(3)) == pytest.approx(0.75)


def test_the_prior_never_punishes_a_better_value() -> None:
    for role, prior in PRIORS.items():
        assert {name for name, weight in prior.values.items() if weight > 0} <= COUNTED[role]
        assert all(weight >= 0 for weight in prior.values.values())
        assert all(0 <= value <= 1 for value in prior.neutral.values())
