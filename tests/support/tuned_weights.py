"""Weights as ratings might tune them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from matcher.features import FEATURES
from matcher.priors import PRIORS
from matcher.scoring import WeightsByRole


@st.composite
def tuned_weights(draw: st.DrawFn) -> WeightsByRole:
    """Draw weights of any sign."""
    values = st.fixed_dictionaries({name: st.floats(-3, 6) for name in FEATURES})
    return {role: replace(own, values=draw(values)) for role, own in PRIORS.items()}
