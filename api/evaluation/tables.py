"""Tables of an evaluation and of a cross-validation, for a terminal or for docs/."""

from collections.abc import Iterable, Iterator

from api.core.french import number
from api.evaluation.cross_validation import BOOSTED, LINEAR, PRIOR, CrossValidation
from api.evaluation.evaluate import Evaluation
from matcher.evaluation.measures import Interval

SYSTEM_NAMES = {PRIOR: "a priori", LINEAR: "linéaire appris", BOOSTED: "arbres appris"}


Tables = list[tuple[str, Iterable[list[str]]]]


def evaluation_rows(evaluation: Evaluation) -> Iterator[list[str]]:
    """Yield a header, then a row per system: measures with 95 % intervals; wins, ties, losses of the engine."""
    names = list(evaluation.systems[0].measures)
    yield ["", *names, "gagné/égal/perdu", "p"]
    for system in (*evaluation.systems, *evaluation.ablations):
        cells = [_interval(system.measures[name]) for name in names]
        against = system.engine_against
        compared = [f"{against.wins}/{against.ties}/{against.losses}", f"{against.p:.3f}"] if against else ["", ""]
        yield [system.name, *cells, *compared]


def reliability_rows(evaluation: Evaluation) -> Iterator[list[str]]:
    """Yield a header, then a row per tenth of the score, with a bar: scores are calibrated where both columns agree."""
    yield ["score moyen", "part pertinente", "paires", ""]
    for score, share, count in evaluation.reliability:
        yield [f"{score:.2f}", f"{share:.2f}", str(count), "█" * round(20 * share)]


def evaluation_title(evaluation: Evaluation) -> str:
    return f"{evaluation.dataset} : {number(evaluation.queries)} questions, {number(evaluation.candidates)} candidats"


def evaluation_tables(evaluation: Evaluation) -> Tables:
    return [
        (evaluation_title(evaluation), evaluation_rows(evaluation)),
        (f"{evaluation.dataset} : fiabilité des scores", reliability_rows(evaluation)),
    ]


def system_rows(validation: CrossValidation) -> Iterator[list[str]]:
    """Yield a header, then a row per system: measures with 95 % intervals, and whether it is kept."""
    names = list(validation.systems[0].measures)
    yield ["", *names, "verdict"]
    for system in validation.systems:
        verdict = "" if system.verdict is None else "gardé" if system.verdict.kept else "écarté"
        yield [SYSTEM_NAMES[system.name], *(_interval(system.measures[name]) for name in names), verdict]


def comparison_rows(validation: CrossValidation) -> Iterator[list[str]]:
    """Yield a header, then a row per pair of systems and measure: the first minus the second, query by query."""
    yield ["", "mesure", "différence", "gagné/égal/perdu", "p"]
    for pair in validation.comparisons:
        names = f"{SYSTEM_NAMES[pair.system]} – {SYSTEM_NAMES[pair.baseline]}"
        for measure, result in pair.measures.items():
            counts = f"{result.wins}/{result.ties}/{result.losses}"
            yield [names, measure, f"{result.difference:+.3f}", counts, f"{result.p:.3f}"]


def weight_rows(validation: CrossValidation) -> Iterator[list[str]]:
    """Yield a header, then a row per feature: the prior's weight, and those learned over the outer folds."""
    yield ["poids", SYSTEM_NAMES[PRIOR], SYSTEM_NAMES[LINEAR], "écart type entre plis"]
    for feature, (prior, mean, deviation) in validation.weights.items():
        yield [feature, f"{prior:.2f}", f"{mean:.2f}", f"{deviation:.2f}"]


def setting_rows(validation: CrossValidation) -> Iterator[list[str]]:
    """Yield a header, then a row per learned system: the setting chosen within each outer fold."""
    learned = [system for system in validation.systems if system.settings]
    yield ["réglage choisi", *(f"pli {fold + 1}" for fold in range(len(learned[0].settings)))]
    for system in learned:
        yield [SYSTEM_NAMES[system.name], *system.settings]


def cross_validation_tables(validation: CrossValidation) -> Tables:
    title = (
        f"{validation.dataset} : {number(validation.queries)} questions, {number(validation.candidates)} candidats, "
        f"{number(validation.groups)} groupes d’acheteurs"
    )
    return [
        (title, system_rows(validation)),
        (f"{validation.dataset} : différences", comparison_rows(validation)),
        (f"{validation.dataset} : poids appris", weight_rows(validation)),
        (f"{validation.dataset} : réglages", setting_rows(validation)),
    ]


def markdown(tables: Tables) -> str:
    """Return the tables in Markdown, under the title of the first."""
    parts = [f"### {tables[0][0]}"]
    for _, rows in tables:
        header, *lines = rows
        parts.append("\n".join("| " + " | ".join(line) + " |" for line in (header, ["---"] * len(header), *lines)))
    return "\n\n".join(parts) + "\n"


def _interval(values: Interval) -> str:
    return "–" if values.mean != values.mean else f"{values.mean:.3f} [{values.low:.2f} ; {values.high:.2f}]"
