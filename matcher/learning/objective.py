"""The objective whose minimum is the posterior mode, and Newton's method on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.features import FEATURES
from matcher.learning.settings import Settings
from matcher.learning.table import PART_MEMBERSHIP, Table
from matcher.scoring import WeightsByRole
from matcher.types import FloatArray, IntArray, Role


@dataclass(frozen=True)
class Problem:
    """Weighted logistic regression in deviations from the prior; `posterior.learn` has the formula.

    members: for each role, its rows of the table.
    weights: `(n_roles, n_features)` of the prior. near: `(1 + n_features,)`, 1/s² of the common deviations, by
    the prior of the first role. between: `(n_roles, 1 + n_features)`, 1/t².
    bound: `(1 + n_roles, 1 + n_features)`, the least deviations, common first: they keep weights ≥ 0.
    """

    table: Table
    members: tuple[IntArray, ...]
    weights: FloatArray
    near: FloatArray
    between: FloatArray
    bound: FloatArray
    objection_weight: float

    @classmethod
    def build(cls, table: Table, prior: WeightsByRole, settings: Settings) -> Problem:
        weights = np.array([[prior[role].values[name] for name in FEATURES] for role in Role])
        spread = np.maximum(settings.relative_sd * weights, settings.least_sd)
        deviation = np.concatenate([np.full((len(weights), 1), settings.bias_sd), spread], axis=1)
        # What roles share may lower any of them to 0.
        common = weights.max(axis=0)
        return cls(
            table=table,
            members=tuple(np.flatnonzero(table.role == i) for i in range(len(Role))),
            weights=weights,
            near=deviation[0] ** -2,
            between=(settings.role_sd * deviation) ** -2,
            bound=np.concatenate([np.full((1 + len(weights), 1), -np.inf), -np.vstack([common, weights])], axis=1),
            objection_weight=settings.objection_weight,
        )

    def solve(self, voice: FloatArray, start: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Return the deviations `(1 + n_roles, 1 + n_features)`, common first, and the Hessian there `(m, m)`.

        voice: `(n,)`, a factor per observation. Newton's method on the free weights, projected on the bound
        (Bertsekas 1982); the objective is strictly convex.
        """
        shape = self.bound.shape
        weight = self.table.weight * voice
        bound = self.bound.ravel()
        at = np.zeros(shape).ravel() if start is None else start.ravel()
        value, gradient, hessian = self._measure(at, weight)
        for _ in range(60):
            free = ~((at <= bound) & (gradient > 0))
            if np.abs(gradient[free]).max(initial=0) < 1e-8:
                break
            step = np.zeros_like(at)
            step[free] = np.linalg.solve(hessian[np.ix_(free, free)], -gradient[free])
            length = 1.0
            while length > 1e-10:
                there = np.maximum(at + length * step, bound)
                measured = self._measure(there, weight)
                # Near the mode, the objective's own rounding is larger than what is left to gain.
                if measured[0] <= value + 1e-4 * float(gradient @ (there - at)) + 1e-13 * abs(value):
                    break
                length /= 2
            else:
                break
            at = there
            value, gradient, hessian = measured
        return at.reshape(shape), hessian

    def _measure(self, at: FloatArray, weight: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return the objective, its gradient `(m,)` and its Hessian `(m, m)`."""
        size = self.bound.shape[1]
        common, roles = at[:size], at.reshape(-1, size)[1:]
        near, between = self.near, self.between
        value = 0.5 * float((near * common**2).sum() + (between * (roles - common) ** 2).sum())
        gradient = np.concatenate(
            [near * common - (between * (roles - common)).sum(axis=0), *(between * (roles - common))]
        )
        hessian = np.zeros((len(at), len(at)))
        hessian[:size, :size] = np.diag(near + between.sum(axis=0))
        for i, members in enumerate(self.members):
            block = slice((1 + i) * size, (2 + i) * size)
            rows, target = self.table.centred[members], self.table.target[members]
            shared = (weight * self.table.share)[members]
            z = self.table.offset[members] + rows @ roles[i]
            chance = sigmoid(z)
            value += float((shared * (np.logaddexp(0, z) - target * z)).sum())
            gradient[block] += rows.T @ (shared * (chance - target))
            hessian[block, block] = np.diag(between[i]) + (rows * (shared * chance * (1 - chance))[:, None]).T @ rows
            objecting = members[self.table.named[members] >= 0]
            if len(objecting):
                terms = self._objections(
                    objecting, self.weights[i] + roles[i, 1:], self.objection_weight * weight[objecting]
                )
                inner = slice(block.start + 1, block.stop)
                value += terms[0]
                gradient[inner] += terms[1]
                hessian[inner, inner] += terms[2]
            hessian[:size, block] = hessian[block, :size] = -np.diag(between[i])
        return value, gradient, hessian

    def _objections(
        self, objecting: IntArray, own: FloatArray, weight: FloatArray
    ) -> tuple[float, FloatArray, FloatArray]:
        """Return the terms of the choice of what to object to, in objective, gradient and Hessian.

        objecting: `(n_objecting,)` rows; own: weights `(n_features,)` of their role; weight: `(n_objecting,)`.
        """
        missing, named = self.table.missing[objecting], self.table.named[objecting]
        loss = missing * own @ PART_MEMBERSHIP
        log_chance = loss - np.logaddexp.reduce(loss, axis=1, keepdims=True)
        # For each feature, the probability that its part is named; 0 where it belongs to none.
        chance = np.exp(log_chance) @ PART_MEMBERSHIP.T
        happened = PART_MEMBERSHIP.T[named]
        value = -float((weight * log_chance[np.arange(len(objecting)), named]).sum())
        gradient = (weight[:, None] * missing * (chance - happened)).sum(axis=0)
        expected = missing * chance
        together = PART_MEMBERSHIP @ PART_MEMBERSHIP.T
        hessian = together * ((weight[:, None] * expected).T @ missing) - (weight[:, None] * expected).T @ expected
        return value, gradient, hessian


def sigmoid(z: FloatArray) -> FloatArray:
    """Return 1 / (1 + e^−z), elementwise, without overflow."""
    positive: FloatArray = 0.5 * (1 + np.tanh(z / 2))
    return positive
