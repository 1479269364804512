"""The tables of an evaluation and of a challenge, for a terminal or for docs/."""

from collections.abc import Iterable, Iterator

from api.core.french import number
from api.evaluation.challenge import BOOSTED, LINEAR, PRIOR, Challenge
from api.evaluation.evaluate import Evaluation
from matcher.evaluation.measures import Interval

CONTENDERS = {PRIOR: "a priori", LINEAR: "linéaire appris", BOOSTED: "arbres appris"}


Tables = list[tuple[str, Iterable[list[str]]]]


def evaluation_rows(evaluation: Evaluation) -> Iterator[list[str]]:
    """Yield a header, then a row a system: measures with 95 % intervals; the engine's wins, ties, losses on nDCG@10."""
    names = list(evaluation.systems[0].measures)
    yield ["", *names, "gagné/égal/perdu", "p"]
    for system in (*evaluation.systems, *evaluation.ablations):
        cells = [_interval(system.measures[name]) for name in names]
        against = system.engine_against
        compared = [f"{against.wins}/{against.ties}/{against.losses}", f"{against.p:.3f}"] if against else ["", ""]
        yield [system.name, *cells, *compared]


def reliability_rows(evaluation: Evaluation) -> Iterator[list[str]]:
    """Yield a header, then a row a tenth of the score, with a bar: a score is true if both columns agree."""
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


def contender_rows(challenge: Challenge) -> Iterator[list[str]]:
    """Yield a header, then a row a scorer: measures with 95 % intervals, and whether it is kept."""
    names = list(challenge.contenders[0].measures)
    yield ["", *names, "verdict"]
    for one in challenge.contenders:
        verdict = "" if one.verdict is None else "gardé" if one.verdict.kept else "écarté"
        yield [CONTENDERS[one.name], *(_interval(one.measures[name]) for name in names), verdict]


def duel_rows(challenge: Challenge) -> Iterator[list[str]]:
    """Yield a header, then a row a pair of scorers and a measure: the first less the second, query by query."""
    yield ["", "mesure", "différence", "gagné/égal/perdu", "p"]
    for duel in challenge.duels:
        for name, one in duel.measures.items():
            sides = f"{CONTENDERS[duel.one]} – {CONTENDERS[duel.other]}"
            yield [sides, name, f"{one.difference:+.3f}", f"{one.wins}/{one.ties}/{one.losses}", f"{one.p:.3f}"]


def weight_rows(challenge: Challenge) -> Iterator[list[str]]:
    """Yield a header, then a row a feature: the prior's weight, and what was learned over the outer folds."""
    yield ["poids", CONTENDERS[PRIOR], CONTENDERS[LINEAR], "écart type entre plis"]
    for feature, (prior, mean, deviation) in challenge.weights.items():
        yield [feature, f"{prior:.2f}", f"{mean:.2f}", f"{deviation:.2f}"]


def setting_rows(challenge: Challenge) -> Iterator[list[str]]:
    """Yield a header, then a row a challenger: the setting chosen within each outer fold."""
    learned = [one for one in challenge.contenders if one.settings]
    yield ["réglage choisi", *(f"pli {fold + 1}" for fold in range(len(learned[0].settings)))]
    for one in learned:
        yield [CONTENDERS[one.name], *one.settings]


def challenge_tables(challenge: Challenge) -> Tables:
    title = (
        f"{challenge.dataset} : {number(challenge.queries)} questions, {number(challenge.candidates)} candidats, "
        f"{number(challenge.groups)} groupes d’acheteurs"
    )
    return [
        (title, contender_rows(challenge)),
        (f"{challenge.dataset} : différences", duel_rows(challenge)),
        (f"{challenge.dataset} : poids appris", weight_rows(challenge)),
        (f"{challenge.dataset} : réglages", setting_rows(challenge)),
    ]


def markdown(tables: Tables) -> str:
    """Return the same in Markdown, under the first one's title."""
    parts = [f"### {tables[0][0]}"]
    for _, rows in tables:
        header, *lines = rows
        parts.append("\n".join("| " + " | ".join(line) + " |" for line in (header, ["---"] * len(header), *lines)))
    return "\n\n".join(parts) + "\n"


def _interval(one: Interval) -> str:
    return "–" if one.mean != one.mean else f"{one.mean:.3f} [{one.low:.2f} ; {one.high:.2f}]"
