"""Tables of an evaluation and of a cross-validation, for a terminal or for docs/."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from api.core.french import number
from api.evaluation.cross_validation import BOOSTED, LINEAR, PRIOR, CrossValidation
from api.evaluation.evaluate import Evaluation, Section, System
from matcher.evaluation.measures import Interval

SYSTEM_NAMES = {PRIOR: "a priori", LINEAR: "linéaire appris", BOOSTED: "arbres appris"}
TYPE_NAMES = {"tender": "marchés", "message": "messages", "takeover": "reprises", "actor": "acteurs"}

Tables = list[tuple[str, Iterable[list[str]]]]


def evaluation_rows(systems: Sequence[System]) -> Iterator[list[str]]:
    """Yield a header, then a row per system: measures with 95 % intervals; wins, ties, losses of the engine."""
    measure_names = list(systems[0].measures)
    yield ["", *measure_names, "gagné/égal/perdu", "p"]
    for system in systems:
        measure_cells = [_interval(system.measures[measure_name]) for measure_name in measure_names]
        engine_comparison = system.engine_against
        compared = (
            [
                f"{engine_comparison.wins}/{engine_comparison.ties}/{engine_comparison.losses}",
                f"{engine_comparison.p:.3f}",
            ]
            if engine_comparison
            else ["", ""]
        )
        yield [system.name, *measure_cells, *compared]


def reliability_rows(evaluation: Evaluation) -> Iterator[list[str]]:
    """Yield a header, then a row per tenth of the score, with a bar: scores are calibrated where both columns agree."""
    yield ["score moyen", "part pertinente", "paires", ""]
    for score, share, count in evaluation.reliability:
        yield [f"{score:.2f}", f"{share:.2f}", str(count), "█" * round(20 * share)]


def evaluation_title(evaluation: Evaluation) -> str:
    return (
        f"{_collection(evaluation)} : {number(evaluation.queries)} questions, {number(evaluation.candidates)} candidats"
    )


def _collection(evaluation: Evaluation) -> str:
    return f"{evaluation.dataset} + {evaluation.references}" if evaluation.references else evaluation.dataset


def evaluation_tables(evaluation: Evaluation) -> Tables:
    return [
        (evaluation_title(evaluation), evaluation_rows((*evaluation.systems, *evaluation.ablations))),
        *_section_tables(_collection(evaluation), evaluation.by_type),
        *_judged_only_tables(evaluation),
        (f"{_collection(evaluation)} : fiabilité des scores", reliability_rows(evaluation)),
    ]


def _section_tables(title: str, sections: Mapping[str, Section]) -> Tables:
    return [
        (
            f"{title}, {TYPE_NAMES[question_type]} : {number(section.queries)} questions",
            evaluation_rows(section.systems),
        )
        for question_type, section in sections.items()
    ]


def _judged_only_tables(evaluation: Evaluation) -> Tables:
    if not evaluation.judged_only:
        return []
    title = f"{_collection(evaluation)}, parmi les seuls candidats jugés"
    return [
        (title, evaluation_rows(evaluation.judged_only)),
        *_section_tables(title, evaluation.judged_only_by_type),
    ]


def system_rows(validation: CrossValidation) -> Iterator[list[str]]:
    """Yield a header, then a row per system: measures with 95 % intervals, and whether it is kept."""
    measure_names = list(validation.systems[0].measures)
    yield ["", *measure_names, "verdict"]
    for system in validation.systems:
        verdict_word = "" if system.verdict is None else "gardé" if system.verdict.kept else "écarté"
        yield [
            SYSTEM_NAMES[system.name],
            *(_interval(system.measures[measure_name]) for measure_name in measure_names),
            verdict_word,
        ]


def comparison_rows(validation: CrossValidation) -> Iterator[list[str]]:
    """Yield a header, then a row per pair of systems and measure: the first minus the second, query by query."""
    yield ["", "mesure", "différence", "gagné/égal/perdu", "p"]
    for system_pair in validation.comparisons:
        system_names = f"{SYSTEM_NAMES[system_pair.system]} – {SYSTEM_NAMES[system_pair.baseline]}"
        for measure_name, result in system_pair.measures.items():
            win_counts = f"{result.wins}/{result.ties}/{result.losses}"
            yield [system_names, measure_name, f"{result.difference:+.3f}", win_counts, f"{result.p:.3f}"]


def weight_rows(validation: CrossValidation) -> Iterator[list[str]]:
    """Yield a header, then a row per feature: the prior's weight, and those learned over the outer folds."""
    yield ["poids", SYSTEM_NAMES[PRIOR], SYSTEM_NAMES[LINEAR], "écart type entre plis"]
    for feature, (prior, mean, deviation) in validation.weights.items():
        yield [feature, f"{prior:.2f}", f"{mean:.2f}", f"{deviation:.2f}"]


def setting_rows(validation: CrossValidation) -> Iterator[list[str]]:
    """Yield a header, then a row per learned system: the setting chosen within each outer fold."""
    learned_systems = [system for system in validation.systems if system.settings]
    yield ["réglage choisi", *(f"pli {fold + 1}" for fold in range(len(learned_systems[0].settings)))]
    for system in learned_systems:
        yield [SYSTEM_NAMES[system.name], *system.settings]


def cross_validation_tables(validation: CrossValidation) -> Tables:
    table_title = (
        f"{validation.dataset} : {number(validation.queries)} questions, {number(validation.candidates)} candidats, "
        f"{number(validation.groups)} groupes d’acheteurs"
    )
    return [
        (table_title, system_rows(validation)),
        (f"{validation.dataset} : différences", comparison_rows(validation)),
        (f"{validation.dataset} : poids appris", weight_rows(validation)),
        (f"{validation.dataset} : réglages", setting_rows(validation)),
    ]


def markdown(tables: Tables) -> str:
    """Return the tables in Markdown, under the title of the first."""
    table_texts = [f"### {tables[0][0]}"]
    for _, table_rows in tables:
        header_cells, *body_rows = table_rows
        table_texts.append(
            "\n".join(
                "| " + " | ".join(row_cells) + " |"
                for row_cells in (header_cells, ["---"] * len(header_cells), *body_rows)
            )
        )
    return "\n\n".join(table_texts) + "\n"


def _interval(measure_interval: Interval) -> str:
    return (
        "–"
        if measure_interval.mean != measure_interval.mean
        else f"{measure_interval.mean:.3f} [{measure_interval.low:.2f} ; {measure_interval.high:.2f}]"
    )
