"""Ranking in two stages beside measuring everybody: `python -m bench.retrieval [actors …]`, on one thread and on two.

Times are in milliseconds, and as ratios to reading the actors' phrases once, in eight bits, in the same run; on two
threads also the processor time of both. The first 50 of each list must be those of the exhaustive one, or the run ends
with an error. « Titre posé » is a whole question: a title of at most 30 words encoded, ranked, explained, as JSON.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from bench.mixed_world import mixed_world
from bench.results import Result
from bench.timing import percentile
from bench.world import ENCODER, FULL
from matcher.embedding import Encoder, from_grid, open_encoder, to_grid
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.priors import PRIORS
from matcher.threads import threads_limited
from matcher.types import Opportunity, OpportunityKind

# Times are those of a page's list; a longer one is compared.
LISTED, COMPARED, REPEATS, QUESTIONS = 10, 50, 5, 12
MOST_WORDS = 30
T = TypeVar("T")


def measure(count: int = FULL.actors, encoder: Encoder | None = None) -> list[Result]:
    """Measure a world of `count` actors, as `measure_world`."""
    encoder = encoder or open_encoder(str(ENCODER))
    return measure_world(*mixed_world(count, encoder), encoder)


def measure_world(actors: ActorIndex, questions: OpportunityIndex, today: date, encoder: Encoder) -> list[Result]:
    """Measure the first stage, and lists by both ways. Raises AssertionError where a list is not the exhaustive one."""
    bounded = Matcher(PRIORS, encoder.similarity_range, exhaustive_units=0)
    exhaustive = replace(bounded, exhaustive_units=len(actors))
    department = np.array([actor.department == "26" for actor in actors.actors], np.bool_)
    part = f"{len(actors.actors)} acteurs"
    with threadpool_limits(1):
        codes, made, _ = _least(lambda: actors.retrieval.phrases.codes, 1)
        whole, vectors = codes.codes.view(np.int64), actors.phrases.vectors
        _, reading, _ = _least(lambda: np.bitwise_or.reduce(whole, axis=None))
        _, numpy, _ = _least(lambda: vectors @ questions.phrases.vectors[0])
        results = [
            Result(part, "colonnes de la recherche en deux temps, faites", made, "ms"),
            Result(part, "vecteurs lus une fois, en 8 bits", reading, "ms"),
            _ratio(part, "numpy, un vecteur, en 32 bits ÷ lecture", numpy, reading),
        ]
        for kind in OpportunityKind:
            times: dict[str, list[float]] = {}
            rows = np.flatnonzero(questions.kinds == kind)[:QUESTIONS]
            for question in map(questions.row, rows.tolist()):
                for threads, on in ((1, ""), (2, ", deux fils")):
                    with threads_limited(threads):
                        stages: dict[str, Callable[[], Any]] = {
                            "vecteurs": partial(codes.highest, question.phrases.vectors)
                        }
                        for name, among in (("", None), (", un département", department)):
                            ranked = partial(bounded.actors_for, question, actors, today=today, k=LISTED, among=among)
                            stages[f"en deux temps{name}"] = ranked
                        title = _title(question.opportunities[0])
                        stages["titre encodé"] = partial(encoder.encode, [title.title])
                        stages["titre posé"] = partial(_asked, title, bounded, actors, today, encoder)
                        for name, stage in stages.items():
                            _, taken, processor = _least(stage)
                            times.setdefault(f"{name}{on}", []).append(taken)
                            if threads > 1:
                                times.setdefault(f"{name}{on}, processeur", []).append(processor)
                for name, among in (("", None), (", un département", department)):
                    options: dict[str, Any] = {"today": today, "k": COMPARED, "among": among}
                    expected, taken, _ = _least(partial(exhaustive.actors_for, question, actors, **options), 1)
                    times.setdefault(f"tous mesurés{name}", []).append(taken)
                    if bounded.actors_for(question, actors, **options) != expected:
                        raise AssertionError(f"{question.opportunities[0].id}: the two ways differ")
            for name, taken_by in times.items():
                median = statistics.median(taken_by)
                results.append(Result(part, f"{kind}, {name}", median, "ms"))
                results.append(Result(part, f"{kind}, {name}, 95 %", percentile(taken_by), "ms"))
                results.append(_ratio(part, f"{kind}, {name} ÷ lecture", median, reading))
    return results


def _title(opportunity: Opportunity) -> Opportunity:
    """Return what a facilitator types: the title alone, and where it is."""
    words = (opportunity.lot_title or opportunity.title).split()[:MOST_WORDS]
    return Opportunity(
        opportunity.id, opportunity.kind, " ".join(words), point=opportunity.point, department=opportunity.department
    )


def _asked(title: Opportunity, matcher: Matcher, actors: ActorIndex, today: date, encoder: Encoder) -> str:
    question = OpportunityIndex.build([title], lambda texts: from_grid(to_grid(encoder.encode(texts))))
    return json.dumps(asdict(matcher.actors_for(question, actors, today=today, k=LISTED)), default=str)


def _ratio(part: str, name: str, value: float, base: float) -> Result:
    return Result(part, name, value / base, "×")


def _least(do: Callable[[], T], repeats: int = REPEATS) -> tuple[T, float, float]:
    """Return what it returns, the least of some times in milliseconds, and the least processor time of all threads."""
    times, processor = [], []
    for _ in range(repeats):
        start, busy = time.perf_counter(), time.process_time()
        result = do()
        times.append((time.perf_counter() - start) * 1000)
        processor.append((time.process_time() - busy) * 1000)
    return result, min(times), min(processor)


def main(arguments: Sequence[str]) -> None:
    encoder = open_encoder(str(ENCODER))
    for count in map(int, arguments or [str(FULL.actors)]):
        for result in measure(count, encoder):
            print(f"{result.part:16} {result.name:60} {result.value:10.2f} {result.unit}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
