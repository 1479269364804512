"""One score: the logistic function of a weighted sum of features."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from matcher.features import FEATURES
from matcher.types import FloatArray, Form, Role, StrArray


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logit shown = slope · logit + offset (Platt 1999). Raises ValueError unless the slope is above 0."""

    slope: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not self.slope > 0:
            raise ValueError(f"a calibration keeps the order: its slope is above 0, not {self.slope}")


UNCALIBRATED: Mapping[Form, Calibration] = dict.fromkeys(Form, Calibration())


@dataclass(frozen=True)
class Weights:
    """A bias, a weight per feature, the neutral value that replaces an unknown feature, and a calibration per form.

    Raises ValueError unless `values` and `neutral` name exactly FEATURES, and `calibration` every Form.
    """

    bias: float
    values: Mapping[str, float]
    neutral: Mapping[str, float]
    calibration: Mapping[Form, Calibration] = field(default_factory=lambda: UNCALIBRATED)

    def __post_init__(self) -> None:
        for mapping in (self.values, self.neutral):
            if set(mapping) != set(FEATURES):
                raise ValueError(f"weights must name exactly these features: {', '.join(FEATURES)}")
        if set(self.calibration) != set(Form):
            raise ValueError(f"a calibration is needed for each of these forms: {', '.join(Form)}")

    def calibrated(self, form: Form) -> Weights:
        """Return the weights whose logit is the one shown for this form: a·w, and a·bias + b."""
        return self._by_form[form]

    @cached_property
    def _by_form(self) -> Mapping[Form, Weights]:
        def shown(a: Calibration) -> Weights:
            values = {name: a.slope * weight for name, weight in self.values.items()}
            return Weights(a.slope * self.bias + a.offset, values, self.neutral)

        return {form: shown(a) for form, a in self.calibration.items()}

    @property
    def revision(self) -> str:
        """Short hash of the content: equal weights have the same name everywhere."""
        parts = [self.bias, dict(self.values), dict(self.neutral)]
        if any(calibration != Calibration() for calibration in self.calibration.values()):
            parts.append({form.value: asdict(calibration) for form, calibration in self.calibration.items()})
        content = json.dumps(parts, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]


# Each role has its own weights.
WeightsByRole: TypeAlias = Mapping[Role, Weights]

# Weights before any rating, in units of logit; docs/prior.md justifies each line. PRIOR is that of a market.
PRIOR = Weights(
    bias=-10.15,
    values={
        "semantic": 5.0,
        "said": 1.6,
        "words": 4.0,
        "spelling": 2.5,
        "sector": 2.0,
        "nearness": 2.0,
        "local_reach": 1.0,
        "capacity": 1.0,
        "seeking": 2.0,
        "freshness": 0.5,
        "vocation": 0.0,
    },
    neutral={
        "semantic": 0.15,
        "said": 0.0,
        "words": 0.0,
        "spelling": 0.05,
        "sector": 0.1,
        "nearness": 0.4,
        "local_reach": 0.4,
        "capacity": 0.8,
        "seeking": 0.75,
        "freshness": 0.5,
        "vocation": 0.0,
    },
)


def _prior(bias: float, neutral: Mapping[str, float] | None = None, **values: float) -> Weights:
    """Return weights of the features named, 0 of the others, and the neutral values of PRIOR but for those given."""
    return Weights(bias, {name: values.get(name, 0.0) for name in FEATURES}, {**PRIOR.neutral, **(neutral or {})})


UNCALIBRATED_PRIORS: WeightsByRole = {
    Role.SUPPLY: PRIOR,
    Role.TAKE_OVER: _prior(
        -9.2,
        semantic=6.0,
        words=4.0,
        spelling=1.5,
        sector=2.5,
        nearness=1.5,
        capacity=1.0,
        seeking=0.6,
        freshness=0.2,
        vocation=2.5,
    ),
    # Who accompanies or finances is worth a call whatever the trade, if it says so: .6 where it is its purpose.
    Role.ACCOMPANY: _prior(-5.4, {"capacity": 1.0}, nearness=0.5, capacity=2.0, freshness=0.1, vocation=4.0),
    Role.FINANCE: _prior(-5.4, {"capacity": 1.0}, nearness=0.5, capacity=2.0, freshness=0.1, vocation=4.0),
    Role.PREMISES: _prior(-6.0, semantic=3.0, words=2.0, nearness=1.5, freshness=0.1, vocation=3.0),
    Role.KEEP_WORK: _prior(
        -8.5,
        semantic=6.0,
        words=4.0,
        spelling=1.5,
        sector=2.5,
        nearness=1.5,
        capacity=0.5,
        freshness=0.2,
        vocation=2.5,
    ),
}


def contributions(features: FloatArray, weights: Weights) -> FloatArray:
    """Return each feature's part of the logit `(n, n_features)`: weight × value, the neutral value where NaN."""
    values = np.array([weights.values[name] for name in FEATURES], dtype=np.float64)
    return impute_neutral(features, weights) * values


def impute_neutral(features: FloatArray, weights: Weights) -> FloatArray:
    """Return features `(n, n_features)`, NaN replaced by the neutral value."""
    neutral = np.array([weights.neutral[name] for name in FEATURES], dtype=np.float64)
    return np.where(np.isnan(features), neutral, features)


def logits(parts: FloatArray, weights: Weights) -> FloatArray:
    """Return the logits `(n,)` of contributions, rounded so that noise in the last bits never orders two candidates."""
    # cumsum adds in the order of the columns, row by row: the same bits whatever the number of rows.
    total: FloatArray = np.cumsum(parts, axis=1)[:, -1]
    return np.round(weights.bias + total, 9)


def same_for_all_roles(weights: Weights) -> WeightsByRole:
    """Return the same weights for every role."""
    return dict.fromkeys(Role, weights)


def without(weights: WeightsByRole, feature: str) -> WeightsByRole:
    """Return the same weights, that of one feature set to 0."""
    return {role: replace(own, values={**own.values, feature: 0.0}) for role, own in weights.items()}


def revision(weights: WeightsByRole) -> str:
    """Return a short hash of the weights of all roles; the common revision where all roles have the same weights."""
    names = [weights[role].revision for role in Role]
    return names[0] if len(set(names)) == 1 else hashlib.sha256(" ".join(names).encode()).hexdigest()[:12]


def score_pairs(
    features: FloatArray, roles: StrArray, forms: StrArray, weights: WeightsByRole
) -> tuple[FloatArray, FloatArray]:
    """Return contributions `(n, n_features)` and logits `(n,)`, as they are shown: calibrated.

    features: `(n, n_features)`; roles: `(n,)` of Role; forms: `(n,)` of the opportunities' Form.
    """
    parts, totals = np.zeros(features.shape, np.float64), np.zeros(len(features), np.float64)
    of_form = {form: forms == form.value for form in Form}
    for role in Role:
        of_role = roles == role.value
        for form, is_form in of_form.items():
            rows = of_role & is_form
            if rows.any():
                own = weights[role].calibrated(form)
                parts[rows] = contributions(features[rows], own)
                totals[rows] = logits(parts[rows], own)
    return parts, totals


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + e^−logit)."""
    return float(1 / (1 + np.exp(-logit)))


def logit(score: float) -> float:
    """Return the logit of a score; infinite for 0 and 1."""
    if 0 < score < 1:
        return float(np.log(score / (1 - score)))
    return -np.inf if score <= 0 else np.inf
