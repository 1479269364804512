"""Assumptions about weights and raters before any rating."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Assumptions about weights and raters before any rating.

    relative_sd, least_sd: standard deviation of a weight around the prior, as a share of it, and at least.
    bias_sd: standard deviation of the logit of a pair that is neutral in every feature.
    role_sd: standard deviation of a role's weight around the common weight, as a share of the common weight's own.
    eta: a pair at rank r is looked at with probability r^−eta.
    largest_weight: where inverse propensities are clipped.
    rater_correlation: correlation ρ of one rater's answers; n of them count as n / (1 + ρ·n), never more than 1/ρ.
    whole_share: share of a no with an objection that counts against the pair as a whole. Small, so that the named part
    moves most, even beside a weight whose prior is less certain.
    objection_weight: weight of the choice of what to object to, relative to a rating.
    rounds: how often raters' reliability is estimated and the weights learned again; 0 trusts every rater fully.
    """

    relative_sd: float = 0.75
    least_sd: float = 0.5
    bias_sd: float = 1.0
    role_sd: float = 0.5
    eta: float = 1.0
    largest_weight: float = 3.0
    rater_correlation: float = 0.005
    whole_share: float = 0.05
    objection_weight: float = 1.0
    rounds: int = 2
