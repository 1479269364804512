"""Questions compared in one product get the bits that each would get apiece."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.batches import BatchedPhrases
from matcher.matching import Comparison, Matcher
from matcher.priors import PRIORS
from matcher.types import Actor, Opportunity
from tests.support.builders import (
    SIMILARITY_RANGE,
    TODAY,
    actor_index,
    desks_of_actors,
    desks_of_opportunities,
    few,
    opportunity_index,
)


def bits(comparison: Comparison) -> list[bytes]:
    arrays = (comparison.features, comparison.parts, comparison.totals, comparison.failed, comparison.best)
    return [array.tobytes() for array in arrays]


@few
@given(desks_of_opportunities(), desks_of_actors(), st.integers(0, 6))
def test_every_comparison_has_the_same_bits_whether_its_question_is_in_the_batch_or_not(
    rows: list[Opportunity], actors: list[Actor], batched: int
) -> None:
    opportunities, questions = opportunity_index(*rows), [actor_index(actor) for actor in actors]
    phrases = BatchedPhrases.of(opportunities.phrases, (each.phrases for each in questions[:batched]))
    in_batch, matcher = replace(opportunities, phrases=phrases), Matcher(PRIORS, SIMILARITY_RANGE)
    for question in questions if rows else ():
        alone = matcher.compare(question, opportunities, today=TODAY)
        assert bits(matcher.compare(question, in_batch, today=TODAY)) == bits(alone)
        assert [in_batch.phrases.take(row).vectors.tobytes() for row in range(len(rows))] == [
            opportunities.phrases.take(row).vectors.tobytes() for row in range(len(rows))
        ]


def test_texts_of_a_batch_are_multiplied_once() -> None:
    """What two questions say in the same words is one row of the product; what none says, none."""
    opportunities = opportunity_index(Opportunity(id="o1", kind="market", title="taille de haies"))  # type: ignore[arg-type]
    actors = [Actor(f"a{number}", "scop", activities=("taille de haies",)) for number in range(3)]  # type: ignore[arg-type]
    questions = [actor_index(actor).phrases for actor in actors]
    assert BatchedPhrases.of(opportunities.phrases, questions).products.shape[0] == len(
        {phrase.text for question in questions for phrase in question.phrases}
    )
    assert BatchedPhrases.of(opportunities.phrases, ()).products.shape == (0, len(opportunities.phrases.vectors))
    assert np.array_equal(
        BatchedPhrases.of(opportunities.phrases, questions).best(questions[0]),
        opportunities.phrases.best(questions[0]),
    )
