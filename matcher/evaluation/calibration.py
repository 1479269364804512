"""Calibrations by role and form of question, fitted on graded pairs and cross-validated by question; what words are
worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np

from matcher.learning.calibrating import even_weights, fit_calibration
from matcher.scoring import Calibration, sigmoid
from matcher.types import Form, Role

RELEVANT = 2
# Whom nobody judged is mostly wrong, for many systems were asked; but not as surely as who was judged so.
UNJUDGED_WEIGHT = 0.1
# A pool is fitted alone from so many questions, judged pairs, and pairs of either outcome.
LEAST_QUESTIONS, LEAST_PAIRS, LEAST_OUTCOMES = 8, 60, 10
FOLDS = 5

CalibrationByRole: TypeAlias = Mapping[Role, Mapping[Form, Calibration]]


@dataclass(frozen=True, slots=True)
class GradedSuggestion:
    """A suggestion of a question's list: its logit before calibration, and its grade, None where nobody judged it."""

    question: str
    role: Role
    form: Form
    logit: float
    grade: int | None

    @property
    def right(self) -> bool:
        return self.grade is not None and self.grade >= RELEVANT

    def score(self, calibrations: CalibrationByRole) -> float:
        own = calibrations[self.role][self.form]
        return sigmoid(own.slope * self.logit + own.offset)


@dataclass(frozen=True)
class Pool:
    """What a calibration was fitted on: these roles and forms, how many questions and judged pairs."""

    roles: tuple[Role, ...]
    forms: tuple[Form, ...]
    questions: int
    pairs: int

    def holds(self, row: GradedSuggestion) -> bool:
        return row.role in self.roles and row.form in self.forms


@dataclass(frozen=True)
class Fit:
    """A calibration of each role and form, and the pool of each."""

    calibrations: CalibrationByRole
    pools: Mapping[tuple[Role, Form], Pool]


@dataclass(frozen=True)
class Reliability:
    """Of the suggestions that a word is said of, the share that is right, with Wilson's 95 % interval."""

    word: str
    count: int
    right: int

    @property
    def share(self) -> float:
        return self.right / self.count if self.count else np.nan

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.right, self.count)


def fit(rows: Sequence[GradedSuggestion]) -> Fit:
    """Return calibrations to « grade ≥ 2 » of the rows, those that nobody judged
    counting as wrong at UNJUDGED_WEIGHT; what has too few is pooled with its neighbours.

    Each question counts the same within a pool. The roles of one kind of opportunity meet in one list, and share a
    calibration: its order is not left to the few judgments of a role. The pools tried, the narrowest first: these roles
    and the form; with the neighbouring form (records without a code and pasted texts are neighbours); with all forms;
    everything. Takeovers are pooled over all forms at once: with nine questions a form, slopes were .4 and 2.5.
    """
    calibrations: dict[Role, dict[Form, Calibration]] = {role: {} for role in Role}
    pools: dict[tuple[Role, Form], Pool] = {}
    fitted: dict[tuple[tuple[Role, ...], tuple[Form, ...]], Calibration] = {}
    for role in Role:
        for form in Form:
            pool = _pool(rows, role, form)
            scope = (pool.roles, pool.forms)
            if scope not in fitted:
                fitted[scope] = _fit_rows([row for row in rows if pool.holds(row)])
            calibrations[role][form] = fitted[scope]
            pools[role, form] = pool
    return Fit(calibrations, pools)


def out_of_sample(rows: Sequence[GradedSuggestion], folds: int = FOLDS) -> list[float]:
    """Return the score of each row by calibrations that were fitted without its question's fold.

    Questions are dealt out in the order of their ids, so that each type is in every fold.
    """
    fold_of = {question: i % folds for i, question in enumerate(sorted({row.question for row in rows}))}
    fits = [fit([row for row in rows if fold_of[row.question] != fold]).calibrations for fold in range(folds)]
    return [row.score(fits[fold_of[row.question]]) for row in rows]


def reliability_by_word(
    rows: Sequence[GradedSuggestion],
    scores: Sequence[float],
    word_of: Callable[[float], str],
    words: Sequence[str],
    *,
    judged_only: bool = False,
) -> list[Reliability]:
    """Return a line a word; who was not judged counts as not right, or with `judged_only` not at all."""
    counts, rights = dict.fromkeys(words, 0), dict.fromkeys(words, 0)
    for row, score in zip(rows, scores, strict=True):
        if row.grade is None and judged_only:
            continue
        word = word_of(score)
        counts[word] += 1
        rights[word] += row.right
    return [Reliability(word, counts[word], rights[word]) for word in words]


def share_of_questions(rows: Sequence[GradedSuggestion], scores: Sequence[float], floor: float) -> float:
    """Return the share of questions with at least one score from `floor` on; NaN without a question."""
    highest: dict[str, float] = {}
    for row, score in zip(rows, scores, strict=True):
        highest[row.question] = max(score, highest.get(row.question, 0.0))
    return float(np.mean([score >= floor for score in highest.values()])) if highest else np.nan


def log_loss(rows: Sequence[GradedSuggestion], scores: Sequence[float]) -> float:
    """Return the mean cross-entropy of the judged rows, each question counting the same; NaN without any."""
    judged = [(row, score) for row, score in zip(rows, scores, strict=True) if row.grade is not None]
    if not judged:
        return np.nan
    weight = even_weights([row.question for row, _ in judged])
    losses = [-np.log(max(score if row.right else 1 - score, 1e-12)) for row, score in judged]
    return float(np.average(losses, weights=weight))


def wilson(right: int, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); (0, 1) where count is 0."""
    if not count:
        return 0.0, 1.0
    share, spread = right / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _fit_rows(rows: Sequence[GradedSuggestion]) -> Calibration:
    logits = np.array([row.logit for row in rows], np.float64)
    targets = np.array([float(row.right) for row in rows], np.float64)
    known = np.where([row.grade is None for row in rows], UNJUDGED_WEIGHT, 1.0)
    weights = even_weights([row.question for row in rows]) * known
    fitted = fit_calibration(logits, targets, weights)
    # Three figures are more than the judgments tell, and are read more easily.
    return Calibration(round(fitted.slope, 3), round(fitted.offset, 3))


def _pool(rows: Sequence[GradedSuggestion], role: Role, form: Form) -> Pool:
    """Return the narrowest pool with enough in it, or the widest of all."""
    pool = None
    judged = [row for row in rows if row.grade is not None]
    for roles, forms in _scopes(role, form):
        inside = [row for row in judged if row.role in roles and row.form in forms]
        questions, right = len({row.question for row in inside}), sum(row.right for row in inside)
        pool = Pool(roles, forms, questions, len(inside))
        enough = questions >= LEAST_QUESTIONS and len(inside) >= LEAST_PAIRS
        if enough and min(right, len(inside) - right) >= LEAST_OUTCOMES:
            break
    assert pool is not None
    return pool


def _scopes(role: Role, form: Form) -> list[tuple[tuple[Role, ...], tuple[Form, ...]]]:
    # One scale for both: a pasted text that is kept becomes a record, and who suits it is the same.
    near = (Form.FULL,) if form == Form.FULL else (Form.WORDS, Form.PASTED)
    kind = (role,) if role == Role.SUPPLY else tuple(other for other in Role if other != Role.SUPPLY)
    narrow = [(kind, near)] if role == Role.SUPPLY else []
    return [*narrow, (kind, tuple(Form)), (tuple(Role), tuple(Form))]
