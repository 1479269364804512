"""What each word of the score is worth on a folder of graded judgments, today and after a calibration."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.core.french import number
from api.core.progress import Progress
from api.evaluation.graded_folder import GradedFolder
from api.evaluation.kept_encoder import KeptEncoder
from api.evaluation.reliability_plot import Series, reliability_svg
from api.evaluation.tables import Tables
from api.matching.advice_wording import score_in_words
from matcher.evaluation.calibration import (
    Fit,
    GradedSuggestion,
    Reliability,
    fit,
    log_loss,
    out_of_sample,
    reliability_by_word,
    share_of_questions,
)
from matcher.scoring import WeightsByRole
from matcher.types import Form, Role, Suggestion

WORDS = tuple(score_in_words(score) for score in (0.9, 0.6, 0.3, 0.1))
# From here on a score is « à appeler d’abord ».
FIRST_WORD = 0.7
# Below so many suggestions, a share is an anecdote: the line is marked, and the line of all forms counts.
LEAST_SUGGESTIONS = 20
FORM_NAMES = {Form.FULL: "avec code", Form.WORDS: "fiche sans code", Form.PASTED: "texte collé"}


@dataclass(frozen=True)
class CalibrationReport:
    """Suggestions of a folder's questions, with their scores today, by the new fit, and by fits without their fold."""

    dataset: str
    rows: tuple[GradedSuggestion, ...]
    present: tuple[float, ...]
    fitted: tuple[float, ...]
    cross_validated: tuple[float, ...]
    fit: Fit

    @property
    def source(self) -> str:
        judged = [row for row in self.rows if row.grade is not None]
        questions = len({row.question for row in judged})
        return (
            f"api.cli calibrate, on {len(judged)} graded pairs of {questions} questions ({self.dataset}); only these "
            "numbers were learned from them: no text, no name, no grade of theirs is kept. EUPL-1.2 as the project."
        )


def calibrate(folder: Path, encoder: KeptEncoder, progress: Progress | None = None) -> CalibrationReport:
    """Rank a graded folder through the product's path and fit calibrations. Raises as `GradedFolder`."""
    graded = GradedFolder(folder, encoder)
    try:
        suggested = _suggested(graded, progress)
    finally:
        graded.close()
    rows, present = tuple(row for row, _ in suggested), tuple(score for _, score in suggested)
    new_fit = fit(rows)
    fitted = tuple(row.score(new_fit.calibrations) for row in rows)
    return CalibrationReport(folder.name, rows, present, fitted, tuple(out_of_sample(rows)), new_fit)


def _suggested(graded: GradedFolder, progress: Progress | None) -> list[tuple[GradedSuggestion, float]]:
    """Return the suggestions of each question, once each, with their scores today."""
    suggested = []
    for question, answers in graded.answered(progress):
        if question.id not in graded.qrels:
            continue
        grades = graded.qrels[question.id]
        best: dict[str, Suggestion] = {}
        for entry in (entry for answer in answers for entry in answer.entries):
            candidate = graded.source_id(entry)
            if candidate not in best or entry.suggestion.score > best[candidate].score:
                best[candidate] = entry.suggestion
        for candidate, suggestion in best.items():
            logit = uncalibrated_logit(
                suggestion.bias + sum(reason.contribution for reason in suggestion.reasons),
                suggestion.role,
                suggestion.form,
                graded.snapshot.matcher.weights,
            )
            row = GradedSuggestion(question.id, suggestion.role, suggestion.form, logit, grades.get(candidate))
            suggested.append((row, suggestion.score))
    return suggested


def uncalibrated_logit(shown: float, role: Role, form: Form, weights: WeightsByRole) -> float:
    """Return the logit before calibration of a logit that was shown."""
    calibration = weights[role].calibration[form]
    return (shown - calibration.offset) / calibration.slope


def calibration_tables(report: CalibrationReport) -> Tables:
    asked = "juste : note ≥ 2, avec l’intervalle de Wilson à 95 %"
    return [
        (f"{report.dataset} : ce que valent les mots ({asked} ; sans jugement : faux)", _word_rows(report, False)),
        (f"{report.dataset} : ce que valent les mots, parmi les seuls jugés", _word_rows(report, True)),
        (f"{report.dataset} : ensemble", _summary_rows(report)),
        (f"{report.dataset} : constantes", _constant_rows(report)),
    ]


def reliability_diagrams(report: CalibrationReport) -> dict[str, str]:
    """Return drawings by file name: all forms, and each form that has suggestions; unjudged ones left out."""
    drawings = {}
    for name, title, belongs in _groups():
        kept = [i for i, row in enumerate(report.rows) if belongs(row) and row.grade is not None]
        if not kept:
            continue
        right = np.array([report.rows[i].right for i in kept], np.float64)
        series = [
            Series(label, colour, np.array([scores[i] for i in kept]), right)
            for label, colour, scores in (
                ("Aujourd’hui", "#D55E00", report.present),
                ("Après calage, en validation croisée", "#0072B2", report.cross_validated),
            )
        ]
        drawings[f"reliability-{name}"] = reliability_svg(series, title=f"Fiabilité des scores : {title}")
    return drawings


def _groups() -> list[tuple[str, str, Callable[[GradedSuggestion], bool]]]:
    """Return groups of suggestions: file name, title, who belongs."""
    return [
        ("all", "toutes les questions", lambda row: row.role in Role),
        *((form.value, FORM_NAMES[form], lambda row, form=form: row.form == form) for form in Form),
        ("markets", "marchés et messages", lambda row: row.role == Role.SUPPLY),
        ("takeovers", "reprises", lambda row: row.role != Role.SUPPLY),
    ]


def _word_rows(report: CalibrationReport, judged_only: bool) -> Iterator[list[str]]:
    yield ["suggestions", "mot", "aujourd’hui", "après, mêmes jugements", "après, validation croisée"]
    for _, title, belongs in _groups():
        kept = [i for i, row in enumerate(report.rows) if belongs(row)]
        if not kept:
            continue
        rows = [report.rows[i] for i in kept]
        tables = [
            reliability_by_word(rows, [scores[i] for i in kept], score_in_words, WORDS, judged_only=judged_only)
            for scores in (report.present, report.fitted, report.cross_validated)
        ]
        for lines in zip(*tables, strict=True):
            yield [title, lines[0].word, *(_cell(line) for line in lines)]


def _summary_rows(report: CalibrationReport) -> Iterator[list[str]]:
    yield ["", "aujourd’hui", "après, mêmes jugements", "après, validation croisée"]
    scores = (report.present, report.fitted, report.cross_validated)
    shares = [share_of_questions(report.rows, values, FIRST_WORD) for values in scores]
    yield [f"questions avec au moins un « {WORDS[0]} »", *(f"{number(100 * share)} %" for share in shares)]
    yield ["entropie croisée des jugés", *(number(log_loss(report.rows, values), 3) for values in scores)]


def _constant_rows(report: CalibrationReport) -> Iterator[list[str]]:
    yield ["rôle", "forme", "pente", "décalage", "appris de"]
    for (role, form), pool in report.fit.pools.items():
        own = report.fit.calibrations[role][form]
        scope = (
            "ses propres jugements"
            if (pool.roles, pool.forms) == ((role,), (form,))
            else _pooled(pool.roles, pool.forms)
        )
        learned_from = f"{scope} : {number(pool.pairs)} paires, {number(pool.questions)} questions"
        yield [role.value, FORM_NAMES[form], number(own.slope, 3), number(own.offset, 3), learned_from]


def _pooled(roles: Sequence[Role], forms: Sequence[Form]) -> str:
    role_words = "tous les rôles" if len(roles) == len(Role) else ", ".join(roles)
    form_words = "toutes les formes" if len(forms) == len(Form) else ", ".join(FORM_NAMES[form] for form in forms)
    return f"en commun ({role_words} ; {form_words})"


def _cell(line: Reliability) -> str:
    if not line.count:
        return "–"
    low, high = line.interval
    few = " (peu)" if line.count < LEAST_SUGGESTIONS else ""
    shares = f"{number(100 * line.share)} % [{number(100 * low)} ; {number(100 * high)}]"
    return f"{shares}, {number(line.right)} sur {number(line.count)}{few}"
