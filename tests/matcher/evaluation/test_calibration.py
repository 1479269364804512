"""Calibrations by role and form on graded suggestions, and what each word is worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluation.calibration import (
    FOLDS,
    GradedSuggestion,
    fit,
    out_of_sample,
    reliability_by_word,
    share_of_questions,
    wilson,
)
from matcher.priors import PRIORS
from matcher.scoring import sigmoid
from matcher.types import Form, Role

WORDS = ("oui", "non")


def suggestions(role: Role, form: Form, slope: float, offset: float, questions: int) -> list[GradedSuggestion]:
    rng = np.random.default_rng(7)
    rows = []
    for question in range(questions):
        for logit in rng.normal(-1, 2, 20).tolist():
            right = rng.random() < sigmoid(slope * logit + offset)
            rows.append(GradedSuggestion(f"{role}-{form}-{question:03}", role, form, logit, 3 if right else 0))
    return rows


def word(score: float) -> str:
    return "oui" if score >= 0.5 else "non"


def test_each_form_has_its_own_calibration_where_it_has_enough_judgments() -> None:
    rows = suggestions(Role.SUPPLY, Form.FULL, 0.5, -1, 100) + suggestions(Role.SUPPLY, Form.PASTED, 1.5, 2, 100)
    fitted = fit(rows).calibrations[Role.SUPPLY]
    assert fitted[Form.FULL].slope == pytest.approx(0.5, abs=0.1)
    assert fitted[Form.FULL].offset == pytest.approx(-1, abs=0.2)
    assert fitted[Form.PASTED].slope == pytest.approx(1.5, abs=0.2)
    assert fitted[Form.PASTED].offset == pytest.approx(2, abs=0.3)


def test_a_pasted_text_and_a_record_without_a_code_have_one_scale() -> None:
    """A text that is kept becomes a record: its scores must not change."""
    rows = suggestions(Role.SUPPLY, Form.PASTED, 1.5, 2, 20) + suggestions(Role.SUPPLY, Form.WORDS, 0.5, -1, 20)
    for own in (fit(rows).calibrations[Role.SUPPLY], PRIORS[Role.SUPPLY].calibration):
        assert own[Form.PASTED] == own[Form.WORDS]


def test_a_form_without_judgments_is_pooled_with_its_neighbour_and_a_role_with_its_kind() -> None:
    rows = suggestions(Role.SUPPLY, Form.PASTED, 1.5, 2, 20) + suggestions(Role.TAKE_OVER, Form.FULL, 0.5, 0, 20)
    result = fit(rows)
    assert result.pools[Role.SUPPLY, Form.WORDS].forms == (Form.WORDS, Form.PASTED)
    assert result.calibrations[Role.SUPPLY][Form.WORDS] == result.calibrations[Role.SUPPLY][Form.PASTED]
    assert Role.SUPPLY not in result.pools[Role.FINANCE, Form.FULL].roles
    assert result.calibrations[Role.FINANCE][Form.FULL] == result.calibrations[Role.TAKE_OVER][Form.FULL]


def test_a_question_is_scored_by_fits_that_did_not_see_its_grades() -> None:
    rows = suggestions(Role.SUPPLY, Form.FULL, 1.0, 0.0, 20)
    own = {row.question for row in rows if row.question == sorted({row.question for row in rows})[0]}
    turned = [
        GradedSuggestion(row.question, row.role, row.form, row.logit, 3 if row.grade == 0 else 0)
        if row.question in own
        else row
        for row in rows
    ]
    before, after = out_of_sample(rows), out_of_sample(turned)
    seen = [i for i, row in enumerate(rows) if row.question in own]
    assert [before[i] for i in seen] == [after[i] for i in seen]
    assert before != after
    assert FOLDS > 1


@given(st.lists(st.floats(-8, 8), min_size=2, max_size=20, unique=True))
def test_within_a_role_and_form_no_order_changes(logits: list[float]) -> None:
    calibrations = fit(suggestions(Role.SUPPLY, Form.FULL, 0.7, -1, 20)).calibrations
    rows = [GradedSuggestion("q", Role.SUPPLY, Form.FULL, logit, None) for logit in sorted(logits)]
    scores = [row.score(calibrations) for row in rows]
    assert scores == sorted(scores)


def test_who_was_not_judged_counts_as_wrong_or_not_at_all() -> None:
    rows = [GradedSuggestion("q", Role.SUPPLY, Form.FULL, 1.0, grade) for grade in (3, 2, 1, None)]
    scores = [0.9, 0.8, 0.7, 0.6]
    strict = reliability_by_word(rows, scores, word, WORDS)
    judged = reliability_by_word(rows, scores, word, WORDS, judged_only=True)
    assert [(line.word, line.right, line.count) for line in strict] == [("oui", 2, 4), ("non", 0, 0)]
    assert [(line.word, line.right, line.count) for line in judged] == [("oui", 2, 3), ("non", 0, 0)]


def test_the_share_of_questions_counts_each_once() -> None:
    rows = [GradedSuggestion(question, Role.SUPPLY, Form.FULL, 0.0, None) for question in "aab"]
    assert share_of_questions(rows, [0.9, 0.8, 0.1], 0.7) == 0.5


@given(st.integers(1, 300).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_wilson_holds_the_share_and_stays_within_zero_and_one(figures: tuple[int, int]) -> None:
    right, count = figures
    low, high = wilson(right, count)
    assert 0 <= low <= right / count + 1e-12
    assert right / count - 1e-12 <= high <= 1


def test_wilson_of_nothing_and_of_the_textbook() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=1e-3)
